import { released } from '../../state/transitions.js';
import type { SyncContext } from '../options/sync-context.js';
import { isSameRun, stopWorkers } from '../run/end-run.js';
import type { RunHandle } from './run-handle.js';

/**
 * Gives a begun run back, so that the next one goes on with it at once. Workers that are busy with its ranges are told
 * to stop. A run that is no longer the one of the handle is left alone.
 *
 * @throws StateError
 */
export async function releaseRun<M>({ record }: SyncContext<M>, { runId, fencingToken }: RunHandle): Promise<void> {
  const isIt = isSameRun(runId, fencingToken);
  const left = await record.change((state) => (isIt(state) && state.lease?.shared === true ? released(state) : state));
  if (isIt(left)) await stopWorkers(record, left, 'ABORTED');
}
