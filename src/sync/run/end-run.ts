import { SnowmeltError } from '../../errors/errors.js';
import type { ErrorCode } from '../../errors/errors.js';
import { checkBooks } from '../../delivery/settle/books.js';
import { rangeKey } from '../../state/record-keys.js';
import { totalCounts, unsettled } from '../../state/settled-ranges.js';
import type { StoredState } from '../../state/state-store.js';
import type { StoredRun, SyncState } from '../../state/sync-state.js';
import { committed, failed, givenUp, stopAsked, type SnapshotAfter } from '../../state/transitions.js';
import type { RunJournal } from '../journal/run-journal.js';
import type { LeaseKeeper } from '../record/lease-keeper.js';
import type { RecordClient } from '../record/record-client.js';
import type { RunKind } from './run-kind.js';

/** Going on with the same result would end the same way: the next run queries afresh, so that repaired data are seen. */
const ABANDONED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'RESULT_EXPIRED',
  'TOO_MANY_REJECTS',
  'SINK_REFUSES_EVERYTHING',
  'BREAKER_TRIPPED',
  'BOOKS_UNBALANCED',
  'MAPPING_COLUMNS',
  'SOURCE_SQL',
  'CONFIG_INVALID',
  'RESULT_UNSORTED',
]);

/** Whether the next run queries afresh after this error. */
export function isAbandoned({ code }: SnowmeltError): boolean {
  return ABANDONED.has(code);
}

/** Whether a run was finished, by whomever. */
export function isCompleted(stored: StoredState | undefined, runId: string): boolean {
  return stored?.value.history.some((run) => run.runId === runId && run.status === 'completed') === true;
}

/** @throws SnowmeltError `RUN_UNFINISHED` while rows are not settled */
export function checkFinished(run: StoredRun): void {
  const { rowCount } = run.ref ?? {};
  const [range] = rowCount === undefined ? [] : unsettled(run.settled, { from: 0, to: rowCount });
  if (range === undefined) return;
  const { from, to } = range;
  throw new SnowmeltError('RUN_UNFINISHED', `Rows ${from} to ${to} of run ${run.runId} are not settled.`, {
    hint: `Deliver them first: deliverRange(handle, { from: ${from}, to: ${to} }).`,
    details: { from, to },
  });
}

/**
 * Completes a run and gives the lease back in one write.
 *
 * @throws SnowmeltError `RUN_UNFINISHED`, `BOOKS_UNBALANCED`, `LEASE_LOST`, StateError
 */
export async function commitRun(keeper: LeaseKeeper, kind: RunKind, snapshot?: SnapshotAfter): Promise<StoredRun> {
  const { run } = keeper.state;
  if (run?.ref === undefined) throw new SnowmeltError('RUN_UNFINISHED', 'There is no run to finish.');
  checkFinished(run);
  checkBooks(totalCounts(run.settled), run.ref.rowCount);
  await keeper.release((state) => committed(state, kind.name, snapshot));
  return run;
}

/**
 * Stores how a run failed and gives the lease back. A lost lease is not touched: its new holder goes on. Errors of the
 * store change nothing either: the lease expires, and the next run resumes.
 */
export async function failRun(keeper: LeaseKeeper, { code }: SnowmeltError, journal: RunJournal): Promise<void> {
  if (keeper.signal.aborted) {
    keeper.leave();
    return;
  }
  const status = code === 'ABORTED' ? 'aborted' : 'failed';
  const failure = { status, code, abandons: ABANDONED.has(code), withoutResult: journal.runWithoutResult } as const;
  await keeper.release((state) => failed(state, failure)).catch(() => undefined);
}

/**
 * Leaves a run to its other workers. An error that none of them can get around ends it for all; the next `begin()` or
 * `run()` queries again.
 */
export async function leaveRun(keeper: LeaseKeeper, { code }: SnowmeltError): Promise<void> {
  try {
    if (!ABANDONED.has(code) || keeper.signal.aborted) return;
    const { record, state } = keeper;
    const isSame = isSameRun(state.run?.runId, state.fencingToken);
    // Not under the lease: the run may have been given up already, with the rows that were settled last.
    const left = await record.change((now) => (isSame(now) ? givenUp(now, code) : now));
    if (isSame(left)) await stopWorkers(record, left, code);
  } catch {
    // The leases of the others expire, and the next run resumes.
  } finally {
    keeper.leave();
  }
}

/** Whether a record still has this run of this holder. */
export function isSameRun(runId: string | undefined, fencingToken: number): (state: SyncState) => boolean {
  return (state) => state.run !== undefined && state.run.runId === runId && state.fencingToken === fencingToken;
}

/** Tells the workers of a run that it goes on without them: they look at the records of their own ranges. @throws StateError */
export async function stopWorkers(record: RecordClient, { run }: SyncState, code: ErrorCode): Promise<void> {
  for (const range of run?.claimed ?? []) {
    const own = record.sibling(rangeKey(record.key, run?.runId ?? '', range));
    if ((await own.read()) !== undefined) await own.change((other) => stopAsked(other, code));
  }
}
