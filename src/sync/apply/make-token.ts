import type { ResultSet } from '../../source/source.js';
import type { SyncState } from '../../state/sync-state.js';
import { PLAN_VERSION, type PlanToken } from '../options/plan-token.js';
import type { SyncContext } from '../options/sync-context.js';
import { lastCompletedRun, planFingerprints, snapshotPrint } from './plan-prints.js';
import { sealOf } from './plan-seal.js';

/** A plan whose rows have been read. */
export interface PlanMade {
  readonly runId: string;
  readonly result: ResultSet;
  /** By the source's clock, before the query, Unix seconds. */
  readonly startedAt: number;
  readonly lastSyncTime: number;
  readonly windowStart: number;
  /** The record before the query; what has happened since makes the plan stale. */
  readonly state: SyncState;
  readonly user: string | undefined;
  /** Whether a backfill has left something that the snapshot does not have yet. */
  readonly isBackfillLeft: boolean;
  /** How many removals the guards let go. */
  readonly removals: number | undefined;
}

/** What `run({ plan })` takes; or why a run cannot apply the plan, one sentence. */
export type TokenOrNot = { readonly token: PlanToken } | { readonly notApplicable: string };

/** Makes the token of a plan, where a run can apply it. */
export function makeToken<M>(context: SyncContext<M>, made: PlanMade): TokenOrNot {
  const { settings } = context;
  const { runId, result, startedAt, lastSyncTime, windowStart, state, user, removals } = made;
  const { rowCount } = result;
  if (rowCount === undefined) return { notApplicable: 'Its source keeps no result that a run could open again.' };
  if (state.run !== undefined) {
    return {
      notApplicable: `Run ${state.run.runId} has not ended. Let it end, snowmelt run ${settings.name}, and plan again.`,
    };
  }
  if (made.isBackfillLeft) {
    return {
      notApplicable: `A backfill was cut off, and the next run looks at what it sent: snowmelt run ${settings.name}, then plan again.`,
    };
  }
  if (lastSyncTime !== state.lastSyncTime) {
    return { notApplicable: 'It looks from another last_sync_time on than the stored one, from which a run goes on.' };
  }
  const { queryId, columnsHash } = result.ref;
  const completed = lastCompletedRun(state);
  const snapshot = snapshotPrint(state);
  const token: Omit<PlanToken, 'seal'> = {
    version: PLAN_VERSION,
    sync: settings.name,
    runId,
    ...(user !== undefined && { user }),
    ref: { queryId, rowCount, columnsHash },
    rowCount,
    startedAt,
    lastSyncTime,
    windowStart,
    fencingToken: state.lastToken,
    ...(completed !== undefined && { lastCompletedRun: completed }),
    ...(snapshot !== undefined && { snapshot }),
    fingerprints: planFingerprints(context),
    ...(removals !== undefined && { removals }),
  };
  return { token: { ...token, seal: sealOf(token, settings.changes?.signPlan) } };
}
