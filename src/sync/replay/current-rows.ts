import { ConfigError } from '../../errors/errors.js';
import type { RowMapper } from '../../mapping/row-mapper.js';
import { wrapStatement } from '../../query/wrap-statement.js';
import type { DeadLetter } from '../../sink/sink.js';
import type { BindValue, ResultSet, RowBatch, Source, Statement } from '../../source/source.js';
import type { SyncQuery } from '../options/sync-options.js';
import { fieldOf } from './field-of.js';
import { asTheyAre, impossible, type Entries, type Seen, type WhatToReplay } from './stored-messages.js';

/** Keys of one query: far below the binds and list members that Snowflake takes. */
const KEYS_AT_ONCE = 1_000;

/** How the current rows of dead letters are found. */
export interface ReplayKey<M> {
  /** Exact name of the query's column that says what a row is about, for example `userId`. */
  readonly column: string;
  /**
   * The key of one dead letter.
   *
   * @default the column's value where the dead letter has the row, else the message's id, trait or property of that name
   */
  readonly of?: ((entry: DeadLetter<M>) => BindValue | undefined) | undefined;
}

/** What finds the current rows. */
export interface CurrentRowsParts<M> {
  readonly key: ReplayKey<M>;
  readonly source?: Source | undefined;
  readonly query?: Pick<SyncQuery, 'render'> | undefined;
  readonly mapper?: RowMapper<M> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The rows as they are now of the keys of dead letters, in chunks of keys.
 *
 * @throws ConfigError `CONFIG_INVALID` without all that it takes
 */
export async function currentRows<M>(
  entries: Entries<M>,
  parts: CurrentRowsParts<M>,
  seen: Seen,
): Promise<WhatToReplay<M>> {
  const { key, mapper, source, query, signal } = parts;
  if (mapper === undefined || source === undefined || query === undefined) {
    throw new ConfigError('CONFIG_INVALID', 'replayDeadLetters: `key` needs `source`, `query` and `mapper`.', {
      hint: 'Pass the source, query and mapper of the sync, or leave `key` out to send the stored messages.',
    });
  }
  const results = resultsByKey(entries, { source, query, key, signal }, seen);
  let first: IteratorResult<ResultSet, void>;
  try {
    first = await results.next();
  } catch (error) {
    // Told by the report, as a failure of any later query is.
    return { rows: failing(error), columns: [], mapper: asTheyAre(mapper) };
  }
  if (first.done === true) return { rows: failing(undefined), columns: [], mapper: asTheyAre(mapper) };
  return {
    rows: allRows(first.value, results, { column: key.column, found: seen.found, signal }),
    columns: first.value.columns,
    mapper,
  };
}

// eslint-disable-next-line require-yield -- a source without rows that may end with an error
async function* failing(error: unknown): AsyncGenerator<RowBatch> {
  if (error !== undefined) throw error as Error;
}

/** The keys that had rows, as text. */
interface Found {
  readonly column: string;
  readonly found: Set<string>;
}

/** One result after the other, numbered as if they were one. */
async function* allRows(
  first: ResultSet,
  others: AsyncIterable<ResultSet>,
  { column, found, signal }: Found & { readonly signal: AbortSignal | undefined },
): AsyncGenerator<RowBatch> {
  let firstRow = 0;
  async function* renumbered(result: ResultSet): AsyncGenerator<RowBatch> {
    const at = result.columns.findIndex(({ name }) => name === column);
    for await (const { rows } of result.read({ signal })) {
      for (const values of rows) found.add(String(values[at]));
      yield { firstRow, rows };
      firstRow += rows.length;
    }
  }
  yield* renumbered(first);
  for await (const result of others) yield* renumbered(result);
}

/** What finds rows by key. */
interface ByKey<M> {
  readonly source: Source;
  readonly query: Pick<SyncQuery, 'render'>;
  readonly key: ReplayKey<M>;
  readonly signal: AbortSignal | undefined;
}

async function* resultsByKey<M>(
  entries: Entries<M>,
  { source, query, key, signal }: ByKey<M>,
  seen: Seen,
): AsyncGenerator<ResultSet, void> {
  const known = new Set<BindValue>();
  let keys: BindValue[] = [];
  const read = async (): Promise<ResultSet> => {
    const syncTime = Math.floor((await source.now({ signal })).getTime() / 1000);
    return source.execute(filtered(query.render({ lastSyncTime: 0, syncTime }), key.column, keys), { signal });
  };
  for await (const entry of entries) {
    seen.entries += 1;
    const value = key.of === undefined ? keyOf(entry, key.column) : key.of(entry);
    if (value === undefined || value === null) {
      throw impossible(entry, `has no value for the key "${key.column}"`, 'Pass `key.of`, which finds it.');
    }
    if (known.has(value)) continue;
    known.add(value);
    seen.keys = known.size;
    keys.push(value);
    if (keys.length < KEYS_AT_ONCE) continue;
    yield await read();
    keys = [];
  }
  if (keys.length > 0) yield await read();
}

/** @throws ConfigError `CONFIG_INVALID` for a query that no other can be put around */
function filtered(statement: Statement, column: string, keys: readonly BindValue[]): Statement {
  const quoted = `"${column.replaceAll('"', '""')}"`;
  const wrapped = wrapStatement('SELECT *', statement, `WHERE ${quoted} IN (${keys.map(() => '?').join(', ')})`);
  if (wrapped !== undefined) return { sql: wrapped.sql, binds: [...statement.binds, ...keys] };
  throw new ConfigError('CONFIG_INVALID', 'replayDeadLetters: the query cannot be filtered by key.', {
    hint: 'Pass a query that begins with SELECT, WITH or VALUES, or leave `key` out to send the stored messages.',
  });
}

function keyOf(entry: DeadLetter<unknown>, column: string): BindValue | undefined {
  const at = entry.columns?.indexOf(column) ?? -1;
  const value = at >= 0 ? entry.values?.[at] : fieldOf(entry.message, column);
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}
