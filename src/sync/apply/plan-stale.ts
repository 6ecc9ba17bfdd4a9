import { SnowmeltError } from '../../errors/errors.js';
import type { SyncState } from '../../state/sync-state.js';
import type { PlanToken } from '../options/plan-token.js';
import type { SyncContext } from '../options/sync-context.js';
import { lastCompletedRun, planFingerprints, snapshotPrint } from './plan-prints.js';

/** Why a plan can no longer be applied: `details.reason` of `PLAN_STALE`. */
export type PlanStaleReason =
  | 'applied'
  | 'given-up'
  | 'query-changed'
  | 'mapper-changed'
  | 'changes-changed'
  | 'run-open'
  | 'run-completed'
  | 'time-moved'
  | 'snapshot-moved'
  | 'sync-used'
  | 'other-user'
  | 'result-expired';

/** A plan that can no longer be applied; `why` goes on with "is stale: ". */
export function planStale(
  { sync, runId, startedAt }: PlanToken,
  reason: PlanStaleReason,
  why: string,
  hint = `Plan again, and have that one reviewed: snowmelt plan ${sync} --out plan.json`,
): SnowmeltError {
  const when = new Date(startedAt * 1000).toISOString().replace('.000Z', 'Z');
  return new SnowmeltError('PLAN_STALE', `The plan of "${sync}" from ${when} is stale: ${why}.`, {
    hint,
    details: { reason, runId },
  });
}

/** Whether the run that applies the plan has begun and not ended. */
export function isUnderWay({ runId }: PlanToken, { run }: SyncState): boolean {
  return run?.runId === runId;
}

/**
 * Whether a record is as the plan found it, or holds the run that applies it.
 *
 * @param taken - how often the lease was taken since by whoever asks: 0 or 1
 * @throws SnowmeltError `PLAN_STALE`
 */
export function assertFresh<M>(context: SyncContext<M>, token: PlanToken, state: SyncState, taken: 0 | 1): void {
  const { sync, runId } = token;
  const { run, history } = state;
  const again = `plan again: snowmelt plan ${sync} --out plan.json`;
  if (run?.runId !== runId) {
    const ended = history.findLast((each) => each.runId === runId);
    if (ended?.status === 'completed') {
      const hint = `Nothing to do: what it holds was sent. For what changed since, ${again}`;
      throw planStale(token, 'applied', 'it was applied already', hint);
    }
    if (ended !== undefined) throw givenUp(token, ended.reason ?? ended.status);
  }
  assertSameCode(context, token);
  if (run?.runId === runId) {
    if (run.failure !== undefined) throw givenUp(token, run.failure);
    return;
  }
  if (run !== undefined) {
    const hint = `Let it end: snowmelt run ${sync}; then ${again}`;
    throw planStale(token, 'run-open', `run ${run.runId} has begun with another result and has not ended`, hint);
  }
  const completed = lastCompletedRun(state);
  if (completed !== token.lastCompletedRun) {
    throw planStale(token, 'run-completed', `run ${completed ?? '(none)'} is the last one now that completed`);
  }
  if (state.lastSyncTime !== token.lastSyncTime) {
    const why = `last_sync_time is ${state.lastSyncTime} now, and was ${token.lastSyncTime}`;
    throw planStale(token, 'time-moved', why);
  }
  const snapshot = snapshotPrint(state);
  if (snapshot?.digest !== token.snapshot?.digest) {
    throw planStale(token, 'snapshot-moved', 'the snapshot is no longer the one that its rows were compared with');
  }
  // Whatever else may have sent newer values, or was to make a new beginning, has taken the lease or a token.
  if (state.lastToken !== token.fencingToken + taken) {
    throw planStale(token, 'sync-used', 'somebody has run, reset, backfilled or replayed the sync since');
  }
}

function assertSameCode<M>(context: SyncContext<M>, token: PlanToken): void {
  const now = planFingerprints(context);
  const { query, mapper, changes } = token.fingerprints;
  const hint = `Apply it with the version that made it, or plan again with this one: snowmelt plan ${token.sync} --out plan.json`;
  if (now.query !== query) throw planStale(token, 'query-changed', 'the query has changed', hint);
  if (now.mapper !== mapper) throw planStale(token, 'mapper-changed', 'the mapper has changed', hint);
  if (now.changes !== changes) throw planStale(token, 'changes-changed', 'the option `changes` has changed', hint);
}

/** The run that applied a plan cannot be gone on with. */
export function givenUp(token: PlanToken, code: string): SnowmeltError {
  const hint = `Repair what it ended with, see docs/errors.md, and plan again: snowmelt plan ${token.sync} --out plan.json`;
  return planStale(token, 'given-up', `the run that applied it ended with ${code}`, hint);
}
