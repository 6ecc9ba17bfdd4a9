import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { aFunction, anAbortSignal, withMethod } from '../../options/option-checks.js';
import { ConfigError, SnowmeltError } from '../../errors/errors.js';
import type { RowMapper } from '../../mapping/row-mapper.js';
import type { DeadLetter } from '../../sink/sink.js';
import type { BindValue, ResultSet, RowBatch, Source, Statement } from '../../source/source.js';
import { deliver } from '../deliver.js';
import { deliveryShape } from '../delivery-settings.js';
import { routeToChildren } from './route-to-children.js';
import type { DeliverOptions } from '../deliver-options.js';
import type { DeliveryReport } from '../report/delivery-report.js';

/** Messages of a batch of entries that are sent as they are. */
const ENTRIES_AT_ONCE = 500;
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

/** Dead letters to replay. */
type Entries<M> = AsyncIterable<DeadLetter<M>> | Iterable<DeadLetter<M>>;

/** Options of `replayDeadLetters`. */
export interface ReplayOptions<M> extends Pick<
  DeliverOptions<M>,
  | 'sink'
  | 'deadLetter'
  | 'maxRejected'
  | 'concurrency'
  | 'retry'
  | 'rateLimit'
  | 'writeTimeoutMs'
  | 'signal'
  | 'onEvent'
  | 'sync'
> {
  /** Reads the current rows instead of sending the stored messages; needs `source`, `query` and `mapper`. */
  readonly key?: ReplayKey<M> | undefined;
  /** The sync's source. */
  readonly source?: Source | undefined;
  /** The sync's query; `{{last_sync_time}}` is 0 in a replay, so that it finds rows of any age. */
  readonly query?:
    | {
        /** The SQL and its binds, as `QueryTemplate.render` makes them. */
        readonly render: (values: { readonly lastSyncTime: number; readonly syncTime: number }) => Statement;
      }
    | undefined;
  /** Maps the rows read again; without `key` it only tells the lane keys of stored messages. */
  readonly mapper?: RowMapper<M> | undefined;
}

const shape = {
  ...z.object(deliveryShape).omit({ maxInFlightRows: true }).shape,
  mapper: deliveryShape.mapper.optional(),
  key: z.object({ column: z.string().min(1), of: aFunction().optional() }).optional(),
  source: withMethod('execute', 'expected a Source').optional(),
  query: withMethod('render', 'expected a QueryTemplate: new QueryTemplate(`SELECT …`)').optional(),
  sync: z.string().optional(),
  signal: anAbortSignal.optional(),
  onEvent: aFunction().optional(),
};

/** What became of a replay. */
export interface ReplayReport extends DeliveryReport {
  /** Dead letters read. */
  readonly entries: number;
  /** Different keys among them; 0 without `key`. */
  readonly keys: number;
}

/** Numbers of a replay, counted while its rows are read. */
interface Seen {
  entries: number;
  keys: number;
  /** The keys that had rows, as text. */
  readonly found: Set<string>;
}

/**
 * Delivers what a dead letter has kept. Without `key` the stored messages are sent as they are, with the message ids
 * they had. With `key` the current rows are read again, by the query filtered to the keys of the dead letters, and
 * mapped anew: the way to go after the data or the mapping was repaired, and for rows that could not be mapped.
 *
 * A dead letter with neither message nor key ends the replay as `REPLAY_IMPOSSIBLE`; none is passed over.
 *
 * @param entries the dead letters, for example from `readDeadLetters`
 * @throws ConfigError `CONFIG_INVALID` for misuse, before anything is read
 */
