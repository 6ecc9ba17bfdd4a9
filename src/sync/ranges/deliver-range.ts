import { keyedResult } from '../../diff/key/keyed-result.js';
import { callSource } from '../../source/call-source.js';
import { unsettled } from '../../state/settled-ranges.js';
import type { RowRange } from '../../state/sync-state.js';
import { claimed } from '../../state/transitions.js';
import type { RunJournal } from '../journal/run-journal.js';
import type { RunReport } from '../journal/run-report.js';
import type { SyncContext } from '../options/sync-context.js';
import { verifyReopened } from '../../source/result-hash.js';
import type { ResultSet } from '../../source/source.js';
import { deliverClaimed } from './deliver-claimed.js';
import { leaveRun } from '../run/end-run.js';
import { joinRun } from './join-run.js';
import { inFrame, type FrameEnd, type Held, type RunFrame } from '../run/run-frame.js';
import { keepResult, takeResult } from './results-on-hand.js';
import type { RunHandle } from './run-handle.js';

/** Delivers the rows of a range that are not settled. Never throws but for misuse. */
export async function deliverRange<M>(
  context: SyncContext<M>,
  handle: RunHandle,
  wanted: RowRange,
  signal: AbortSignal | undefined,
): Promise<RunReport> {
  let ranges: readonly RowRange[] = [];
  const hold = async (journal: RunJournal): Promise<Held | FrameEnd> => {
    journal.runId = handle.runId;
    journal.queryId = handle.ref.queryId;
    journal.rowCount = handle.rowCount;
    const joined = await joinRun(context, handle, signal);
    if (joined === undefined) return { status: 'skipped', reason: 'already-settled' };
    const { keeper, run } = joined;
    const { lastSyncTime } = keeper.state;
    journal.lastSyncTime = { before: lastSyncTime, after: lastSyncTime };
    ranges = unsettled(run.settled, wanted);
    if (ranges.length === 0) {
      keeper.leave();
      return { status: 'skipped', reason: 'already-settled' };
    }
    try {
      await keeper.update((state) => ranges.reduce((next, range) => claimed(next, range, handle.sync), state));
      return joined;
    } catch (error) {
      keeper.leave();
      throw error;
    }
  };
  const inside = async (frame: RunFrame<M>): Promise<FrameEnd> => {
    const { keeper, journal } = frame;
    const whole = await openedResult(frame, handle);
    const result = context.settings.changes === undefined ? whole : keyedResult(whole);
    journal.endPhase('queryMs');
    let isBusy = false;
    try {
      for (const range of ranges) {
        const end = await deliverClaimed(frame, handle, range, result);
        if (end === 'busy') isBusy = true;
        else if (end !== 'settled') return { status: 'failed', error: end };
      }
    } finally {
      journal.endPhase('deliveryMs');
    }
    keeper.leave();
    keepResult(context, handle, whole);
    return isBusy ? { status: 'skipped', reason: 'lease-held' } : { status: 'completed' };
  };
  const wasCompleted = (): Promise<boolean> => Promise.resolve(false);
  return inFrame({ context, signal, hold, inside, giveBack: leaveRun, wasCompleted });
}

/** The whole result, open since the last range or opened again; either way a settled row of it is compared. */
async function openedResult<M>({ context, keeper, signal }: RunFrame<M>, handle: RunHandle): Promise<ResultSet> {
  const ref = keeper.state.run?.ref ?? handle.ref;
  const { source } = context.settings;
  const kept = takeResult(context, handle);
  return callSource('Reading the result again', signal, async () => {
    if (kept === undefined) return source.reopen(ref, { signal });
    await verifyReopened(kept, ref, signal);
    return kept;
  });
}
