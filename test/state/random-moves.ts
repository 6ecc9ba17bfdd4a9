import fc from 'fast-check';
import { isSnowmeltError } from '../../src/errors/errors.js';
import type { SyncState } from '../../src/state/sync-state.js';
import * as transitions from '../../src/state/transitions.js';
import { deepFreeze, type TransitionName } from './check-cell.js';
import {
  backfillIds,
  backfills,
  begunRuns,
  countsOf,
  leases,
  ranges,
  reasons,
  refs,
  ROWS,
  runIds,
  runs,
  seconds,
  settledRanges,
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
const claims = fc
  .record({ range: ranges, ref: fc.option(refs, { nil: undefined }) })
  .chain(({ range, ref }) => countsOf(range.to - range.from).map((counts) => ({ range, counts, ref })));
const rowsDone = fc.record({ done: settledRanges, row: fc.option(fc.nat({ max: ROWS - 1 }), { nil: undefined }) });

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
  begun: movesOf('begun', fc.tuple(runs), transitions.begun),
  checkpointed: movesOf('checkpointed', fc.tuple(rowsDone), (state, { done, row }) =>
    transitions.checkpointed(state, {
      before: state.run?.settled ?? [],
      done,
      check: row === undefined ? undefined : { row, hash: 'h' },
    }),
  ),
  claimed: movesOf('claimed', fc.tuple(ranges), (state, range) => transitions.claimed(state, range, 'people')),
  rangeBegun: movesOf('rangeBegun', fc.tuple(runs, ranges), transitions.rangeBegun),
  rangeSettled: movesOf('rangeSettled', fc.tuple(claims), transitions.rangeSettled),
  claimDropped: movesOf('claimDropped', fc.tuple(ranges), (state, range) =>
    transitions.claimDropped(state, state.run?.claimed[0] ?? range),
  ),
  gathered: movesOf('gathered', fc.tuple(fc.array(runs, { maxLength: 3 })), transitions.gathered),
  claimsDropped: movesOf('claimsDropped', fc.tuple(), transitions.claimsDropped),
  givenUp: movesOf('givenUp', fc.tuple(reasons), transitions.givenUp),
  stopAsked: movesOf('stopAsked', fc.tuple(reasons), transitions.stopAsked),
  abandoned: movesOf('abandoned', fc.tuple(reasons), transitions.abandoned),
  committed: movesOf('committed', fc.tuple(fc.constantFrom('run', 'backfill')), transitions.committed),
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
