import { totalCounts, unsettled } from '../../state/settled-ranges.js';
import type { StoredRun, SyncState } from '../../state/sync-state.js';
import type { RunReport } from '../journal/run-report.js';
import type { SyncContext } from '../options/sync-context.js';
import type { LeaseKeeper } from '../record/lease-keeper.js';
import type { KeyedResult } from '../../diff/key/keyed-result.js';
import type { ResultSet } from '../../source/source.js';
import { leaveInSnapshot } from '../changes/backfills-left.js';
import { endChanges, sweepAfter, type RunToEnd } from './end-changes.js';
import { deliverRows } from './deliver-rows.js';
import { commitRun, failRun } from './end-run.js';
import { isAbandoned, isCompleted } from './end-run.js';
import { unsortedAgain } from './unsorted-again.js';
import { openRun } from './open-run.js';
import { inFrame, type FrameEnd, type FrameParts, type RunFrame } from './run-frame.js';
import type { RunKind } from './run-kind.js';

/** A run to do in this process. */
export interface RunRequest<M> {
  readonly kind: RunKind;
  /** Takes the lease of the record that holds the run. */
  readonly hold: FrameParts<M>['hold'];
  readonly signal: AbortSignal | undefined;
  /** What sinks are told. @default that of the record */
  readonly fencingToken?: (() => number | undefined) | undefined;
  /** Called under the lease, with the record of the run, when everything is settled. */
  readonly beforeCommit?: ((own: SyncState) => Promise<void>) | undefined;
  /** Called when the run is completed. Never throws. */
  readonly onCompleted?: (() => Promise<void>) | undefined;
}

/** The rows of a run that are not settled; of a result of unknown length all from the first of them. */
function rangesToDeliver(run: StoredRun, rowCount: number | undefined): { from: number; to?: number }[] {
  if (rowCount === undefined) return [{ from: run.settled.at(-1)?.to ?? 0 }];
  return unsettled(run.settled, { from: 0, to: rowCount });
}

/** What a run with `changes` does between its last row and its commit. */
export async function endingOf<M>(
  frame: RunFrame<M>,
  { result, ...rest }: Omit<RunToEnd, 'result'> & { readonly result: ResultSet },
): ReturnType<typeof endChanges> {
  if (frame.context.settings.changes === undefined) return {};
  return endChanges(frame, { ...rest, result: result as KeyedResult });
}

/** One run from its lease to its commit, in this process. Never throws. */
export async function runSync<M>(context: SyncContext<M>, request: RunRequest<M>): Promise<RunReport> {
  const { kind, hold, signal, onCompleted } = request;
  let committing: LeaseKeeper | undefined;
  const inside = async (frame: RunFrame<M>): Promise<FrameEnd> => {
    const { keeper, journal } = frame;
    const { run, result } = await openRun(frame, kind);
    journal.endPhase('queryMs');
    const fencingToken = request.fencingToken?.() ?? keeper.state.fencingToken;
    journal.counts = totalCounts(run.settled);
    for (const range of rangesToDeliver(run, result.rowCount)) {
      const error = await deliverRows(frame, { run, result, range, before: journal.counts, fencingToken });
      if (error !== undefined)
        return { status: 'failed', error: unsortedAgain(error, keeper.state, context.settings.name) };
    }
    journal.endPhase('deliveryMs');
    frame.signal.throwIfAborted();
    const ending = await endingOf(frame, { kind, result, fencingToken });
    if ('error' in ending) return { status: 'failed', error: ending.error };
    await request.beforeCommit?.(keeper.state);
    committing = keeper;
    await commitRun(keeper, kind, ending.snapshot);
    if (ending.snapshot !== undefined) await sweepAfter(frame, ending.snapshot, fencingToken);
    journal.endPhase('commitMs');
    if (kind.name === 'run') journal.lastSyncTime = { ...journal.lastSyncTime, after: run.startedAt };
    await onCompleted?.();
    return { status: 'completed' };
  };
  return inFrame({
    context,
    signal,
    hold,
    inside,
    giveBack: async (keeper, error, journal) => {
      // The record of a backfill has no snapshot of its own. What cannot be stored now stays in it for the next run.
      if (kind.name === 'backfill' && isAbandoned(error)) {
        await leaveInSnapshot(context, keeper.state.run).catch(() => undefined);
      }
      await failRun(keeper, error, journal);
    },
    wasCompleted: async ({ code }, journal) => {
      if (code !== 'LEASE_LOST' || committing === undefined || journal.runId === undefined) return false;
      // Stored after all, although the answer was lost and the next try came too late.
      const stored = await committing.record.read().catch(() => undefined);
      if (!isCompleted(stored, journal.runId)) return false;
      const after = kind.name === 'run' ? stored?.value.lastSyncTime : undefined;
      journal.lastSyncTime = { ...journal.lastSyncTime, after: after ?? journal.lastSyncTime.after };
      return true;
    },
  });
}
