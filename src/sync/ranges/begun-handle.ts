import type { ResultRef } from '../../source/source.js';
import type { BegunRun, RunSummary, SyncState } from '../../state/sync-state.js';
import { HANDLE_VERSION, type RunHandle } from './run-handle.js';

/** What a handle is made of. */
interface HandleParts extends Pick<BegunRun, 'firstRow'> {
  readonly runId: string;
  readonly fencingToken: number;
  readonly ref: ResultRef;
}

/** The handle of a run whose row count is known. */
export function makeHandle(sync: string, parts: HandleParts, rowCount: number): RunHandle {
  const { runId, fencingToken, firstRow, ref } = parts;
  const { queryId, columnsHash } = ref;
  return {
    version: HANDLE_VERSION,
    sync,
    runId,
    fencingToken,
    ref: { queryId, rowCount, columnsHash },
    rowCount,
    firstRow,
  };
}

/** The handle that `begin({ id })` gave for a run that is open. One that was given up is begun anew. */
export function openHandle(sync: string, state: SyncState | undefined, id: string): RunHandle | undefined {
  const { lease, run, fencingToken = 0 } = state ?? {};
  if (lease?.begun?.id !== id || run?.ref?.rowCount === undefined || run.failure !== undefined) return undefined;
  const { runId, ref } = run;
  return makeHandle(sync, { runId, fencingToken, ref, firstRow: lease.begun.firstRow }, run.ref.rowCount);
}

/** The handle that `begin({ id })` gave for a run that is completed, as long as the record remembers it. */
export function completedHandle(sync: string, state: SyncState | undefined, id: string): RunHandle | undefined {
  const isIt = ({ begun }: RunSummary): boolean => begun?.id === id;
  const { runId = '', begun } = state?.history.findLast(isIt) ?? {};
  if (begun?.ref.rowCount === undefined) return undefined;
  return makeHandle(sync, { runId, ...begun }, begun.ref.rowCount);
}
