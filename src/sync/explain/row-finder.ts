import { callHost } from '../../errors/host-call.js';
import { wrapStatement } from '../../query/wrap-statement.js';
import { callSource, readRows } from '../../source/call-source.js';
import type { Key } from '../../diff/key/check-key.js';
import type { BindValue, Column, ResultSet, Statement } from '../../source/source.js';
import type { SyncContext } from '../options/sync-context.js';
import type { ExplainKey } from './explanation.js';
import { keyConditions, type KeyCondition } from './key-condition.js';

/** Between which times a query looks, Unix seconds. */
export interface QueryTimes {
  readonly lastSyncTime: number;
  readonly syncTime: number;
}

/** A row that has the key. */
export interface FoundRow {
  readonly values: readonly unknown[];
  /** Equal for equal rows. */
  readonly id: string;
}

/** Rows that are looked at in one window to tell whether a row is in it. */
const MOST_ROWS = 1_000;
/** Windows that one statement asks about, and how long its text may become. */
const MOST_WINDOWS = 15;
const MOST_TEXT = 500_000;
/** The column that tells which window a row was found in. */
const WINDOW_COLUMN = '__SNOWMELT_WINDOW';

/** Finds rows by key in the result of a sync's query, by the query wrapped in another one. Reads only. */
export class RowFinder<M> {
  readonly #context: SyncContext<M>;
  readonly #signal: AbortSignal;
  readonly #whole: ResultSet | undefined;
  readonly columns: readonly Column[];
  readonly conditions: readonly KeyCondition[];
  /** Positions of columns that are other ones in each result. */
  #unstable: ReadonlySet<number> = new Set();

  private constructor(
    context: SyncContext<M>,
    signal: AbortSignal,
    key: ExplainKey,
    { columns, whole }: { readonly columns: readonly Column[]; readonly whole?: ResultSet | undefined },
  ) {
    this.#context = context;
    this.#signal = signal;
    this.#whole = whole;
    this.columns = columns;
    this.conditions = keyConditions(context.settings.name, columns, key);
  }

  /** @throws ConfigError `CONFIG_INVALID` for a key that does not fit the columns; SourceError */
  static async open<M>(
    context: SyncContext<M>,
    key: ExplainKey,
    times: QueryTimes,
    signal: AbortSignal,
  ): Promise<RowFinder<M>> {
    const statement = rendered(context, times);
    const describing = wrapStatement('SELECT *', statement, 'LIMIT 0');
    if (describing !== undefined) {
      const { columns } = await execute(context, signal, 'Describing the query', describing, times);
      return new RowFinder(context, signal, key, { columns });
    }
    const whole = await execute(context, signal, 'The query', statement, times);
    return new RowFinder(context, signal, key, { columns: whole.columns, whole });
  }

  /** Whether the query cannot stand in FROM, so that all of its rows are read. */
  get readsAll(): boolean {
    return this.#whole !== undefined;
  }

