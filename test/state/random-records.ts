import fc from 'fast-check';
import { addSettled } from '../../src/state/settled-ranges.js';
import { HISTORY_LENGTH } from '../../src/state/sync-state.js';
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
} from '../../src/state/sync-state.js';
import type { LevelRef } from '../../src/state/snapshot-refs.js';
import { level } from './shapes.js';
import type { ResultRef } from '../../src/source/source.js';

/** Rows of the result of every random run. */
export const ROWS = 40;

/** Few, so that they meet again. */
export const runIds = fc.constantFrom('r0', 'r1', 'r2', 'r3', 'r4');
export const backfillIds = fc.constantFrom('b0', 'b1', 'b2');
export const seconds = fc.nat({ max: 9_999 });
export const prints = fc.constantFrom('p0', 'p1', 'p2');
export const reasons = fc.constantFrom('SINK_FAILED', 'TOO_MANY_REJECTS', 'RESULT_EXPIRED', 'ABORTED');

export const levels: fc.Arbitrary<LevelRef> = fc
  .record({ count: fc.nat({ max: 9 }), removable: fc.nat({ max: 9 }), sending: fc.nat({ max: 2 }) })
  .map(({ count, removable, sending }) => ({
    ...level(count, Math.min(removable, count)),
    ...(sending > 0 && { sending: { segments: level(sending).segments, count: sending, after: '0'.repeat(32) } }),
  }));

const checks = fc.record({ row: fc.nat({ max: ROWS - 1 }), hash: fc.string({ maxLength: 4 }) });

/** Whoever counts rows counts what became of each. */
export function countsOf(rows: number): fc.Arbitrary<RunCounts> {
  return fc
    .record({ a: fc.nat({ max: rows }), b: fc.nat({ max: rows }), messages: fc.nat({ max: 2 * rows }) })
    .map(({ a, b, messages }) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      return { read: rows, delivered: low, rejected: high - low, skipped: rows - high, messages };
    });
}

export const ranges: fc.Arbitrary<RowRange> = fc
  .record({ from: fc.nat({ max: ROWS - 1 }), length: fc.integer({ min: 1, max: 12 }) })
  .map(({ from, length }) => ({ from, to: Math.min(from + length, ROWS) }));

export const settledRanges: fc.Arbitrary<SettledRange> = ranges.chain((range) =>
  countsOf(range.to - range.from).map((counts) => ({ ...range, counts })),
);

/** Ordered, disjoint and merged, as a record keeps them. */
const settledRows: fc.Arbitrary<SettledRange[]> = fc
  .array(settledRanges, { maxLength: 6 })
  .map((some) => some.reduce<SettledRange[]>(addSettled, []));

export const refs: fc.Arbitrary<ResultRef> = fc.record({
  queryId: fc.constantFrom('query 1', 'query 2'),
  rowCount: fc.option(fc.constant(ROWS), { nil: undefined }),
  columnsHash: fc.constant('c'),
  check: fc.option(checks, { nil: undefined }),
});

export const begunRuns: fc.Arbitrary<BegunRun> = fc.record({
  id: fc.constantFrom('j1', 'j2'),
  firstRow: fc.nat({ max: ROWS }),
});

export const leases: fc.Arbitrary<Lease> = fc.record({
  holder: fc.constantFrom('a.1', 'a.2', 'b.1'),
  host: fc.constantFrom('h1', 'h2'),
  pid: fc.nat({ max: 9 }),
  processStart: fc.constantFrom('', '1'),
  expiresAt: fc.nat({ max: 1_000 }),
  ttlMs: fc.integer({ min: 1, max: 500 }),
  shared: fc.constantFrom(undefined, true),
  begun: fc.option(begunRuns, { nil: undefined }),
});

/** What of so many removals is settled. */
export function removalsDone(done: number): fc.Arbitrary<Pick<RunRemovals, 'done' | 'counts' | 'level'>> {
  return fc.record({ done: fc.constant(done), counts: countsOf(done), level: levels });
}

export const removals: fc.Arbitrary<RunRemovals> = fc
  .record({ allowed: fc.nat({ max: 5 }), more: fc.nat({ max: 2 }), done: fc.nat({ max: 5 }) })
  .chain(({ allowed, more, done }) =>
    removalsDone(Math.min(done, allowed)).map((settled) => {
      const judged = { allowed, total: allowed + more, ...settled };
      return more === 0 ? judged : { ...judged, held: 'too-many' };
    }),
  );

