import { ConfigError } from '../errors/errors.js';
import type { ErrorCode } from '../errors/errors.js';
import type { ResultRef } from '../source/source.js';
import { withHistory, type EndedRun } from './run-history.js';
import { NO_LEVEL, abandonedSnapshot, grownSnapshot, type LevelRef } from './snapshot-refs.js';
import { addSettled, isSameRange, overlaps, unsettled } from './settled-ranges.js';
import { SYNC_STATE_SCHEMA } from './sync-state.js';
import type {
  BegunRun,
  Lease,
  RowRange,
  RunChanges,
  RunCounts,
  RunRemovals,
  RunSummary,
  SettledRange,
  StoredBackfill,
  StoredRun,
  StoredSnapshot,
  SyncState,
} from './sync-state.js';

// What may happen to a record, and nothing else may: the arrows of docs/delivery.md, "What may happen to the record".
// Each function is pure. One that speaks of a run leaves a record without a run as it is: the run has ended meanwhile.

/** The record of a sync that has never run. */
export function emptyState(): SyncState {
  return { schema: SYNC_STATE_SCHEMA, lastSyncTime: 0, fencingToken: 0, lastToken: 0, history: [] };
}

function withRun(state: SyncState, change: (run: StoredRun) => StoredRun): SyncState {
  return state.run === undefined ? state : { ...state, run: change(state.run) };
}

/** A process has taken the lease; whoever held it before is fenced off by the new token. */
export function leased(state: SyncState, lease: Lease): SyncState {
  const token = state.lastToken + 1;
  return { ...state, fencingToken: token, lastToken: token, lease };
}

/** Its holder keeps the lease for longer. Of a shared lease the longest promise counts. */
export function renewed(state: SyncState, expiresAt: number): SyncState {
  const { lease } = state;
  if (lease === undefined) return state;
  const until = lease.shared === true ? Math.max(lease.expiresAt, expiresAt) : expiresAt;
  return { ...state, lease: { ...lease, expiresAt: until } };
}

/** Its holder has given the lease back. */
export function released(state: SyncState): SyncState {
  return { ...state, lease: undefined };
}

/** Its holder has left the lease to the workers of the run, who keep it alive from now on. */
export function shared(state: SyncState, ttlMs: number, begun?: BegunRun): SyncState {
  return state.lease === undefined ? state : { ...state, lease: { ...state.lease, ttlMs, shared: true, begun } };
}

/** What takes the place of a snapshot. */
export interface SnapshotAfter {
  /** The snapshot that `after` was made from; `undefined` where there was none. */
  readonly before: StoredSnapshot['present'] | undefined;
  readonly after: StoredSnapshot;
}

/** Levels that came to the snapshot since it was looked at are newer. */
function withAfter({ snapshot: now }: SyncState, change: SnapshotAfter | undefined): Pick<SyncState, 'snapshot'> {
  if (change === undefined) return {};
  const { before, after } = change;
  if (now === undefined || now.present.id !== before?.id) return { snapshot: after };
  const later = now.present.levels?.slice(before.levels?.length ?? 0) ?? [];
  if (later.length === 0) return { snapshot: after };
  const present = { ...after.present, levels: [...(after.present.levels ?? []), ...later] };
  return { snapshot: { ...after, present } };
}

/** The query has run: this is the run whose rows are to be settled, against this snapshot where there is one. */
export function begun(state: SyncState, run: StoredRun, snapshot?: SnapshotAfter): SyncState {
  return { ...state, run, ...withAfter(state, snapshot) };
}

/** A plan is applied: this run goes on with the result that was reviewed. A run that is open stays. */
export function planApplied(state: SyncState, run: StoredRun, snapshot?: SnapshotAfter): SyncState {
  return state.run === undefined ? begun(state, run, snapshot) : state;
}

/** Settled rows of the run that the record holds, and the row to compare when its result is read again. */
export interface Checkpoint {
  readonly before: readonly SettledRange[];
  readonly done: SettledRange;
  readonly check?: ResultRef['check'];
  /** What the run, or the range, has written of the snapshot. */
  readonly level?: LevelRef | undefined;
}

function withLevel(changes: RunChanges | undefined, level: LevelRef | undefined): Pick<StoredRun, 'changes'> {
  return level === undefined || changes === undefined ? {} : { changes: { ...changes, level } };
}

/** Rows of the run are settled: a resumed run begins behind them. */
export function checkpointed(state: SyncState, { before, done, check, level }: Checkpoint): SyncState {
  return withRun(state, (run) => {
    const ref = run.ref === undefined || check === undefined ? run.ref : { ...run.ref, check };
    return { ...run, ref, settled: addSettled(before, done), ...withLevel(run.changes, level) };
  });
}