  /** The rows of a window that have the key. */
  async find(times: QueryTimes, limit: number = MOST_ROWS): Promise<FoundRow[]> {
    const filtered = this.#filtered(times, 'SELECT *', ` LIMIT ${limit}`);
    const result =
      filtered === undefined
        ? await execute(this.#context, this.#signal, 'The query', rendered(this.#context, times), times)
        : await execute(this.#context, this.#signal, 'Finding the row', filtered, times);
    return this.#read(result, limit);
  }

  /** The rows of a window that have the same key of `changes` as one of some rows. */
  async findAlike(times: QueryTimes, { parts }: Key, rows: readonly FoundRow[]): Promise<FoundRow[]> {
    const same = parts.map(({ form, column }) => `${form.sql(`"${column.name.replaceAll('"', '""')}"`)} = ?`);
    const where = `WHERE ${rows.map(() => `(${same.join(' AND ')})`).join(' OR ')} LIMIT ${MOST_ROWS}`;
    const statement = wrapStatement('SELECT *', rendered(this.#context, times), where);
    if (statement === undefined) return [];
    const texts = rows.flatMap(({ values }) =>
      parts.map(({ form, position }) => form.text(String(values[position])) ?? ''),
    );
    const filtered = { sql: statement.sql, binds: [...statement.binds, ...texts] };
    return this.#read(
      await execute(this.#context, this.#signal, 'Finding rows of the same key', filtered, times),
      MOST_ROWS,
    );
  }

  /**
   * Knows rows from now on by the columns that stay the same from query to query: one may hold the time, or a number by
   * chance.
   *
   * @returns the rows with the ids that they have from now on
   */
  async stable(rows: readonly FoundRow[], { lastSyncTime, syncTime }: QueryTimes): Promise<FoundRow[]> {
    const again = await this.find({ lastSyncTime: lastSyncTime + 1, syncTime: syncTime + 1 });
    const texts = (found: readonly FoundRow[], at: number): string =>
      JSON.stringify(found.map(({ values }) => idOf([values[at]])).sort());
    const isComparable = again.length === rows.length;
    const positions = this.columns.map((_, at) => at);
    this.#unstable = new Set(isComparable ? positions.filter((at) => texts(rows, at) !== texts(again, at)) : []);
    return rows.map(({ values }) => ({ values, id: this.#idOf(values) }));
  }

  #idOf(values: readonly unknown[]): string {
    return idOf(this.#unstable.size === 0 ? values : values.filter((_, at) => !this.#unstable.has(at)));
  }

  /** The rows of the query that was run to learn of its columns, where it had to be run. */
  async findFirst(times: QueryTimes, limit: number): Promise<FoundRow[]> {
    return this.#whole === undefined ? this.find(times, limit) : this.#read(this.#whole, limit);
  }

  /** How many windows can be asked about at once; none where all rows would have to be read for each. */
  get windowsAtOnce(): number {
    const { sql } = rendered(this.#context, { lastSyncTime: 0, syncTime: 0 });
    return this.readsAll ? 0 : Math.max(1, Math.min(MOST_WINDOWS, Math.floor(MOST_TEXT / (sql.length + 200))));
  }

  /** The ids of the rows in each of several windows, by one statement. For few rows: there is no limit. */
  async idsIn(windows: readonly QueryTimes[]): Promise<readonly ReadonlySet<string>[]> {
    const parts = windows.flatMap((times, index) => {
      const part = this.#filtered(times, `SELECT *, ${index} AS "${WINDOW_COLUMN}"`, '');
      return part === undefined ? [] : [part];
    });
    const found = windows.map(() => new Set<string>());
    const [times] = windows;
    if (times === undefined || parts.length < windows.length) return found;
    const statement = {
      sql: parts.map(({ sql }) => sql).join('\nUNION ALL\n'),
      binds: parts.flatMap(({ binds }) => binds),
    };
    const result = await execute(this.#context, this.#signal, 'Finding the row in other windows', statement, times);
    for await (const { rows } of readRows(result, this.#signal)) {
      for (const row of rows) found[Number(row.at(-1))]?.add(this.#idOf(row.slice(0, -1)));
    }
    return found;
  }

  #filtered(times: QueryTimes, before: string, after: string): Statement | undefined {
    const where = `WHERE ${this.conditions.map(({ sql }) => sql).join(' AND ')}${after}`;
    const wrapped = wrapStatement(before, rendered(this.#context, times), where);
    if (wrapped === undefined) return undefined;
    const values: readonly BindValue[] = this.conditions.map(({ bind }) => bind);
    return { sql: wrapped.sql, binds: [...wrapped.binds, ...values] };
  }

  #matches(values: readonly unknown[]): boolean {
    return this.conditions.every(({ position, matches }) => matches(values[position]));
  }

  async #read(result: ResultSet, limit: number): Promise<FoundRow[]> {
    const found: FoundRow[] = [];
    for await (const { rows } of readRows(result, this.#signal)) {
      for (const values of rows) {
        if (this.readsAll && !this.#matches(values)) continue;
        found.push({ values, id: this.#idOf(values) });
        if (found.length === limit) return found;
      }
    }
    return found;
  }
}

function rendered<M>({ settings }: SyncContext<M>, times: QueryTimes): Statement {
  const { query } = settings;
  return callHost("The query's render()", () => query?.render(times)) ?? { sql: '', binds: [] };
}

async function execute<M>(
  { settings }: SyncContext<M>,
  signal: AbortSignal,
  what: string,
  statement: Statement,
  { lastSyncTime }: QueryTimes,
): Promise<ResultSet> {
  const { source, name } = settings;
  const options = { signal, queryTag: `snowmelt:${name}:explain`, lastSyncTime };
  return callSource(what, signal, () => source.execute(statement, options));
}

function idOf(values: readonly unknown[]): string {
  return JSON.stringify(values, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
