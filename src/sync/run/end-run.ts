import { SnowmeltError, isSnowmeltError } from '../../errors/errors.js';
import type { ErrorCode } from '../../errors/errors.js';
import type { StoredRun } from '../../state/sync-state.js';
import { asHostError } from '../../errors/host-call.js';
import type { LeaseKeeper } from '../record/lease-keeper.js';
import { withHistory } from '../../state/run-history.js';
import type { RunJournal } from '../journal/run-journal.js';
import type { RunPlan } from './run-kind.js';
import { totalCounts, unsettled } from '../../state/settled-ranges.js';

/** Going on with the same result would end the same way: the next run queries afresh, so that repaired data are seen. */
const ABANDONED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'RESULT_EXPIRED',
  'TOO_MANY_REJECTS',
  'SINK_REFUSES_EVERYTHING',
  'BREAKER_TRIPPED',
  'BOOKS_UNBALANCED',
  'MAPPING_COLUMNS',
  'SOURCE_SQL',
  'CONFIG_INVALID',
]);

/** Whether the next run starts with a new query after this error. */
export function isAbandoning(code: ErrorCode): boolean {
  return ABANDONED.has(code);
}

/**
 * Checks that every row is settled and counted.
 *
 * @throws SnowmeltError `RUN_UNFINISHED`, `BOOKS_UNBALANCED`
 */
export function checkBooks(run: StoredRun, result: { readonly rowCount?: number | undefined }): void {
  const { read, delivered, rejected, skipped } = totalCounts(run.settled);
  const { rowCount } = result;
  const [gap] = rowCount === undefined ? [] : unsettled(run.settled, { from: 0, to: rowCount });
  if (gap !== undefined) {
    throw new SnowmeltError('RUN_UNFINISHED', `Rows ${gap.from} to ${gap.to} of run ${run.runId} are not settled.`, {
      hint: `Deliver them first: deliverRange(handle, { from: ${gap.from}, to: ${gap.to} }).`,
      details: { from: gap.from, to: gap.to },
    });
  }
  if (read === delivered + rejected + skipped && read === (rowCount ?? read)) return;
  throw new SnowmeltError(
    'BOOKS_UNBALANCED',
    `${read} of ${rowCount ?? read} rows read, ${delivered} delivered, ${rejected} rejected, ${skipped} skipped.`,
    { hint: 'Check a custom source first.', details: { read, delivered, rejected, skipped, rowCount } },
  );
}

/** Completes a run and gives the lease back in one write. @throws SnowmeltError */
export async function commitRun(keeper: LeaseKeeper, plan: RunPlan): Promise<StoredRun> {
  const { run } = keeper.state;
  if (run?.ref === undefined) throw new SnowmeltError('RUN_UNFINISHED', 'There is no run to finish.');
  checkBooks(run, run.ref);
  await keeper.release((state) => ({
    ...plan.commit(state, run),
    run: undefined,
    history: withHistory(state, run, 'completed'),
  }));
  return run;
}

/**
 * Stores how a run failed and gives the lease back. A lost lease is not touched: its new holder goes on. Errors of the
 * store change nothing either: the lease expires, and the next run resumes.
 */
export async function failRun(
  keeper: LeaseKeeper,
  error: SnowmeltError,
  { isAborted, journal }: { readonly isAborted: boolean; readonly journal: RunJournal },
): Promise<void> {
  if (keeper.signal.aborted) {
    keeper.leave();
    return;
  }
  try {
    await keeper.release((state) => {
      const { run } = state;
      const ended = run ?? journal.runWithoutResult;
      if (ended === undefined) return state;
      const history = withHistory(state, ended, isAborted ? 'aborted' : 'failed', error.code);
      return { ...state, history, run: isAbandoning(error.code) ? undefined : run };
    });
  } catch {
    // Said above.
  }
}

/** What a run's end was caused by, in the order of what explains most. */
export function endError(
  error: unknown,
  keeper: LeaseKeeper | undefined,
  signal: AbortSignal | undefined,
): SnowmeltError {
  if (keeper?.signal.aborted === true) return asHostError(keeper.signal.reason, 'The lease');
  if (signal?.aborted === true) {
    // A backfill's signal carries the loss of the sync's own lease.
    if (isSnowmeltError(signal.reason) && signal.reason.code === 'LEASE_LOST') return signal.reason;
    return new SnowmeltError('ABORTED', 'The run was aborted by its signal.', {
      cause: signal.reason,
      hint: 'Run again: it resumes at the first unsettled row.',
    });
  }
  return asHostError(error, 'Code passed to the sync');
}
