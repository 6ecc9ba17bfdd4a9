import { isDeepStrictEqual } from 'node:util';
import { tooManyRejected } from '../../delivery/write/rejections.js';
import { keyedResult } from '../../diff/key/keyed-result.js';
import { joinLevels } from '../../diff/level/grow-level.js';
import type { SnowmeltError } from '../../errors/errors.js';
import { callSource } from '../../source/call-source.js';
import type { ResultSet } from '../../source/source.js';
import { rangeKey } from '../../state/record-keys.js';
import { addCounts, isSameRange, totalCounts, unsettled } from '../../state/settled-ranges.js';
import { NO_LEVEL, type LevelRef } from '../../state/snapshot-refs.js';
import type { RowRange, StoredRun, SyncState } from '../../state/sync-state.js';
import { claimDropped, emptyState, givenUp, rangeBegun, rangeSettled } from '../../state/transitions.js';
import { placeOf, snapshotOf } from '../changes/changes-place.js';
import { LeaseKeeper } from '../record/lease-keeper.js';
import { deliverRows } from '../run/deliver-rows.js';
import type { RunFrame } from '../run/run-frame.js';
import type { RunHandle } from './run-handle.js';

/**
 * Delivers a claimed range under a record, a lease and a checkpoint of its own.
 *
 * @returns `busy` when another worker has it, or why it was not settled
 * @throws SnowmeltError, or the signal's reason
 */
export async function deliverClaimed<M>(
  frame: RunFrame<M>,
  handle: RunHandle,
  range: RowRange,
  result: ResultSet,
): Promise<'settled' | 'busy' | SnowmeltError> {
  const { context, keeper, signal } = frame;
  const { clock, identity, settings, record: runRecord } = context;
  const record = runRecord.sibling(rangeKey(runRecord.key, handle.runId, range));
  const request = { ttlMs: settings.ttlMs, create: emptyState, signal };
  const own = await LeaseKeeper.acquire({ record, clock, identity }, request);
  if (own === undefined) return 'busy';
  let isSettled = false;
  try {
    // Somebody may have settled it since this process looked; the write refreshes what it knows.
    await keeper.renew();
    const { run } = keeper.state;
    if (run !== undefined && unsettled(run.settled, range).length > 0) {
      const error = await deliverOwn({ frame, own, run, range, result, handle });
      if (error !== undefined) return error;
    }
    own.leave();
    await record.remove(signal);
    await dropClaim(keeper, range);
    isSettled = true;
  } finally {
    if (!isSettled) await giveBack(own, keeper);
  }
  // Other workers may have rejected too many at the same time.
  return tooMany(frame, keeper.state.run) ?? 'settled';
}

interface OwnParts<M> {
  readonly frame: RunFrame<M>;
  readonly own: LeaseKeeper;
  readonly run: StoredRun;
  readonly range: RowRange;
  readonly result: ResultSet;
  readonly handle: RunHandle;
}

async function deliverOwn<M>(parts: OwnParts<M>): Promise<SnowmeltError | undefined> {
  const { frame, own, run, range, handle } = parts;
  const { journal, keeper, signal } = frame;
  const result = await checkedAgain(parts);
  const earlier = own.state.run?.settled ?? [];
  await own.update((state) => rangeBegun(state, run, range));
  const outside = totalCounts(run.settled);
  const [left] = unsettled(earlier, range);
  if (left !== undefined) {
    if (left.from > range.from) journal.resumedFromRow ??= left.from;
    const already = journal.counts;
    const outsideBefore = journal.outside;
    journal.outside = outside;
    const inner = { ...frame, keeper: own, above: keeper, signal: AbortSignal.any([signal, own.signal]) };
    const before = addCounts(outside, totalCounts(earlier));
    try {
      const { fencingToken } = handle;
      const error = await deliverRows(inner, { run, result, range: left, before, fencingToken });
      if (error !== undefined) return error;
    } finally {
      journal.counts = addCounts(journal.counts, already);
      journal.outside = addCounts(outside, outsideBefore);
    }
  }
  const counts = totalCounts(own.state.run?.settled ?? []);
  // With the row that the next worker compares.
  const ref = own.state.run?.ref;
  const settle = (state: SyncState, level?: LevelRef): SyncState => {
    const settled = rangeSettled(state, { range, counts, ref, level });
    // In the same write, so that nobody finishes the run in between.
    const failure = tooMany(frame, settled.run);
    return failure === undefined ? settled : givenUp(settled, failure.code);
  };
  if (own.state.run?.changes === undefined) await keeper.update((state) => settle(state));
  else await joinAndSettle(parts, settle);
  return undefined;
}

/**
 * Names in the run's record what the range has written of the snapshot. Other workers do so too: what was put together
 * with an older level than the record has by then is put together again.
 */
async function joinAndSettle<M>(
  { frame, own, handle, range }: OwnParts<M>,
  settle: (state: SyncState, level: LevelRef) => SyncState,
): Promise<void> {
  const { keeper, signal } = frame;
  const { present } = await snapshotOf(frame);
  const place = placeOf(frame, present.id, handle.fencingToken);
  const mine = own.state.run?.changes?.level ?? NO_LEVEL;
  for (;;) {
    signal.throwIfAborted();
    const theirs = keeper.state.run?.changes?.level ?? NO_LEVEL;
    const level = await joinLevels(place, theirs, mine);
    const outcome = { isStored: false };
    await keeper.update((state) => {
      // By its own write, whose answer was lost: put together twice, the level would have two of each key.
      const isSettled = unsettled(state.run?.settled ?? [], range).length === 0;
      const isSame = isDeepStrictEqual(state.run?.changes?.level ?? NO_LEVEL, theirs);
      outcome.isStored = isSettled || isSame;
      return isSame && !isSettled ? settle(state, level) : state;
    });
    if (outcome.isStored) return;
  }
}

/** The result, read again where the range's own checkpoint names a row to compare. */
async function checkedAgain<M>({ frame, own, result }: OwnParts<M>): Promise<ResultSet> {
  const { context, signal } = frame;
  const ref = own.state.run?.ref;
  if (ref?.check === undefined) return result;
  const { source, changes } = context.settings;
  const again = await callSource('Reading the result again', signal, () => source.reopen(ref, { signal }));
  return changes === undefined ? again : keyedResult(again);
}

/** Ranges that are delivered at the same time know only together that they went over the limit. */
function tooMany<M>({ context }: RunFrame<M>, run: StoredRun | undefined): SnowmeltError | undefined {
  const { deadLetter, maxRejected } = context.settings;
  const rowCount = run?.ref?.rowCount;
  if (run === undefined || rowCount === undefined || deadLetter === undefined) return undefined;
  return tooManyRejected(totalCounts(run.settled).rejected, maxRejected, rowCount);
}

/** At once, so that a retried job need not wait for its end. The checkpoint stays, if there is one. */
async function giveBack(own: LeaseKeeper, keeper: LeaseKeeper): Promise<void> {
  const isEmpty = (own.state.run?.settled ?? []).length === 0;
  // A lost one as well: the next run waits for the end of this worker.
  await (own.signal.aborted ? own.letGo() : own.release()).catch(() => undefined);
  if (isEmpty && keeper.signal.aborted) await own.record.remove().catch(() => undefined);
}

/** After the range's record is gone: what is still claimed tells `finish` which records a killed worker left. */
async function dropClaim(keeper: LeaseKeeper, range: RowRange): Promise<void> {
  const { run } = keeper.state;
  if (run === undefined || run.failure !== undefined || !run.claimed.some((other) => isSameRange(other, range))) return;
  await keeper.update((state) => claimDropped(state, range));
}