const runChanges: fc.Arbitrary<RunChanges> = fc.record({
  level: levels,
  keyForm: fc.constantFrom('k1', 'k2'),
  levels: fc.nat({ max: 2 }),
  kind: fc.constantFrom(undefined, undefined, 'seed', 'resend'),
  removals: fc.option(removals, { nil: undefined, freq: 1 }),
});

export const snapshots: fc.Arbitrary<StoredSnapshot> = fc.record({
  present: fc.record({
    id: fc.constantFrom('s1', 's2'),
    manifest: fc.constantFrom(undefined, 's1/5-a', 's1/6-b'),
    levels: fc.option(fc.array(levels, { maxLength: 3 }), { nil: undefined }),
  }),
  previous: fc.constantFrom(undefined, { id: 's1' }),
  keyForm: fc.constantFrom('k1', 'k2'),
  form: fc.constant(1),
  query: fc.option(prints, { nil: undefined }),
  removed: fc.option(prints, { nil: undefined }),
  held: fc.constantFrom(undefined, { count: 2, reason: 'no-rows', since: 7 }),
});

export const runs: fc.Arbitrary<StoredRun> = fc.record({
  runId: runIds,
  lastSyncTime: seconds,
  startedAt: seconds,
  syncTime: fc.option(seconds, { nil: undefined }),
  ref: fc.option(refs, { nil: undefined, freq: 6 }),
  range: fc.option(ranges, { nil: undefined, freq: 1 }),
  settled: settledRows,
  claimed: fc.uniqueArray(fc.constantFrom({ from: 0, to: 5 }, { from: 5, to: 12 }, { from: 20, to: ROWS }), {
    maxLength: 3,
    selector: ({ from }) => from,
  }),
  failure: fc.option(reasons, { nil: undefined, freq: 1 }),
  queryFingerprint: prints,
  mapperFingerprint: prints,
  changes: fc.option(runChanges, { nil: undefined }),
  plan: fc.option(fc.record({ removals: fc.nat({ max: 5 }) }), { nil: undefined, freq: 1 }),
});

const summaries: fc.Arbitrary<RunSummary> = fc.record({
  runId: fc.oneof(
    runIds,
    fc.integer({ min: 5, max: 99 }).map((id) => `r${id}`),
  ),
  startedAt: seconds,
  status: fc.constantFrom('completed', 'failed', 'aborted', 'abandoned'),
  reason: fc.option(reasons, { nil: undefined }),
  counts: fc.option(fc.nat({ max: ROWS }).chain(countsOf), { nil: undefined }),
  begun: fc.option(
    fc.tuple(begunRuns, fc.nat({ max: 99 })).map(([begun, fencingToken]) => ({
      ...begun,
      fencingToken,
      ref: { queryId: 'query 1', rowCount: ROWS, columnsHash: 'c' },
    })),
    { nil: undefined },
  ),
});

export const backfills: fc.Arbitrary<StoredBackfill> = fc.record({
  runId: backfillIds,
  from: seconds,
  to: fc.option(seconds, { nil: undefined }),
  afterRun: fc.option(runIds, { nil: undefined }),
  notedAt: seconds,
});

/** Histories of so many entries or more. */
function historyFrom(minLength: number): fc.Arbitrary<RunSummary[]> {
  return fc.uniqueArray(summaries, { minLength, maxLength: HISTORY_LENGTH, selector: ({ runId }) => runId });
}

/** All of a record but its tokens. */
const untaken: fc.Arbitrary<Omit<SyncState, 'fencingToken' | 'lastToken'>> = fc.record({
  schema: fc.constant(3 as const),
  lastSyncTime: seconds,
  lease: fc.option(leases, { nil: undefined }),
  run: fc.option(runs, { nil: undefined, freq: 4 }),
  queryFingerprint: fc.option(prints, { nil: undefined }),
  mapperFingerprint: fc.option(prints, { nil: undefined }),
  backfills: fc.option(fc.uniqueArray(backfills, { maxLength: 3, selector: ({ runId }) => runId }), { nil: undefined }),
  snapshot: fc.option(snapshots, { nil: undefined }),
  // Full ones often: what is dropped of them matters.
  history: fc.constantFrom(0, HISTORY_LENGTH).chain(historyFrom),
});

/** Any record that could have been stored. Backfills may have had tokens since its lease was taken. */
export const records: fc.Arbitrary<SyncState> = fc
  .tuple(untaken, fc.nat({ max: 99 }), fc.constantFrom(0, 1, 5))
  .map(([record, fencingToken, more]) => ({ ...record, fencingToken, lastToken: fencingToken + more }));
