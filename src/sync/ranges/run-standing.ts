import type { SyncContext } from '../options/sync-context.js';
import { isCompleted, isSameRun } from '../run/end-run.js';
import type { RunHandle } from './run-handle.js';

/** What has become of a begun run. */
export type RunStanding =
  | { readonly is: 'open' | 'completed' }
  /** Another process has it, or it was given back. */
  | { readonly is: 'taken' }
  /** A worker has given it up with this code. */
  | { readonly is: 'given-up'; readonly code: string };

/** Looks up what has become of the run of a handle. @throws StateError */
export async function runStanding<M>(
  { record }: SyncContext<M>,
  { runId, fencingToken }: RunHandle,
): Promise<RunStanding> {
  const stored = await record.read();
  if (isCompleted(stored, runId)) return { is: 'completed' };
  const state = stored?.value;
  if (state !== undefined && isSameRun(runId, fencingToken)(state)) {
    const { failure } = state.run ?? {};
    if (failure !== undefined) return { is: 'given-up', code: failure };
    return { is: state.lease?.shared === true ? 'open' : 'taken' };
  }
  const ended = state?.history.find((run) => run.runId === runId);
  return ended?.reason === undefined ? { is: 'taken' } : { is: 'given-up', code: ended.reason };
}
