import type { DeliverOptions, DestinationOptions } from '../../delivery/deliver-options.js';
import { Delivery } from '../../delivery/delivery.js';
import { deliverySettings } from '../../delivery/delivery-settings.js';
import { allowedRejections } from '../../delivery/write/rejections.js';
import type { SnowmeltError } from '../../errors/errors.js';
import type { KeyedResult } from '../../diff/key/keyed-result.js';
import { rowHash } from '../../source/result-hash.js';
import type { ResultSet } from '../../source/source.js';
import { subtractCounts } from '../../state/settled-ranges.js';
import type { RunCounts, StoredRun } from '../../state/sync-state.js';
import { checkpointed, levelWritten } from '../../state/transitions.js';
import type { AnnouncingParts } from '../changes/announced-rows.js';
import { RangeChanges } from '../changes/range-changes.js';
import type { SyncSettings } from '../options/sync-settings.js';
import { Checkpointer, type StoreSettled } from './checkpointer.js';
import type { RunFrame } from './run-frame.js';

/** Rows of a run to deliver. */
export interface RowsToDeliver {
  readonly run: StoredRun;
  readonly result: ResultSet;
  /** Without `to`: to the end of a result of unknown length. */
  readonly range: { readonly from: number; readonly to?: number | undefined };
  /** Counts of the rows of the whole run settled so far. */
  readonly before: RunCounts;
  readonly fencingToken: number;
}

/**
 * Delivers rows of a run with checkpoints in the record that the frame holds; the last one has everything that is
 * settled, however it ended. The journal then has the counts of the whole run so far.
 *
 * @returns why it ended early
 * @throws SnowmeltError when the last checkpoint of a delivery that went well cannot be stored; the signal's reason
 */
export async function deliverRows<M>(frame: RunFrame<M>, rows: RowsToDeliver): Promise<SnowmeltError | undefined> {
  const { context, journal, keeper, above, signal } = frame;
  const { settings } = context;
  const { run, result, range, before, fencingToken } = rows;
  const settledBefore = keeper.state.run?.settled ?? [];
  const { from } = range;
  const storeSettled: StoreSettled = async (below, settled) => {
    const values = settled.lastValues();
    const whole = values === undefined ? undefined : (changes?.wholeRow(values, below - 1) ?? values);
    const check = whole === undefined ? undefined : { row: below - 1, hash: rowHash(whole) };
    const done = { from, to: below, counts: subtractCounts(settled.counts, before) };
    const level = await changes?.checkpoint(below);
    await keeper.update((state) => checkpointed(state, { before: settledBefore, done, check, level }));
    changes?.stored();
    return settled.counts;
  };
  const checkpointer = new Checkpointer(frame, from, {
    settled: storeSettled,
    announced: async (below) => {
      const level = await changes?.checkpoint(below);
      if (level !== undefined) await keeper.update((state) => levelWritten(state, level));
      changes?.stored();
    },
  });
  const changes = await openChanges(frame, rows, checkpointer.announcing);
  const options: DeliverOptions<M> = {
    ...deliveryOf(settings),
    rows: changes?.read() ?? result,
    columns: result.columns,
    // Of the whole result: the delivery would take the share of its range.
    maxRejected: rejectLimit(settings, result.rowCount),
    ...range,
    sync: settings.name,
    runId: run.runId,
    queryId: result.ref.queryId,
    fencingToken,
    counts: before,
    signal,
    onSettled: checkpointer.onSettled,
    onEvent: (event) => {
      journal.tell(event);
    },
    fence: async () => {
      await keeper.fence();
      await above?.fence();
    },
  };
  const report = await new Delivery(options, deliverySettings(options), changes?.stage).run();
  await changes?.stop();
  journal.add(report);
  if (!keeper.signal.aborted) {
    try {
      await checkpointer.flush();
      if (changes !== undefined && report.status === 'completed') {
        const level = await changes.finish();
        await keeper.update((state) => levelWritten(state, level));
      }
    } catch (error) {
      // What ended the delivery comes first.
      if (report.error === undefined) throw error;
    }
  }
  signal.throwIfAborted();
  return report.error;
}

/** The options of a sync that its deliveries take as they are. */
export function deliveryOf<M>(settings: SyncSettings<M>): DestinationOptions<M> {
  const { mapper, sink, deadLetter, deliveryLog, concurrency, retry, rateLimit, writeTimeoutMs, maxInFlightRows } =
    settings;
  return { mapper, sink, deadLetter, deliveryLog, concurrency, retry, rateLimit, writeTimeoutMs, maxInFlightRows };
}

async function openChanges<M>(
  frame: RunFrame<M>,
  rows: RowsToDeliver,
  announcing: AnnouncingParts,
): Promise<RangeChanges<M> | undefined> {
  if (frame.context.settings.changes === undefined) return undefined;
  const { run, result, range, fencingToken } = rows;
  const { from, to = result.rowCount ?? from } = range;
  return RangeChanges.open(frame, { run, result: result as KeyedResult, from, to, fencingToken }, announcing);
}

/** `undefined` where the delivery reckons it from its rows. */
function rejectLimit<M>({ maxRejected, deadLetter }: SyncSettings<M>, rows: number | undefined): number | undefined {
  return deadLetter === undefined || rows === undefined ? maxRejected : allowedRejections(maxRejected, rows);
}
