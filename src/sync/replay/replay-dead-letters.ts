import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { aFunction, anAbortSignal, withMethod } from '../../options/option-checks.js';
import { ConfigError } from '../../errors/errors.js';
import type { RowMapper } from '../../mapping/row-mapper.js';
import type { DeadLetter } from '../../sink/sink.js';
import type { Source } from '../../source/source.js';
import type { SyncQuery } from '../options/sync-options.js';
import { currentRows, type ReplayKey } from './current-rows.js';
import { storedMessages, type Seen } from './stored-messages.js';
import { deliver } from '../../delivery/deliver.js';
import { deliveryShape } from '../../delivery/delivery-settings.js';
import { routeToChildren } from './route-to-children.js';
import type { DeliverOptions } from '../../delivery/deliver-options.js';
import type { DeliveryReport } from '../../delivery/report/delivery-report.js';

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
  readonly query?: Pick<SyncQuery, 'render'> | undefined;
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
      ? storedMessages(entries, options.mapper, seen, routes)
      : await currentRows(entries, { ...options, key: options.key }, seen);
  const how = { sink, deadLetter, maxRejected, concurrency, retry, rateLimit, writeTimeoutMs, signal, onEvent, sync };
  const report = await deliver({ ...how, ...what });
  const { found, ...counts } = seen;
  const missing = counts.keys - found.size;
  if (report.status !== 'completed' || missing <= 0) return { ...report, ...counts };
  const message = `${missing} of ${counts.keys} keys found no row: nothing was sent for their dead letters.`;
  const warning = { code: 'REPLAY_WITHOUT_ROWS', message, count: missing };
  return { ...report, ...counts, warnings: [...report.warnings, warning] };
}

/** Any iterable but a text, whose letters are no dead letters. */
function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}
