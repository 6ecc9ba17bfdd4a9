import type { LevelRef } from '../../src/state/snapshot-refs.js';
import type {
  Lease,
  RowRange,
  RunCounts,
  RunRemovals,
  SettledRange,
  StoredRun,
  SyncState,
} from '../../src/state/sync-state.js';

/**
 * What a record is, as far as its run goes. Nothing here asks whether a lease has expired: no transition sees a clock,
 * and an expired lease stays in the record until somebody takes it.
 */
export type Shape =
  /** No run, nobody's lease. */
  | 'idle'
  /** Somebody has the lease, and no run yet. */
  | 'taken'
  /** The run of an older record, stored before its query had a result. */
  | 'resultless'
  /** A process works on the run. */
  | 'open'
  /** Nobody works on the run; the next one resumes it. */
  | 'interrupted'
  /** A new holder has not yet gathered what workers of an earlier one have settled. */
  | 'claimed'
  /** The workers of the run keep its lease alive. */
  | 'shared'
  /** A worker has given the run up; who has the lease then queries afresh. */
  | 'failed'
  /** The rows of the run are settled, and the guards have judged how many removals may go. */
  | 'removing'
  /** The own record of a range. */
  | 'range';

/** The shape of a record. */
export function shapeOf({ run, lease }: SyncState): Shape {
  if (run === undefined) return lease === undefined ? 'idle' : 'taken';
  if (run.range !== undefined) return 'range';
  if (run.failure !== undefined) return 'failed';
  if (run.ref === undefined) return 'resultless';
  if (run.changes?.removals !== undefined) return 'removing';
  if (lease?.shared === true) return 'shared';
  if (run.claimed.length > 0) return 'claimed';
  return lease === undefined ? 'interrupted' : 'open';
}

/** Counts of rows that were all delivered. */
export function deliveredRows(rows: number): RunCounts {
  return { read: rows, delivered: rows, rejected: 0, skipped: 0, messages: rows };
}

/** Rows that were all delivered. */
export function delivered({ from, to }: RowRange): SettledRange {
  return { from, to, counts: deliveredRows(to - from) };
}

/** The lease of the examples: of an earlier process, or the one that takes it from it. */
export function exampleLease(holder: 'a' | 'b', expiresAt: number): Lease {
  return { holder, host: 'h', pid: 1, processStart: '1', expiresAt, ttlMs: 60 };
}

/** A level of so many entries, in one segment; so many of its keys may be removed. */
export function level(count: number, removable = 0): LevelRef {
  const [first, last] = ['00000000000000000000000000000000', 'ffffffffffffffffffffffffffffffff'];
  const segments = count === 0 ? [] : [{ name: `s1/7-${count}`, count, bytes: 9, first, last, removable }];
  return { segments, count, removable, accepted: count };
}

/** A level of so many entries, while so many others are on their way. */
export function sendingLevel(count: number, sending: number): LevelRef {
  const { segments, count: of } = level(sending);
  return { ...level(count), sending: { segments, count: of } };
}

/** The run of the examples: ten rows, of which four are settled. */
export const exampleRun: StoredRun = {
  runId: 'r1',
  lastSyncTime: 1000,
  startedAt: 2000,
  ref: { queryId: 'query 1', rowCount: 10, columnsHash: 'c', check: { row: 3, hash: 'h3' } },
  settled: [delivered({ from: 0, to: 4 })],
  claimed: [],
  queryFingerprint: 'q1',
  mapperFingerprint: 'm1',
  changes: { level: level(4, 2), keyForm: 'k1', levels: 1 },
};

/** What the guards say in the examples: one of two removals may go. */
export const exampleRemovals: RunRemovals = {
  allowed: 1,
  total: 2,
  held: 'more-than-approved',
  done: 0,
  counts: deliveredRows(0),
  level: level(0),
};

const idle: SyncState = {
  schema: 3,
  lastSyncTime: 1000,
  fencingToken: 7,
  // A backfill has had the two between.
  lastToken: 9,
  queryFingerprint: 'q0',
  mapperFingerprint: 'm0',
  backfills: [{ runId: 'b1', from: 0, afterRun: 'r0', notedAt: 1500 }],
  snapshot: { present: { id: 's1', manifest: 's1/6-a', levels: [level(3)] }, keyForm: 'k1', form: 1 },
  history: [{ runId: 'r0', startedAt: 1000, status: 'completed', counts: deliveredRows(5) }],
};
const lease = exampleLease('a', 100);
const claimed = [
  { from: 4, to: 6 },
  { from: 8, to: 10 },
];

/** A record of every shape. */
export const examples: Readonly<Record<Shape, SyncState>> = {
  idle,
  taken: { ...idle, lease },
  resultless: { ...idle, lease, run: { ...exampleRun, ref: undefined, settled: [], changes: undefined } },
  open: { ...idle, lease, run: exampleRun },
  interrupted: { ...idle, run: exampleRun },
  claimed: { ...idle, lease, run: { ...exampleRun, claimed } },
  shared: {
    ...idle,
    lease: { ...lease, shared: true, begun: { id: 'j0', firstRow: 4 } },
    run: { ...exampleRun, claimed },
  },
  failed: { ...idle, lease, run: { ...exampleRun, claimed, failure: 'TOO_MANY_REJECTS' } },
  removing: {
    ...idle,
    lease,
    run: {
      ...exampleRun,
      ref: { queryId: 'query 1', rowCount: 10, columnsHash: 'c', check: { row: 9, hash: 'h9' } },
      settled: [delivered({ from: 0, to: 10 })],
      changes: { level: { ...level(4, 2), closed: true }, keyForm: 'k1', levels: 1, removals: exampleRemovals },
    },
  },
  range: {
    ...idle,
    // The snapshot is in the record of the sync.
    snapshot: undefined,
    lease,
    run: { ...exampleRun, range: { from: 2, to: 8 }, settled: [delivered({ from: 2, to: 4 })] },
  },
};
