import { deliver } from '../../delivery/deliver.js';
import { allowedRejections } from '../../delivery/write/rejections.js';
import type { SnowmeltError } from '../../errors/errors.js';
import type { ResultSet } from '../../source/source.js';
import type { RunCounts, StoredRun } from '../../state/sync-state.js';
import type { SyncSettings } from '../options/sync-settings.js';
import { Checkpointer } from './checkpointer.js';
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
  const checkpointer = new Checkpointer(frame, { from: range.from, before });
  const { mapper, sink, deadLetter, concurrency, retry, rateLimit, writeTimeoutMs, maxInFlightRows } = settings;
  const report = await deliver({
    mapper,
    sink,
    deadLetter,
    concurrency,
    retry,
    rateLimit,
    writeTimeoutMs,
    maxInFlightRows,
    rows: result,
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
  });
  journal.add(report);
  if (!keeper.signal.aborted) {
    try {
      await checkpointer.flush();
    } catch (error) {
      // What ended the delivery comes first.
      if (report.error === undefined) throw error;
    }
  }
  signal.throwIfAborted();
  return report.error;
}

/** `undefined` where the delivery reckons it from its rows. */
function rejectLimit<M>({ maxRejected, deadLetter }: SyncSettings<M>, rows: number | undefined): number | undefined {
  return deadLetter === undefined || rows === undefined ? maxRejected : allowedRejections(maxRejected, rows);
}
