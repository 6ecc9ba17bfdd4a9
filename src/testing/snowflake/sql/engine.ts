import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalog, ExecuteRequest, SessionContext, SqlEngine, SqlResult } from './types/sql-engine.js';
import { SnowflakeSqlError } from './types/sql-engine.js';
import type { Binder, StoredResult } from './convert/binder.js';
import type { Diagnosis } from './types/diagnosis.js';
import { CatalogStore } from './catalog/catalog-store.js';
import { type Connection, type Database, openDatabase } from './catalog/database.js';
import { DuckDbFailure } from './catalog/duckdb-failure.js';
import { explain } from './explain.js';
import { rowTypeOf } from './types/data-type.js';
import { authorize } from './catalog/grants.js';
import { functionTable } from './functions/function-table.js';
import { Objects } from './catalog/objects.js';
import { type Outcome } from './statements/runner/outcome.js';
import { checkParameters, sessionParameter } from './parameters/parameter-levels.js';
import type { ParameterValue } from './types/parameter-value.js';
import { runStatement } from './statements/run-statement.js';
import { TokenCursor } from './parse/token-cursor.js';
import { tokenize } from './parse/tokenize.js';
import { storedColumns, wireRow } from './statements/runner/wire.js';
import { PersistedCatalog } from './catalog/persisted-catalog.js';
import { QueryLog } from './catalog/query-log.js';
import { History } from './catalog/history.js';
import type { OwnState } from './catalog/transaction.js';
import { ChangeQueue, withLocks } from './change-queue.js';
import { beginTransaction, commit, rollBack } from './statements/rows/transactions.js';

/** Options of {@link createSqlEngine}. */
export interface SqlEngineParts {
  /** DuckDB file; in memory without. */
  readonly databaseFile?: string | undefined;
  /** Account name, for CURRENT_ACCOUNT(). */
  readonly account: string;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/**
 * Opens the embedded database and gives the engine that runs Snowflake SQL on it.
 *
 * @throws SnowmeltError code PEER_MISSING without `@duckdb/node-api`.
 */
export async function createSqlEngine(options: SqlEngineParts): Promise<SqlEngine> {
  const database = await openDatabase(options.databaseFile);
  const engine = new EmbeddedEngine(database, options);
  await engine.restore();
  return engine;
}

const DML = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);
const DDL = new Set(['TRUNCATE', 'CREATE', 'DROP', 'ALTER', 'GRANT', 'REVOKE', 'COMMENT']);
const TRANSACTION = new Set(['BEGIN', 'START', 'COMMIT', 'ROLLBACK']);

type Variables = Map<string, Binder['variables'] extends ReadonlyMap<string, infer V> ? V : never>;

interface Own extends OwnState {
  readonly variables: Variables;
}

class EmbeddedEngine implements SqlEngine {
  readonly #database: Database;
  readonly #account: string;
  readonly #now: () => number;
  readonly #objects = new Objects();
  readonly #store = new CatalogStore();
  readonly #results = new Map<string, StoredResult>();
  readonly #history = new History();
  readonly queries = new QueryLog();
  readonly #queue = new ChangeQueue();
  readonly #own = new WeakMap<SessionContext, Own>();
  readonly #idle: Connection[] = [];
  readonly #persisted: PersistedCatalog | undefined;
  #nextResult = 1;

  constructor(database: Database, options: SqlEngineParts) {
    this.#database = database;
    this.#account = options.account;
    this.#now = options.now ?? Date.now;
    if (options.databaseFile !== undefined) this.#persisted = new PersistedCatalog(this.#objects, this.#store);
  }

  get catalog(): Catalog {
    return this.#store;
  }

  async restore(): Promise<void> {
    if (this.#persisted !== undefined) await this.#with(async (connection) => this.#persisted?.restore(connection));
  }

  async execute(context: SessionContext, request: ExecuteRequest): Promise<SqlResult> {
    request.signal.throwIfAborted();
    const connection = this.#idle.pop() ?? (await this.#database.connect());
    const diagnosis: Diagnosis = { notes: [], ungrouped: [] };
    const stop = (): void => connection.interrupt();
    request.signal.addEventListener('abort', stop, { once: true });
    try {
      const ofStatement = checkParameters(request.parameters ?? [], 'STATEMENT');
      const parameter = (name: string): ParameterValue =>
        ofStatement.get(name) ?? sessionParameter(context, name).value;
      const own = this.#ownOf(context);
      const outcome = await withLocks(own, request.signal, () =>
        this.#run(context, own, request, connection, parameter, diagnosis),
      );
      // As Snowflake does it: the rows behind are missing, and nothing says so ("Parameters", ROWS_PER_RESULTSET).
      const mostRows = Number(parameter('ROWS_PER_RESULTSET'));
      const result = await this.#keep(connection, context, request, outcome, mostRows);
      request.signal.throwIfAborted();
      return result;
    } catch (error) {
      if (request.signal.aborted) throw request.signal.reason;
      throw error instanceof DuckDbFailure ? await explain(error, diagnosis, connection) : error;
    } finally {
      request.signal.removeEventListener('abort', stop);
      this.#idle.push(connection);
    }
  }

  async endSession(context: SessionContext): Promise<void> {
    const own = this.#own.get(context);
    if (own === undefined || (own.transaction === undefined && own.temporary.size === 0)) return;
    await this.#with((connection) =>
      this.#queue.alone(connection, new AbortController().signal, async () => {
        await rollBack({ own, history: this.#history }, connection);
        for (const { kind, physical } of own.temporary.values())
          if (kind === 'TABLE') await connection.run(`DROP TABLE IF EXISTS ${physical}`);
        own.temporary.clear();
      }),
    );
  }

