import { deliver } from '../../delivery/deliver.js';
import { SnowmeltError } from '../../errors/errors.js';
import type { ResultSet } from '../../source/source.js';
import type { RunCounts, StoredRun } from '../../state/sync-state.js';
import { Checkpointer } from './checkpointer.js';
import type { LeaseKeeper } from '../record/lease-keeper.js';
import { rejectLimit } from './reject-limit.js';
import type { RunJournal } from '../journal/run-journal.js';
import type { SyncContext } from '../options/sync-context.js';

/** A part of a run to deliver. */
export interface PartToDeliver {
  readonly run: StoredRun;
  readonly result: ResultSet;
  readonly from: number;
  /** Missing: to the end of a result of unknown length. */
  readonly to?: number | undefined;
  /** Counts of the rows of the whole run settled so far. */
  readonly base: RunCounts;
  /** Holds the record that gets the checkpoints. */
  readonly keeper: LeaseKeeper;
  /** Also has to be held; the record of the run, when the part has its own. */
  readonly runKeeper?: LeaseKeeper | undefined;
  readonly fencingToken: number;
  readonly signal: AbortSignal;
}

/**
 * Delivers a part of a run with checkpoints; the last one holds everything that is settled, however it ended.
 *
 * @returns counts of the whole run so far
 * @throws SnowmeltError why it ended early
 */
export async function deliverPart<M>(
  context: SyncContext<M>,
  journal: RunJournal,
  part: PartToDeliver,
): Promise<RunCounts> {
  const { settings } = context;
  const { run, result, from, to, base, keeper, runKeeper, fencingToken, signal } = part;
  const checkpointer = new Checkpointer(context, keeper, journal, { from, base });
  const report = await deliver({
    rows: result,
    mapper: settings.mapper,
    sink: settings.sink,
    deadLetter: settings.deadLetter,
    maxRejected: rejectLimit(context, result.rowCount),
    from,
    to,
    concurrency: settings.concurrency,
    retry: settings.retry,
    rateLimit: settings.rateLimit,
    writeTimeoutMs: settings.writeTimeoutMs,
    maxInFlightRows: settings.maxInFlightRows,
    sync: settings.name,
    runId: run.runId,
    queryId: result.ref.queryId,
    fencingToken,
    counts: base,
    signal,
    onSettled: checkpointer.onSettled,
    onEvent: (event) => {
      journal.tell(event);
    },
    beforeWrite: () => {
      keeper.assertHeld();
      runKeeper?.assertHeld();
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
  report.throwIfFailed();
  const counts = report.settled;
  const { read, delivered, rejected, skipped } = counts;
  if (read !== delivered + rejected + skipped || (to !== undefined && report.settledBelow !== to)) {
    throw new SnowmeltError(
      'BOOKS_UNBALANCED',
      `${read} rows read, ${delivered} delivered, ${rejected} rejected, ${skipped} skipped.`,
      {
        hint: 'Check a custom source first: it has to give as many rows as it says.',
        details: { read, delivered, rejected, skipped, settledBelow: report.settledBelow, expected: to },
      },
    );
  }
  return counts;
}
