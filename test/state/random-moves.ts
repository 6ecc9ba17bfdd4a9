import fc from 'fast-check';
import { isSnowmeltError } from '../../src/errors/errors.js';
import type { StoredSnapshot, SyncState } from '../../src/state/sync-state.js';
import type { SnapshotAfter } from '../../src/state/transitions.js';
import * as transitions from '../../src/state/transitions.js';
import { deepFreeze, type TransitionName } from './check-cell.js';
import {
  backfillIds,
  backfills,
  begunRuns,
  countsOf,
  leases,
  levels,
  ranges,
  reasons,
  refs,
  removals,
  removalsDone,
  ROWS,
  runIds,
  runs,
  seconds,
  settledRanges,
  snapshots,
} from './random-records.js';

/** A transition with random arguments. */
export interface RandomMove {
  readonly name: TransitionName;
  readonly given: readonly unknown[];
  readonly move: (state: SyncState) => SyncState;
}

type Given = readonly unknown[];

/** Makes moves of a transition from random arguments, which are frozen. */
function movesOf<A extends Given>(
  name: TransitionName,
  given: fc.Arbitrary<A>,
  move: (state: SyncState, ...given: A) => SyncState,
): fc.Arbitrary<RandomMove> {
  return given.map((some) => ({ name, given: deepFreeze(some), move: (state) => move(state, ...some) }));
}

const endedRuns = fc.record({ runId: runIds, startedAt: seconds });
const failures = fc.record({
  status: fc.constantFrom('failed' as const, 'aborted' as const),
  code: reasons,
  abandons: fc.boolean(),
  withoutResult: fc.option(endedRuns, { nil: undefined }),
});
const maybeLevel = fc.option(levels, { nil: undefined });
const claims = fc
  .record({ range: ranges, ref: fc.option(refs, { nil: undefined }), level: maybeLevel })
  .chain((claim) => countsOf(claim.range.to - claim.range.from).map((counts) => ({ ...claim, counts })));
const rowsDone = fc.record({
  done: settledRanges,
  row: fc.option(fc.nat({ max: ROWS - 1 }), { nil: undefined }),
  level: maybeLevel,
});
/** What a run makes of the snapshot that the record has, or had when it was looked at. */
const snapshotsAfter = fc.option(fc.record({ after: snapshots, known: fc.nat({ max: 3 }) }), { nil: undefined });
type RandomAfter = { readonly after: StoredSnapshot; readonly known: number } | undefined;

function changeOf({ snapshot }: SyncState, random: RandomAfter): SnapshotAfter | undefined {
  if (random === undefined) return undefined;
  const { after, known } = random;
  if (snapshot === undefined) return { before: undefined, after };
  const { present } = snapshot;
  const before = { ...present, levels: present.levels?.slice(0, known) };
  return { before, after: { ...after, present: { ...after.present, id: present.id } } };
}

/** Moves of every transition. */
export const movesByName: Readonly<Record<TransitionName, fc.Arbitrary<RandomMove>>> = {
  leased: movesOf('leased', fc.tuple(leases), transitions.leased),
  renewed: movesOf('renewed', fc.tuple(fc.nat({ max: 1_000 })), transitions.renewed),
  released: movesOf('released', fc.tuple(), transitions.released),
  shared: movesOf(
    'shared',
    fc.tuple(fc.integer({ min: 1, max: 500 }), fc.option(begunRuns, { nil: undefined })),
    transitions.shared,
  ),
  begun: movesOf('begun', fc.tuple(runs, snapshotsAfter), (state, run, random) =>
    transitions.begun(state, run, changeOf(state, random)),
  ),
  planApplied: movesOf('planApplied', fc.tuple(runs, snapshotsAfter), (state, run, random) =>
    transitions.planApplied(state, run, changeOf(state, random)),
  ),
  checkpointed: movesOf('checkpointed', fc.tuple(rowsDone), (state, { done, row, level }) =>
    transitions.checkpointed(state, {
      before: state.run?.settled ?? [],
      done,
      check: row === undefined ? undefined : { row, hash: 'h' },
      level,
    }),
  ),
  claimed: movesOf('claimed', fc.tuple(ranges), (state, range) => transitions.claimed(state, range, 'people')),
  rangeBegun: movesOf('rangeBegun', fc.tuple(runs, ranges), transitions.rangeBegun),
  rangeSettled: movesOf('rangeSettled', fc.tuple(claims), transitions.rangeSettled),
  claimDropped: movesOf('claimDropped', fc.tuple(ranges), (state, range) =>
    transitions.claimDropped(state, state.run?.claimed[0] ?? range),
  ),
  gathered: movesOf('gathered', fc.tuple(fc.array(runs, { maxLength: 3 }), maybeLevel), transitions.gathered),
  levelWritten: movesOf('levelWritten', fc.tuple(levels), transitions.levelWritten),
  claimsDropped: movesOf('claimsDropped', fc.tuple(), transitions.claimsDropped),
  givenUp: movesOf('givenUp', fc.tuple(reasons), transitions.givenUp),
  stopAsked: movesOf('stopAsked', fc.tuple(reasons), transitions.stopAsked),
  abandoned: movesOf('abandoned', fc.tuple(reasons), transitions.abandoned),
  removalsHeld: movesOf(
    'removalsHeld',
    fc.tuple(fc.constant({ count: 0, reason: 'state-older', since: 1 })),
    transitions.removalsHeld,
  ),
  removalsJudged: movesOf('removalsJudged', fc.tuple(removals), transitions.removalsJudged),
  removalsSettled: movesOf(
    'removalsSettled',
    fc.nat({ max: 5 }).chain((done) => fc.tuple(removalsDone(done))),
    (state, done) => transitions.removalsSettled(state, done),
  ),
  snapshotGrown: movesOf(
    'snapshotGrown',
    fc.tuple(fc.array(levels, { maxLength: 3 }), fc.option(snapshots, { nil: undefined })),
    transitions.snapshotGrown,
  ),
  snapshotLeft: movesOf('snapshotLeft', fc.tuple(fc.record({ level: levels })), transitions.snapshotLeft),
  committed: movesOf('committed', fc.tuple(fc.constantFrom('run', 'backfill'), snapshotsAfter), (state, kind, random) =>
    transitions.committed(state, kind, changeOf(state, random)),
  ),
  failed: movesOf('failed', fc.tuple(failures), transitions.failed),
  reset: movesOf('reset', fc.tuple(seconds), transitions.reset),
  backfillNoted: movesOf('backfillNoted', fc.tuple(backfills), transitions.backfillNoted),
  backfillForgotten: movesOf('backfillForgotten', fc.tuple(backfillIds), transitions.backfillForgotten),
};

/** Moves of any transition. */
export const moves: fc.Arbitrary<RandomMove> = fc.oneof(...Object.values(movesByName));

/** The record after a move of which it may not change a thing in place; one that is refused changes nothing. */
export function moved(state: SyncState, { move }: RandomMove): SyncState {
  try {
    return move(deepFreeze(state));
  } catch (error) {
    if (isSnowmeltError(error) && error.code === 'CONFIG_INVALID') return state;
    throw error;
  }
}
