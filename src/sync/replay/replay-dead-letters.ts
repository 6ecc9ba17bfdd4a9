import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { aFunction, anAbortSignal, withMethod } from '../../options/option-checks.js';
import { ConfigError, SnowmeltError } from '../../errors/errors.js';
import type { RowMapper } from '../../mapping/row-mapper.js';
import type { DeadLetter, Sink } from '../../sink/sink.js';
import type { Source } from '../../source/source.js';
import type { SyncQuery } from '../options/sync-options.js';
import { currentRows, type ReplayKey } from './current-rows.js';
import { storedMessages, type Entries, type Seen } from './stored-messages.js';
import { contextOf } from '../options/sync-context.js';
import type { LeaseKeeper } from '../record/lease-keeper.js';
import { holdsState } from '../run/run-kind.js';
import { takeLease } from '../run/take-lease.js';
import { deliver } from '../../delivery/deliver.js';
import { deliveryShape } from '../../delivery/delivery-settings.js';
import { routeToChildren } from './route-to-children.js';
import type { DeliverOptions } from '../../delivery/deliver-options.js';
import type { DeliveryReport } from '../../delivery/report/delivery-report.js';

/** Options of `replayDeadLetters`. */
export interface ReplayOptions<M> extends Pick<
  DeliverOptions<M>,
  | 'deadLetter'
  | 'deliveryLog'
  | 'maxRejected'
  | 'concurrency'
  | 'retry'
  | 'rateLimit'
  | 'writeTimeoutMs'
  | 'signal'
  | 'onEvent'
> {
  /**
   * The sync whose dead letters they are, or only its name. A `Sync` gives what is left out of `sink`, `source`, `query`,
   * `mapper` and how to send, and the replay holds its lease: no run of it can deliver newer values meanwhile.
   *
   * @default the name "deliver"
   */
  readonly sync?: string | { readonly name: string } | undefined;
  /** Where they go. @default that of the `Sync` */
  readonly sink?: Sink<M> | undefined;
  /**
   * Sends stored identify, group, alias and custom messages as they are, though newer values may have been delivered
   * since. Events are always sent so.
   *
   * @default false
   */
  readonly asStored?: boolean | undefined;
  /** Reads the current rows instead of sending the stored messages; needs `source`, `query` and `mapper`. */
  readonly key?: ReplayKey<M> | undefined;
  /** The sync's source. @default that of the `Sync` */
  readonly source?: Source | undefined;
  /** The sync's query; `{{last_sync_time}}` is 0 in a replay, so that it finds rows of any age. @default that of the `Sync` */
  readonly query?: Pick<SyncQuery, 'render'> | undefined;
  /** Maps the rows read again; without `key` it only tells the lane keys of stored messages. */
  readonly mapper?: RowMapper<M> | undefined;
}

const shape = {
  ...z.object(deliveryShape).omit({ maxInFlightRows: true }).partial().shape,
  asStored: z.boolean().optional(),
  key: z.object({ column: z.string().min(1), of: aFunction().optional() }).optional(),
  source: withMethod('execute', 'expected a Source').optional(),
  query: withMethod('render', 'expected a QueryTemplate: new QueryTemplate(`SELECT …`)').optional(),
  sync: z.union([z.string(), withMethod('run', 'expected a Sync or its name')]).optional(),
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
 * Delivers what a dead letter has kept. Without `key` stored events are sent as they are, with the message ids they had;
 * other calls only with `asStored`, because an old value must not end up over a newer one. With `key` the current rows are read again, by the query filtered to the keys of the dead letters, and
 * mapped anew: the way to go after the data or the mapping was repaired, and for rows that could not be mapped.
 *
 * A dead letter with neither message nor key ends the replay as `REPLAY_IMPOSSIBLE`; none is passed over.
 *
 * @param entries the dead letters, for example from `readDeadLetters`
 * @example
 * ```ts
 * import { replayDeadLetters, type Sync } from 'snowmelt';
 * import { readDeadLetters } from 'snowmelt/sinks';
 *
 * declare const people: Sync;
 * await replayDeadLetters(readDeadLetters('./rejected.ndjson'), { sync: people, key: { column: 'userId' } });
 * ```
 * @throws ConfigError `CONFIG_INVALID` for misuse, before anything is read; SnowmeltError `LEASE_HELD` while the `Sync`
 *   given runs
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
  const { sync = 'deliver' } = options;
  const context = typeof sync === 'object' ? contextOf<M>(sync) : undefined;
  const name = typeof sync === 'string' ? sync : sync.name;
  const parts: ReplayOptions<M> = { ...context?.settings, ...withoutUndefined(options) };
  if (context === undefined) return replay(entries, parts, name);
  const held = await takeLease(context, context.record, options.signal);
  if (!('keeper' in held)) throw leaseHeld(name);
  const { keeper } = held;
  const signals = [options.signal, keeper.signal].filter((each) => each !== undefined);
  try {
    return await replay(entries, { ...parts, signal: AbortSignal.any(signals) }, name, keeper);
  } finally {
    // A lease that can't be given back expires.
    await keeper.release().catch(() => undefined);
  }
}

async function replay<M>(
  entries: Entries<M>,
  options: ReplayOptions<M>,
  sync: string,
  keeper?: LeaseKeeper,
): Promise<ReplayReport> {
  const { deadLetter, deliveryLog, maxRejected, concurrency, retry, rateLimit, writeTimeoutMs, signal } = options;
  const { onEvent, key } = options;
  if (options.sink === undefined) {
    throw new ConfigError('CONFIG_INVALID', 'replayDeadLetters: `sink` is missing.', {
      hint: 'Pass `sink`, or the Sync as `sync`.',
    });
  }
  const seen: Seen = { entries: 0, keys: 0, found: new Set() };
  const routes = new Map<unknown, string>();
  const sink = routeToChildren(options.sink, routes);
  const what =
    key === undefined
      ? storedMessages(entries, options, seen, routes)
      : await currentRows(entries, { ...options, key }, seen);
  const toSettle = { sink, deadLetter, deliveryLog, maxRejected };
  const how = { ...toSettle, concurrency, retry, rateLimit, writeTimeoutMs, signal, onEvent, sync };
  const fence = keeper && (() => keeper.fence());
  const report = await deliver({ ...how, ...what, fence, fencingToken: keeper?.state.fencingToken });
  const { found, ...counts } = seen;
  const missing = counts.keys - found.size;
  const warnings = [...report.warnings];
  if (report.status === 'completed' && missing > 0) {
    const message = `${missing} of ${counts.keys} keys found no row: nothing was sent for their dead letters.`;
    warnings.push({ code: 'REPLAY_WITHOUT_ROWS', message, count: missing });
  }
  if (keeper === undefined && key !== undefined && holdsState(options.mapper?.callType)) {
    const message = 'The sync could run meanwhile and deliver newer values first: pass the Sync as `sync`.';
    warnings.push({ code: 'REPLAY_WITHOUT_LEASE', message, count: 1 });
  }
  return { ...report, ...counts, warnings };
}

function withoutUndefined<M>(options: ReplayOptions<M>): ReplayOptions<M> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function leaseHeld(sync: string): SnowmeltError {
  return new SnowmeltError('LEASE_HELD', `"${sync}" is running, or disabled: nothing was replayed.`, {
    hint: 'Replay when its run has ended, or wait for it with `lease: { wait }` of the sync.',
  });
}

/** Any iterable but a text, whose letters are no dead letters. */
function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}
