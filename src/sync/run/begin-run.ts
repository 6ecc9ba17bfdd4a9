import { ConfigError, SnowmeltError } from '../../errors/errors.js';
import type { SyncState } from '../../state/sync-state.js';
import { commitRun, endError, failRun } from './end-run.js';
import { isCompleted, joinRun } from './join-run.js';
import type { LeaseKeeper } from '../record/lease-keeper.js';
import { openRun } from './open-run.js';
import type { RunHandle } from './run-handle.js';
import { RunJournal } from '../journal/run-journal.js';
import type { RunPlan } from './run-kind.js';
import type { RunReport } from '../journal/run-report.js';
import { takeLease } from './run-sync.js';
import { totalCounts } from '../../state/settled-ranges.js';
import type { SyncContext } from '../options/sync-context.js';

/** @throws SnowmeltError `LEASE_HELD`, and whatever the query fails with */
export async function beginRun<M>(
  context: SyncContext<M>,
  plan: RunPlan,
  leaseMs: number,
  signal: AbortSignal | undefined,
): Promise<RunHandle> {
  const { settings, record, emitter, clock } = context;
  const { name } = settings;
  if (!settings.enabled)
    throw new SnowmeltError('SYNC_DISABLED', `Sync "${name}" is disabled.`, { hint: 'Set enabled: true.' });
  const journal = new RunJournal(name, emitter, clock, settings.logger);
  let keeper: LeaseKeeper | undefined;
  try {
    keeper = await takeLease(context, record, signal);
    if (keeper === undefined) {
      throw new SnowmeltError('LEASE_HELD', `Another run of "${name}" is going on.`, { hint: 'Wait for its end.' });
    }
    const ended = signal === undefined ? keeper.signal : AbortSignal.any([signal, keeper.signal]);
    const { run, result } = await openRun({ context, keeper, journal, plan, signal: ended });
    const { rowCount, ref } = result;
    if (rowCount === undefined) {
      throw new ConfigError('CONFIG_INVALID', `Sync "${name}": ranges need a source that knows its row count.`, {
        hint: 'Use run() with this source.',
      });
    }
    // Only now: until there is a handle, the end of this process gives the lease back.
    await keeper.share(leaseMs);
    const { fencingToken } = keeper.state;
    const first = run.settled[0];
    const { queryId, columnsHash } = ref;
    const plainRef = { queryId, rowCount, columnsHash };
    return {
      sync: name,
      runId: run.runId,
      fencingToken,
      ref: plainRef,
      rowCount,
      firstRow: first?.from === 0 ? first.to : 0,
    };
  } catch (caught) {
    const error = endError(caught, keeper, signal);
    const ending = { isAborted: error.code === 'ABORTED', journal };
    if (keeper !== undefined) await failRun(keeper, error, ending);
    throw error;
  }
}

/** @throws SnowmeltError `RUN_UNFINISHED`, `LEASE_LOST`, `BOOKS_UNBALANCED` */
export async function finishRun<M>(
  context: SyncContext<M>,
  plan: RunPlan,
  handle: RunHandle,
  signal: AbortSignal | undefined,
): Promise<RunReport> {
  const { settings, emitter, clock, record } = context;
  const journal = new RunJournal(settings.name, emitter, clock, settings.logger);
  journal.runId = handle.runId;
  journal.queryId = handle.ref.queryId;
  let keeper: LeaseKeeper | undefined;
  try {
    const joined = await joinRun(context, handle, signal);
    if (joined === undefined) return alreadyFinished(journal, (await record.read(signal))?.value);
    keeper = joined.keeper;
    const before = keeper.state.lastSyncTime;
    // A worker that was killed after its rows were counted leaves its record.
    for (const { from, to } of joined.run.claimed) {
      if (joined.run.settled.some((done) => done.from <= from && to <= done.to)) {
        await record.sibling(`${record.key}/${handle.runId}/${from}-${to}`).remove(signal);
      }
    }
    const run = await commitRun(keeper, plan);
    journal.counts = totalCounts(run.settled);
    journal.lastSyncTime = { before, after: run.startedAt };
    return journal.end('completed');
  } catch (caught) {
    const error = endError(caught, keeper, signal);
    keeper?.leave();
    if (keeper === undefined || error.code === 'ABORTED') throw error;
    // Two of them at the same time: the other one was faster.
    const stored = await record.read(signal);
    if (isCompleted(stored, handle.runId)) return alreadyFinished(journal, stored?.value);
    throw error;
  }
}

function alreadyFinished(journal: RunJournal, state: SyncState | undefined): RunReport {
  const lastSyncTime = state?.lastSyncTime ?? 0;
  journal.lastSyncTime = { before: lastSyncTime, after: lastSyncTime };
  journal.counts = state?.history.find(({ runId }) => runId === journal.runId)?.counts ?? journal.counts;
  return journal.end('completed');
}
