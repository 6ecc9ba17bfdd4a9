import { keyedResult } from '../../diff/key/keyed-result.js';
import { SnowmeltError } from '../../errors/errors.js';
import { callSource } from '../../source/call-source.js';
import type { ResultSet } from '../../source/source.js';
import { rangeKey } from '../../state/record-keys.js';
import { countsOfRun } from '../../state/settled-ranges.js';
import type { StoredState } from '../../state/state-store.js';
import type { RunJournal } from '../journal/run-journal.js';
import type { RunReport } from '../journal/run-report.js';
import type { SyncContext } from '../options/sync-context.js';
import { checkFinished, commitRun, leaveRun } from '../run/end-run.js';
import { joinRun } from './join-run.js';
import { sweepAfter } from '../run/end-changes.js';
import { isCompleted } from '../run/end-run.js';
import { endingOf } from '../run/run-sync.js';
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
  const inside = async (frame: RunFrame<M>): Promise<FrameEnd> => {
    const { keeper, journal, signal: joined } = frame;
    const before = keeper.state.lastSyncTime;
    const { run: open } = keeper.state;
    // A worker that was killed after its rows were counted leaves its record.
    for (const range of open?.claimed ?? []) {
      if (open?.settled.some((done) => done.from <= range.from && range.to <= done.to) !== true) continue;
      await record.sibling(rangeKey(record.key, handle.runId, range)).remove(signal);
    }
    const { fencingToken } = handle;
    const ending =
      context.settings.changes === undefined
        ? {}
        : await endingOf(frame, { kind, result: await reopened(frame), fencingToken });
    if ('error' in ending) return { status: 'failed', error: ending.error };
    joined.throwIfAborted();
    const run = await commitRun(keeper, kind, ending.snapshot);
    if (ending.snapshot !== undefined) await sweepAfter(frame, ending.snapshot, fencingToken);
    journal.counts = countsOfRun(run);
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

async function reopened<M>({ context, keeper, signal }: RunFrame<M>): Promise<ResultSet> {
  const { ref } = keeper.state.run ?? {};
  if (ref === undefined) throw new SnowmeltError('RUN_UNFINISHED', 'There is no run to finish.');
  const { source } = context.settings;
  return keyedResult(await callSource('Reading the result again', signal, () => source.reopen(ref, { signal })));
}

function alreadyFinished(journal: RunJournal, stored: StoredState | undefined): FrameEnd {
  const { lastSyncTime = 0, history = [] } = stored?.value ?? {};
  journal.lastSyncTime = { before: lastSyncTime, after: lastSyncTime };
  journal.counts = history.find(({ runId }) => runId === journal.runId)?.counts ?? journal.counts;
  return { status: 'completed' };
}
