import { isSnowmeltError } from '../../errors/errors.js';
import { callSource } from '../../source/call-source.js';
import type { ResultSet } from '../../source/source.js';
import type { SyncState } from '../../state/sync-state.js';
import { emptyState } from '../../state/transitions.js';
import type { PlanToken } from '../options/plan-token.js';
import type { SyncContext } from '../options/sync-context.js';
import { checkPlan } from './check-plan.js';
import { assertFresh, isUnderWay, planStale } from './plan-stale.js';
import { sourceUser } from './source-user.js';

/** A plan on its way to be applied. */
export interface PlannedRun {
  readonly token: PlanToken;
  /**
   * Looks at all that may have made it stale, and opens its result. Without the lease: what fails here leaves the plan
   * as good as it was.
   *
   * @throws SnowmeltError `PLAN_STALE`, SourceError, StateError, or the signal's reason
   */
  readonly prepare: (signal: AbortSignal | undefined) => Promise<void>;
  /** Looks again, under the lease. @throws SnowmeltError `PLAN_STALE` */
  readonly assertFresh: (state: SyncState) => void;
  /** The result of the plan. @throws SnowmeltError `PLAN_STALE`, SourceError, or the signal's reason */
  readonly open: (signal: AbortSignal) => Promise<ResultSet>;
}

/** @throws ConfigError `PLAN_INVALID` */
export function plannedRun<M>(context: SyncContext<M>, plan: unknown): PlannedRun {
  const token = checkPlan(context, plan);
  const { settings, record } = context;
  const { source, name } = settings;
  let opened: ResultSet | undefined;
  const open = async (signal: AbortSignal): Promise<ResultSet> => {
    opened ??= await openResult(context, token, signal);
    return opened;
  };
  return {
    token,
    open,
    assertFresh: (state) => {
      assertFresh(context, token, state, 1);
    },
    prepare: async (given) => {
      const signal = given ?? new AbortController().signal;
      const state = (await record.read(signal))?.value ?? emptyState();
      assertFresh(context, token, state, 0);
      const user = await sourceUser(source, { signal, queryTag: `snowmelt:${name}` });
      if (user !== token.user) throw otherUser(token, user);
      // One that is under way is opened again where it is gone on with.
      if (!isUnderWay(token, state)) await open(signal);
    },
  };
}

async function openResult<M>({ settings }: SyncContext<M>, token: PlanToken, signal: AbortSignal): Promise<ResultSet> {
  const { source } = settings;
  try {
    return await callSource('Opening the result of the plan', signal, () => source.reopen(token.ref, { signal }));
  } catch (error) {
    if (!isSnowmeltError(error) || error.code !== 'RESULT_EXPIRED') throw error;
    throw planStale(token, 'result-expired', 'its result is gone: Snowflake keeps one for 24 hours');
  }
}

function otherUser(token: PlanToken, user: string | undefined): Error {
  const [made = 'no user of Snowflake', now = 'no user of Snowflake'] = [token.user, user];
  return planStale(
    token,
    'other-user',
    `${made} made it, and ${now} reads now: a result belongs to the user who ran its query`,
    `Apply it as ${made}, or plan again as ${now}: snowmelt plan ${token.sync} --out plan.json`,
  );
}