/** The rest of what settled rows mean for the snapshot is written. */
export function levelWritten(state: SyncState, level: LevelRef): SyncState {
  return withRun(state, (run) => ({ ...run, ...withLevel(run.changes, level) }));
}

/**
 * A worker delivers a range of the run from now on.
 *
 * @throws ConfigError `CONFIG_INVALID` when it overlaps the range of another worker
 */
export function claimed(state: SyncState, range: RowRange, sync: string): SyncState {
  return withRun(state, (run) => {
    const other = run.claimed.find((each) => overlaps(each, range));
    if (other !== undefined && isSameRange(other, range)) return run;
    if (other !== undefined) {
      throw new ConfigError(
        'CONFIG_INVALID',
        `Sync "${sync}": the rows ${range.from} to ${range.to} overlap the range ${other.from} to ${other.to} of another job.`,
        { hint: 'Cut the rows of a handle into ranges once, and give each range to one job.' },
      );
    }
    return unsettled(run.settled, range).length === 0 ? run : { ...run, claimed: [...run.claimed, range] };
  });
}

/** The range's own record begins: it holds the run, but only the rows of the range. */
export function rangeBegun(state: SyncState, run: StoredRun, range: RowRange): SyncState {
  const { settled = [], ref = run.ref, changes } = state.run ?? {};
  const own = run.changes && { ...run.changes, level: changes?.level ?? NO_LEVEL };
  return { ...state, run: { ...run, ref, range, settled, claimed: [], ...(own && { changes: own }) } };
}

/** A range that is settled, with the row that the next worker compares. */
export interface SettledClaim {
  readonly range: RowRange;
  readonly counts: RunCounts;
  readonly ref: ResultRef | undefined;
  /** What the run has written of the snapshot, this range included. */
  readonly level?: LevelRef | undefined;
}

/** A worker has settled its range. */
export function rangeSettled(state: SyncState, { range, counts, ref, level }: SettledClaim): SyncState {
  return withRun(state, (run) => ({
    ...run,
    // A row to compare that is known is not forgotten.
    ref: ref?.check === undefined ? (run.ref ?? ref) : ref,
    settled: addSettled(run.settled, { ...range, counts }),
    // Told again, it would be of an older level.
    ...(unsettled(run.settled, range).length === 0 ? {} : withLevel(run.changes, level)),
  }));
}

/** The own record of a settled range is gone. */
export function claimDropped(state: SyncState, range: RowRange): SyncState {
  return withRun(state, (run) => ({ ...run, claimed: run.claimed.filter((other) => !isSameRange(other, range)) }));
}

/** A new holder has taken over what workers of an earlier one have settled. Their claims go once their records are gone. */
export function gathered(state: SyncState, ranges: readonly StoredRun[], level?: LevelRef): SyncState {
  return withRun(state, (run) => {
    const settled = ranges.flatMap((range) => range.settled).reduce(addSettled, run.settled);
    const ref = ranges.findLast((range) => range.ref?.check !== undefined)?.ref ?? run.ref;
    return { ...run, settled, ref, ...withLevel(run.changes, level) };
  });
}

/** The records of all claimed ranges are gone. */
export function claimsDropped(state: SyncState): SyncState {
  return withRun(state, (run) => ({ ...run, claimed: [] }));
}

/** A worker has given the run up for all, and the lease with it, so that the next run need not wait for its end. */
export function givenUp(state: SyncState, failure: ErrorCode): SyncState {
  if (state.run === undefined) return state;
  return { ...state, lease: undefined, run: { ...state.run, failure: state.run.failure ?? failure } };
}

/** The run of a range was given up: its worker keeps the lease of the range until it has noticed. */
export function stopAsked(state: SyncState, failure: ErrorCode): SyncState {
  return withRun(state, (run) => ({ ...run, failure: run.failure ?? failure }));
}

/** A run that was given up leaves in the snapshot what it had settled. */
function withWritten({ snapshot }: SyncState, { changes }: StoredRun, at?: number): Pick<SyncState, 'snapshot'> {
  // What a seed has written may be of other keys.
  if (snapshot === undefined || changes === undefined || changes.kind === 'seed') return {};
  const present = abandonedSnapshot(snapshot.present, [changes.level, changes.removals?.level], at);
  return { snapshot: { ...snapshot, present } };
}

/** The next run queries afresh. What came to the snapshot since the run was begun, with `at` levels, is newer. */
export function abandoned(state: SyncState, reason: string, at?: number): SyncState {
  const { run } = state;
  if (run === undefined) return state;
  const history = withHistory(state.history, run, 'abandoned', reason);
  return { ...state, ...withWritten(state, run, at), run: undefined, history };
}