  async close(): Promise<void> {
    for (const connection of this.#idle) connection.close();
    this.#idle.length = 0;
    this.#database.close();
  }

  async #run(
    context: SessionContext,
    own: Own,
    request: ExecuteRequest,
    connection: Connection,
    parameter: (name: string) => ParameterValue,
    diagnosis: Diagnosis,
  ): Promise<Outcome> {
    let aliases = 0;
    let waitMs = 0;
    const ignoreCase = parameter('QUOTED_IDENTIFIERS_IGNORE_CASE') === true;
    const { variables } = own;
    const before = this.#history.last;
    let stamp: bigint | undefined;
    const binder: Binder = {
      sql: request.sql,
      context,
      functions: functionTable,
      objects: new Objects(this.#objects, own.temporary),
      history: this.#history,
      queries: this.queries,
      own,
      stamp: () => own.transaction?.stamp ?? String((stamp ??= this.#history.stamp(this.#nanoseconds()))),
      binds: request.binds,
      batch: request.batch,
      describeOnly: request.describeOnly === true,
      parameter,
      now: this.#nanoseconds(),
      account: this.#account,
      ctes: [],
      used: [],
      results: this.#results,
      alias: () => `a${aliases++}`,
      authorize: (object, privilege) => authorize(this.#store, context, object, privilege),
      diagnosis,
      wait: (ms) => {
        waitMs += ms;
      },
      variables,
    };
    const cursor = new TokenCursor(request.sql, tokenize(request.sql), ignoreCase);
    if (cursor.atEnd()) throw new SnowflakeSqlError('000900', '42601', 'SQL compilation error:\nEmpty SQL statement.');
    const run = (): Promise<Outcome> =>
      runStatement({
        binder,
        cursor,
        connection,
        catalog: this.#store,
        describeOnly: request.describeOnly === true,
        variables,
        single: async (sql) => (await connection.texts(sql))[0]?.[0] ?? null,
        persist: async () => this.#persisted?.save(connection),
      });
    const first = cursor.peek();
    const word = first.kind === 'word' ? first.value : '';
    const alone = <T>(change: () => Promise<T>): Promise<T> => this.#queue.alone(connection, request.signal, change);
    const isDml = DML.has(word);
    const isDdl = DDL.has(word) && !cursor.isWord('SESSION', 1);
    if (request.describeOnly !== true) {
      if (isDml && parameter('AUTOCOMMIT') === false) beginTransaction(binder);
      if (isDdl && own.transaction !== undefined) await alone(() => commit(binder, connection));
    }
    const inTransaction = isDml && own.transaction !== undefined;
    const changes = isDml || DDL.has(word) || TRANSACTION.has(word);
    const outcome = await (changes ? alone(run) : run());
    const after = this.#history.last;
    this.#history.statements.set(request.queryId, {
      before: stamp === undefined ? before : stamp - 1n,
      after: stamp ?? after,
      inTransaction,
    });
    if (waitMs > 0 && request.describeOnly !== true) await sleep(waitMs, undefined, { signal: request.signal });
    return outcome;
  }

  #ownOf(context: SessionContext): Own {
    let own = this.#own.get(context);
    if (own === undefined) {
      own = { transaction: undefined, temporary: new Map(), variables: new Map() };
      this.#own.set(context, own);
    }
    return own;
  }

  #nanoseconds(): bigint {
    return BigInt(Math.round(this.#now())) * 1_000_000n;
  }

  /** Keeps the rows as a table: rowid is their fixed order. At most `mostRows`, where that isn't 0. */
  async #keep(
    connection: Connection,
    context: SessionContext,
    request: ExecuteRequest,
    outcome: Outcome,
    mostRows: number,
  ): Promise<SqlResult> {
    const { queryId } = request;
    const { query, statementTypeId } = outcome;
    const none = { database: '', schema: '', table: '' };
    const columns = query.columns.map((column) =>
      rowTypeOf(column.name, column.type, column.nullable, column.origin ?? none),
    );
    if (request.describeOnly === true)
      return { queryId, columns, rowCount: 0, statementTypeId, rows: async () => '', release: async () => undefined };
    const table = `temp_results.r${this.#nextResult++}`;
    await connection.run(
      `CREATE TABLE ${table} AS SELECT ${storedColumns(query.columns, 'q')} FROM (${query.sql}) q${mostRows > 0 ? ` LIMIT ${mostRows}` : ''}`,
    );
    const counted = await connection.texts(`SELECT count(*) FROM ${table}`);
    this.#results.set(queryId, { table, columns: query.columns, user: context.user });
    context.lastQueryId = queryId;
    const row = wireRow(query.columns);
    return {
      queryId,
      columns,
      rowCount: Number(counted[0]?.[0] ?? 0),
      statementTypeId,
      rows: (from, to) => this.#with((reader) => readRows(reader, table, row, from, to)),
      release: async () => {
        this.#results.delete(queryId);
        this.#history.statements.delete(queryId);
        await this.#with((reader) => reader.run(`DROP TABLE IF EXISTS ${table}`));
      },
    };
  }

  async #with<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.#idle.pop() ?? (await this.#database.connect());
    try {
      return await use(connection);
    } finally {
      this.#idle.push(connection);
    }
  }
}

async function readRows(connection: Connection, table: string, row: string, from: number, to: number): Promise<string> {
  if (to <= from) return '';
  const sql = `SELECT string_agg(j, ',' ORDER BY n) FROM (SELECT rowid AS n, ${row} AS j FROM ${table} WHERE rowid >= ${from} AND rowid < ${to})`;
  const found = await connection.texts(sql);
  return found[0]?.[0] ?? '';
}
