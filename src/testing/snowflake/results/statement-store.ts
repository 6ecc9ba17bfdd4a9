import { randomUUID } from 'node:crypto';
import {
  SnowflakeSqlError,
  type SessionContext,
  type SqlEngine,
  type SqlResult,
  type WireBatch,
  type WireBind,
} from '../sql/types/sql-engine.js';
import type { ServerClock } from './server-clock.js';
import { sessionParameter } from '../sql/parameters/parameter-levels.js';
import type { LoggedQuery } from '../sql/types/logged-query.js';
import type { ParameterValue } from '../sql/types/parameter-value.js';
import { toldParameters } from './session-parameters.js';
import { fixedResult } from './fixed-result.js';
import { Statement, type FinalContext, type StatementRequest } from './statement.js';

/** What to run. */
export interface RunRequest {
  readonly requestId: string;
  readonly sql: string;
  readonly binds?: readonly (WireBind | undefined)[] | undefined;
  readonly batch?: readonly (WireBatch | undefined)[] | undefined;
  readonly parameters?: ReadonlyMap<string, ParameterValue> | undefined;
  readonly describeOnly?: boolean | undefined;
}

const MULTI_STATEMENT = 40_960;

/** `STATEMENT_TIMEOUT_IN_SECONDS` 0 means the maximum of 7 days, which is longer than a timer can be set. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Runs statements and keeps them, with their results, until the end of the results' life. */
export class StatementStore {
  readonly #statements = new Map<string, Statement>();
  readonly #engine: SqlEngine;
  readonly #clock: ServerClock;
  readonly #lifeMs: number;

  constructor(engine: SqlEngine, clock: ServerClock, lifeSeconds: number) {
    this.#engine = engine;
    this.#clock = clock;
    this.#lifeMs = lifeSeconds * 1000;
  }

  /** How many statements were started. */
  count = 0;

  /** Starts a statement; it may end long after. */
  start(context: SessionContext, run: RunRequest): Statement {
    const statement = this.#add(context, run);
    void this.#execute(statement, context);
    return statement;
  }

  /** Starts several statements, one after the other, up to the first failure. Results are the children's. */
  startAll(context: SessionContext, run: RunRequest, texts: readonly string[]): Statement {
    const parent = this.#add(context, run);
    void this.#executeAll(parent, context, texts);
    return parent;
  }

