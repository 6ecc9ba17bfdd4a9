import { rangeKey } from '../../state/record-keys.js';
import { totalCounts } from '../../state/settled-ranges.js';
import type { StoredState } from '../../state/state-store.js';
import type { RunJournal } from '../journal/run-journal.js';
import type { RunReport } from '../journal/run-report.js';
import type { SyncContext } from '../options/sync-context.js';
import { checkFinished, commitRun, leaveRun } from '../run/end-run.js';
import { joinRun } from './join-run.js';
import { isCompleted } from '../run/end-run.js';
import { inFrame, type FrameEnd, type Held, type RunFrame } from '../run/run-frame.js';
import type { RunHandle } from './run-handle.js';
import type { RunKind } from '../run/run-kind.js';

/** @throws SnowmeltError `RUN_UNFINISHED`, `LEASE_LOST`, `BOOKS_UNBALANCED` */
export async function finishRun<M>(
  context: SyncContext<M>,
  kind: RunKind,
  handle: RunHandle,
  signal: AbortSignal | undefined,
): Promise<RunReport> {
  const { record } = context;
  const hold = async (journal: RunJournal): Promise<Held | FrameEnd> => {
    journal.runId = handle.runId;
    journal.queryId = handle.ref.queryId;
    const joined = await joinRun(context, handle, signal);
    if (joined === undefined) return alreadyFinished(journal, await record.read(signal));
    try {
      checkFinished(joined.run);
    } catch (error) {
      joined.keeper.leave();
      throw error;
    }
    return joined;
  };
  const inside = async ({ keeper, journal }: RunFrame<M>): Promise<FrameEnd> => {
    const before = keeper.state.lastSyncTime;
    const { run: open } = keeper.state;
    // A worker that was killed after its rows were counted leaves its record.
    for (const range of open?.claimed ?? []) {
      if (open?.settled.some((done) => done.from <= range.from && range.to <= done.to) !== true) continue;
      await record.sibling(rangeKey(record.key, handle.runId, range)).remove(signal);
    }
    const run = await commitRun(keeper, kind);
    journal.counts = totalCounts(run.settled);
    journal.lastSyncTime = { before, after: run.startedAt };
    return { status: 'completed' };
  };
  const report = await inFrame({
    context,
    signal,
    hold,
    inside,
    giveBack: leaveRun,
    // Two of them at the same time: the other one was faster.
    wasCompleted: async ({ code }, journal) => {
      if (code === 'ABORTED') return false;
      const stored = await record.read(signal).catch(() => undefined);
      if (!isCompleted(stored, handle.runId)) return false;
      alreadyFinished(journal, stored);
      return true;
    },
  });
  report.throwIfFailed();
  return report;
}

function alreadyFinished(journal: RunJournal, stored: StoredState | undefined): FrameEnd {
  const { lastSyncTime = 0, history = [] } = stored?.value ?? {};
  journal.lastSyncTime = { before: lastSyncTime, after: lastSyncTime };
  journal.counts = history.find(({ runId }) => runId === journal.runId)?.counts ?? journal.counts;
  return { status: 'completed' };
}
