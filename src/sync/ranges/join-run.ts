import { ConfigError, SnowmeltError } from '../../errors/errors.js';
import type { StoredRun } from '../../state/sync-state.js';
import { momentOf } from '../record/clock.js';
import { LeaseKeeper } from '../record/lease-keeper.js';
import { isCompleted } from '../run/end-run.js';
import type { RunHandle } from './run-handle.js';
import type { SyncContext } from '../options/sync-context.js';

/** A run that this process has joined. */
export interface JoinedRun {
  readonly keeper: LeaseKeeper;
  readonly run: StoredRun;
}

/**
 * Joins the run of a handle and keeps its lease alive. A lease that expired while no worker was busy is renewed, as
 * long as nobody took it over.
 *
 * @returns `undefined` when the run is completed
 * @throws SnowmeltError `LEASE_LOST`, also when a worker has given the run up; ConfigError `WORKER_DIFFERS`
 */
export async function joinRun<M>(
  context: SyncContext<M>,
  handle: RunHandle,
  signal: AbortSignal | undefined,
): Promise<JoinedRun | undefined> {
  const { record, clock, identity, fingerprints } = context;
  const sentAt = momentOf(clock);
  const stored = await record.read(signal);
  const run = stored?.value.run;
  const lease = stored?.value.lease;
  if (isCompleted(stored, handle.runId)) return undefined;
  const isSame = run?.runId === handle.runId && stored?.value.fencingToken === handle.fencingToken;
  if (isSame) refuseFailed(run);
  if (stored === undefined || !isSame || lease?.shared !== true) {
    throw new SnowmeltError('LEASE_LOST', `The run ${handle.runId} was given up or taken over.`, {
      hint: 'Drop the jobs of this handle; the next begin() goes on with what is left.',
    });
  }
  if (run.mapperFingerprint !== fingerprints.mapper || run.queryFingerprint !== fingerprints.query) {
    throw new ConfigError(
      'WORKER_DIFFERS',
      `Sync "${handle.sync}": this process has another query or mapper than the run.`,
      {
        hint: 'Deploy the same version to all workers, or begin() again.',
      },
    );
  }
  const keeper = LeaseKeeper.join({ record, clock, identity }, stored, lease, sentAt);
  try {
    await keeper.renew();
  } catch (error) {
    keeper.leave();
    // Another process may have finished the run since it was read.
    if (isCompleted(await record.read(signal), handle.runId)) return undefined;
    throw error;
  }
  return { keeper, run: keeper.state.run ?? run };
}

/** A run that was given up is not kept alive: the next one shall begin. @throws SnowmeltError `LEASE_LOST` */
export function refuseFailed(run: StoredRun): void {
  if (run.failure === undefined) return;
  throw new SnowmeltError('LEASE_LOST', `The run ${run.runId} was given up after ${run.failure}.`, {
    hint: 'Drop the jobs of this handle; the next begin() queries again.',
  });
}