  /** Keeps a statement that failed before it ran. */
  fail(context: SessionContext, run: RunRequest, error: SnowflakeSqlError): Statement {
    const statement = this.#add(context, run);
    statement.finish(error, finalContext(context), this.#clock.now());
    return statement;
  }

  /** A statement of a user, if its result still lives. */
  find(queryId: string, user: string): Statement | undefined {
    this.sweep();
    const statement = this.#statements.get(queryId.toLowerCase());
    return statement?.request.user === user ? statement : undefined;
  }

  /** The statement, unless its result is gone: then a request repeated under its id runs anew. */
  alive(statement: Statement | undefined): Statement | undefined {
    this.sweep();
    return statement !== undefined && this.#statements.has(statement.queryId) ? statement : undefined;
  }

  /** Any user's statement. */
  get(queryId: string): Statement | undefined {
    return this.#statements.get(queryId.toLowerCase());
  }

  list(): readonly Statement[] {
    return [...this.#statements.values()];
  }

  /** Releases results that are past their life. */
  sweep(): void {
    const oldest = this.#clock.now() - this.#lifeMs;
    for (const statement of this.#statements.values()) {
      // Statements stand in the order of their start, but may end in another.
      if (statement.request.startedAt > oldest) break;
      if (statement.endedAt !== undefined && statement.endedAt <= oldest) this.expire(statement.queryId);
    }
  }

  /** Releases a result before its time. */
  expire(queryId: string): void {
    const statement = this.#statements.get(queryId.toLowerCase());
    if (statement === undefined) return;
    this.#statements.delete(statement.queryId);
    // A failure to drop the rows leaves only rows that nobody can reach.
    void statement.result?.release().catch(() => undefined);
  }

  /** Stops everything that runs and waits for it. */
  async close(): Promise<void> {
    for (const statement of this.#statements.values()) statement.abort(canceled());
    await Promise.all(this.list().map((statement) => statement.ended));
    this.#statements.clear();
  }

  #add(context: SessionContext, run: RunRequest): Statement {
    this.sweep();
    this.count += 1;
    const statement = new Statement({
      queryId: randomUUID(),
      requestId: run.requestId,
      sql: run.sql,
      binds: run.binds ?? [],
      batch: run.batch,
      parameters: run.parameters ?? new Map(),
      describeOnly: run.describeOnly ?? false,
      user: context.user,
      sessionId: context.sessionId,
      startedAt: this.#clock.now(),
    });
    this.#statements.set(statement.queryId, statement);
    return statement;
  }

  /** Runs a statement under its timeout and records how it ended. */
  async #execute(statement: Statement, context: SessionContext): Promise<void> {
    const { request, signal } = statement;
    const seconds = timeoutSeconds(context, request.parameters);
    const onTimeout = () => {
      statement.abort(timedOut(seconds));
    };
    const timer = setTimeout(onTimeout, Math.min(seconds * 1000, LONGEST_TIMER_MS));
    const abortion = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(toSqlError(signal.reason));
      });
    });
    const logged = this.#log(context, request);
    const execution: Promise<SqlResult> = this.#engine.execute(context, { ...request, signal });
    try {
      const result = await Promise.race([execution, abortion]);
      if (!request.describeOnly) context.lastQueryId = request.queryId;
      statement.finish(result, finalContext(context), this.#clock.now());
      logged.rows = result.rowCount;
    } catch (error) {
      const outcome = toSqlError(signal.aborted ? signal.reason : error);
      statement.finish(outcome, finalContext(context), this.#clock.now());
      logged.error = { code: outcome.code, message: outcome.message };
      // An engine that was too busy to notice the abort may still come with a result that nobody wants.
      void execution.then((result) => result.release()).catch(() => undefined);
    } finally {
      clearTimeout(timer);
      logged.end = this.#clock.now();
    }
  }

  #log(context: SessionContext, { queryId, sql, startedAt }: StatementRequest): LoggedQuery {
    const { database, schema, sessionId, user, role, warehouse } = context;
    const tag = String(sessionParameter(context, 'QUERY_TAG').value);
    const place = { database, schema, sessionId, user, role, warehouse, tag };
    return this.#engine.queries.add({ queryId, sql, ...place, type: queryType(sql), start: startedAt });
  }

  async #executeAll(parent: Statement, context: SessionContext, texts: readonly string[]): Promise<void> {
    const children: Statement[] = [];
    for (const sql of texts) {
      const child = this.#add(context, { ...parent.request, sql, binds: [], batch: undefined });
      children.push(child);
      const stop = () => {
        child.abort(toSqlError(parent.signal.reason));
      };
      parent.signal.addEventListener('abort', stop, { once: true });
      if (parent.signal.aborted) stop();
      await this.#execute(child, context);
      if (child.error !== undefined) break;
    }
    parent.children = children;
    const outcome =
      children.at(-1)?.error ??
      fixedResult({
        queryId: parent.queryId,
        columns: [{ name: 'multiple statement execution', type: 'text' }],
        rows: [['Multiple statements executed successfully.']],
        statementTypeId: MULTI_STATEMENT,
      });
    parent.finish(outcome, finalContext(context), this.#clock.now());
  }
}

/** QUERY_TYPE as far as the first words tell it. */
function queryType(sql: string): string {
  const [first = 'UNKNOWN', ...words] = sql.toUpperCase().match(/[A-Z]+/g) ?? [];
  if (first === 'WITH' || first === 'VALUES') return 'SELECT';
  if (first === 'BEGIN' || first === 'START') return 'BEGIN_TRANSACTION';
  const kind = words.find((word) => !['OR', 'REPLACE', 'TEMPORARY', 'TEMP', 'TRANSIENT', 'SECURE'].includes(word));
  return ['CREATE', 'ALTER', 'DROP', 'TRUNCATE'].includes(first) ? `${first}_${kind ?? ''}` : first;
}

/** The lowest of the session's and the statement's timeout; a warehouse's isn't emulated. */
function timeoutSeconds(context: SessionContext, parameters: ReadonlyMap<string, ParameterValue>): number {
  const parameter = 'STATEMENT_TIMEOUT_IN_SECONDS';
  const seconds = Number(parameters.get(parameter) ?? sessionParameter(context, parameter).value);
  return seconds > 0 ? seconds : 604_800;
}

function finalContext(context: SessionContext): FinalContext {
  const { database, schema, warehouse, role } = context;
  return { database, schema, warehouse, role, parameters: toldParameters(context) };
}

function timedOut(seconds: number): SnowflakeSqlError {
  const message = `Statement reached its statement or warehouse timeout of ${seconds} second(s) and was canceled.`;
  return new SnowflakeSqlError('000630', '57014', message);
}

/** What a cancelled statement fails with. */
export function canceled(): SnowflakeSqlError {
  return new SnowflakeSqlError('000604', '57014', 'SQL execution canceled');
}

function toSqlError(error: unknown): SnowflakeSqlError {
  if (error instanceof SnowflakeSqlError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new SnowflakeSqlError('370001', 'XX000', `Internal error: ${text}`);
}
