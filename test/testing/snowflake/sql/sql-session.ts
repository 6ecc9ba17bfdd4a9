import { randomUUID } from 'node:crypto';
import type {
  RowType,
  SessionContext,
  SqlEngine,
  WireBind,
} from '../../../../src/testing/snowflake/sql/types/sql-engine.js';
import { createSqlEngine } from '../../../../src/testing/snowflake/sql/engine.js';

/** What a statement gave: wire rows and column descriptions. */
export interface Ran {
  readonly rows: (string | null)[][];
  readonly columns: readonly RowType[];
  readonly statementTypeId: number;
  readonly queryId: string;
}

/** An engine with one session in database DB, schema PUBLIC, zone UTC. */
export class SqlSession {
  readonly engine: SqlEngine;
  readonly context: SessionContext;

  constructor(engine: SqlEngine, context: SessionContext) {
    this.engine = engine;
    this.context = context;
  }

  static async open(engine?: SqlEngine): Promise<SqlSession> {
    const opened = engine ?? (await createSqlEngine({ account: 'TEST', now: () => Date.UTC(2024, 0, 31, 12, 0, 0) }));
    const session = new SqlSession(opened, sessionContext());
    if (engine === undefined) await session.run('CREATE DATABASE DB');
    session.context.database = 'DB';
    session.context.schema = 'PUBLIC';
    return session;
  }

  async run(sql: string, binds: readonly WireBind[] = []): Promise<Ran> {
    const signal = new AbortController().signal;
    const result = await this.engine.execute(this.context, { sql, binds, queryId: randomUUID(), signal });
    const rows = JSON.parse(`[${await result.rows(0, result.rowCount)}]`) as (string | null)[][];
    return { rows, columns: result.columns, statementTypeId: result.statementTypeId, queryId: result.queryId };
  }

  /** The only value of the only row. */
  async value(sql: string, binds: readonly WireBind[] = []): Promise<string | null | undefined> {
    return (await this.run(sql, binds)).rows[0]?.[0];
  }
}

/** A session of ACCOUNTADMIN with a warehouse. */
export function sessionContext(changes: Partial<SessionContext> = {}): SessionContext {
  return {
    sessionId: '1',
    account: 'TEST',
    user: 'TESTER',
    role: 'ACCOUNTADMIN',
    warehouse: 'WH',
    database: undefined,
    schema: undefined,
    parameters: new Map([['TIMEZONE', 'UTC']]),
    lastQueryId: undefined,
    ...changes,
  };
}