export async function replayDeadLetters<M>(
  entries: AsyncIterable<DeadLetter<M>> | Iterable<DeadLetter<M>>,
  options: ReplayOptions<M>,
): Promise<ReplayReport> {
  checkOptions('replayDeadLetters', shape, options);
  if (!isIterable(entries)) {
    throw new ConfigError('CONFIG_INVALID', 'replayDeadLetters: the dead letters are missing.', {
      hint: 'Write replayDeadLetters(readDeadLetters(path), { sink }).',
    });
  }
  const { deadLetter, maxRejected, concurrency, retry, rateLimit, writeTimeoutMs, signal, onEvent, sync } = options;
  const seen: Seen = { entries: 0, keys: 0, found: new Set() };
  const routes = new Map<unknown, string>();
  const sink = routeToChildren(options.sink, routes);
  const what =
    options.key === undefined
      ? storedMessages(entries, options, seen, routes)
      : await currentRows(entries, options, options.key, seen);
  const how = { sink, deadLetter, maxRejected, concurrency, retry, rateLimit, writeTimeoutMs, signal, onEvent, sync };
  const report = await deliver({ ...how, ...what });
  const { found, ...counts } = seen;
  const missing = counts.keys - found.size;
  if (report.status !== 'completed' || missing <= 0) return { ...report, ...counts };
  const message = `${missing} of ${counts.keys} keys found no row: nothing was sent for their dead letters.`;
  const warning = { code: 'REPLAY_WITHOUT_ROWS', message, count: missing };
  return { ...report, ...counts, warnings: [...report.warnings, warning] };
}

/** The part of a delivery that says what is delivered. */
type What<M> = Pick<DeliverOptions<M>, 'rows' | 'columns' | 'mapper'>;

function storedMessages<M>(
  entries: Entries<M>,
  { mapper }: ReplayOptions<M>,
  seen: Seen,
  routes: Map<unknown, string>,
): What<M> {
  async function* rows(): AsyncGenerator<RowBatch> {
    let batch: (readonly unknown[])[] = [];
    for await (const entry of entries) {
      if (entry.message === undefined) throw impossible(entry, 'holds no message to send', 'Replay it with `key`.');
      seen.entries += 1;
      if (entry.sink !== undefined) routes.set(entry.message, entry.sink);
      batch.push([entry.message]);
      if (batch.length < ENTRIES_AT_ONCE) continue;
      yield { firstRow: seen.entries - batch.length, rows: batch };
      batch = [];
    }
    yield { firstRow: seen.entries - batch.length, rows: batch };
  }
  return { rows: rows(), columns: [], mapper: asTheyAre(mapper) };
}

function asTheyAre<M>(mapper: RowMapper<M> | undefined): RowMapper<M> {
  const key = mapper?.key?.bind(mapper);
  return {
    callType: 'custom',
    bind: () => (values) => values[0] as M,
    map: (row) => row['message'] as M,
    ...(key === undefined ? {} : { key }),
  };
}

async function currentRows<M>(
  entries: Entries<M>,
  options: ReplayOptions<M>,
  key: ReplayKey<M>,
  seen: Seen,
): Promise<What<M>> {
  const { mapper, source, query, signal } = options;
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
  readonly query: NonNullable<ReplayOptions<M>['query']>;
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

function filtered(statement: Statement, column: string, keys: readonly BindValue[]): Statement {
  const quoted = `"${column.replaceAll('"', '""')}"`;
  // Lines of their own: the query may end with a comment.
  const sql = `SELECT * FROM (\n${statement.sql}\n) WHERE ${quoted} IN (${keys.map(() => '?').join(', ')})`;
  return { sql, binds: [...statement.binds, ...keys] };
}

function keyOf(entry: DeadLetter<unknown>, column: string): BindValue | undefined {
  const at = entry.columns?.indexOf(column) ?? -1;
  const value = at >= 0 ? entry.values?.[at] : fieldOf(entry.message, column);
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

const IDS = ['userId', 'anonymousId', 'groupId', 'previousId'];

/** An id under the column's name in any case, as the mappers take it; else the trait or property of that very name. */
function fieldOf(message: unknown, column: string): unknown {
  const id = IDS.find((name) => name.toLowerCase() === column.toLowerCase());
  if (id !== undefined) return inside(message, id);
  return inside(inside(message, 'traits'), column) ?? inside(inside(message, 'properties'), column);
}

function inside(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, key) as unknown) : undefined;
}

function impossible(entry: DeadLetter<unknown>, what: string, hint: string): SnowmeltError {
  const { runId, row } = entry;
  return new SnowmeltError('REPLAY_IMPOSSIBLE', `The dead letter of row ${row} of run ${runId} ${what}.`, {
    hint,
    details: { runId, row },
  });
}

/** Any iterable but a text, whose letters are no dead letters. */
function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}