/** Removals are held from now on, whatever the next run finds. */
export function removalsHeld(state: SyncState, held: NonNullable<StoredSnapshot['held']>): SyncState {
  const { snapshot } = state;
  return snapshot === undefined || snapshot.held !== undefined ? state : { ...state, snapshot: { ...snapshot, held } };
}

/** The guards have judged the removals of the run: how many may go. Stored before the first of them. */
export function removalsJudged(state: SyncState, removals: RunRemovals): SyncState {
  return withRun(state, (run) => (run.changes === undefined ? run : { ...run, changes: { ...run.changes, removals } }));
}

/** Removals of the run are settled. */
export function removalsSettled(state: SyncState, done: Pick<RunRemovals, 'done' | 'counts' | 'level'>): SyncState {
  const { removals } = state.run?.changes ?? {};
  return removals === undefined ? state : removalsJudged(state, { ...removals, ...done });
}

/** A backfill is about to end: what it settled is in the snapshot, which is `first` where the sync has none yet. */
export function snapshotGrown(state: SyncState, written: readonly LevelRef[], first?: StoredSnapshot): SyncState {
  const { snapshot = first } = state;
  if (snapshot === undefined) return state;
  const present = grownSnapshot(snapshot.present, written);
  const isSame = snapshot === state.snapshot && present === snapshot.present;
  return isSame ? state : { ...state, snapshot: { ...snapshot, present } };
}

/** A backfill was cut off or given up: the snapshot of the sync has what it settled, and what it may have sent. */
export function snapshotLeft(state: SyncState, { level }: Pick<RunChanges, 'level'>): SyncState {
  const { snapshot } = state;
  if (snapshot === undefined) return state;
  return { ...state, snapshot: { ...snapshot, present: abandonedSnapshot(snapshot.present, [level]) } };
}

/** Every row of the run is settled. Only a run of the sync itself moves `last_sync_time` and the snapshot. */
export function committed(state: SyncState, kind: 'run' | 'backfill', snapshot?: SnapshotAfter): SyncState {
  const { run } = state;
  if (run === undefined) return state;
  const { startedAt, queryFingerprint, mapperFingerprint } = run;
  const moved = kind === 'run' ? { lastSyncTime: startedAt, queryFingerprint, mapperFingerprint } : {};
  return {
    ...state,
    ...moved,
    ...withAfter(state, snapshot),
    run: undefined,
    lease: undefined,
    history: withHistory(state.history, run, 'completed', undefined, handleOf(state)),
  };
}

/** What gives the handle of a run again once it is completed. */
function handleOf({ lease, run, fencingToken }: SyncState): RunSummary['begun'] {
  if (lease?.begun === undefined || run?.ref === undefined) return undefined;
  const { queryId, rowCount, columnsHash } = run.ref;
  return { ...lease.begun, fencingToken, ref: { queryId, rowCount, columnsHash } };
}

/** How a run ended without being completed. */
export interface Failure {
  readonly status: 'failed' | 'aborted';
  readonly code: ErrorCode;
  /** Whether the next run queries afresh. */
  readonly abandons: boolean;
  /** The run, where it ended before it had a result. */
  readonly withoutResult: EndedRun | undefined;
}

/** A run has ended early and gives the lease back. */
export function failed(state: SyncState, { status, code, abandons, withoutResult }: Failure): SyncState {
  const { run } = state;
  // A run that has no result was never gone on with: what ended is the one that was to take its place.
  const ended = run?.ref === undefined ? (withoutResult ?? run) : run;
  if (ended === undefined) return released(state);
  const history = withHistory(state.history, ended, status, code);
  const kept = { ...state, history, lease: undefined };
  return abandons ? { ...kept, ...(run && withWritten(state, run)), run: undefined } : kept;
}

/** `last_sync_time` was set by hand; a run and backfills that have not ended are given up, a snapshot is forgotten. */
export function reset(state: SyncState, lastSyncTime: number): SyncState {
  return { ...released(abandoned(state, 'RESET')), lastSyncTime, backfills: undefined, snapshot: undefined };
}

/** A backfill begins, or goes on: it gets a token of its own, above all before it. */
export function backfillNoted(state: SyncState, backfill: StoredBackfill): SyncState {
  const known = state.backfills ?? [];
  const isKnown = known.some(({ runId }) => runId === backfill.runId);
  return { ...state, lastToken: state.lastToken + 1, backfills: isKnown ? known : [...known, backfill] };
}

/** A backfill has ended, or is given up. */
export function backfillForgotten(state: SyncState, runId: string): SyncState {
  const left = state.backfills?.filter((other) => other.runId !== runId);
  return left?.length === state.backfills?.length ? state : { ...state, backfills: left };
}
