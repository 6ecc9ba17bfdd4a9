import { ConfigError } from '../../errors/errors.js';
import type { SnowmeltError } from '../../errors/errors.js';
import type { ResultSet } from '../../source/source.js';
import type { RowRange, StoredRun, SyncState } from '../../state/sync-state.js';
import { callSource } from '../../source/call-source.js';
import { deliverPart } from './deliver-part.js';
import { endError, isAbandoning } from './end-run.js';
import { joinRun } from './join-run.js';
import { LeaseKeeper } from '../record/lease-keeper.js';
import type { RunHandle } from './run-handle.js';
import { tooManyRejects } from './reject-limit.js';
import { RunJournal } from '../journal/run-journal.js';
import type { RunReport } from '../journal/run-report.js';
import { addCounts, addSettled, totalCounts, unsettled } from '../../state/settled-ranges.js';
import { emptyState } from '../options/sync-context.js';
import type { SyncContext } from '../options/sync-context.js';

interface RangeParts<M> {
  readonly context: SyncContext<M>;
  readonly journal: RunJournal;
  readonly keeper: LeaseKeeper;
  readonly handle: RunHandle;
  readonly signal: AbortSignal;
}

const isSame = (a: RowRange, b: RowRange): boolean => a.from === b.from && a.to === b.to;

/** Delivers the rows of a range that are not settled. Never throws but for misuse. */
export async function deliverRange<M>(
  context: SyncContext<M>,
  handle: RunHandle,
  range: RowRange,
  signal: AbortSignal | undefined,
): Promise<RunReport> {
  const { settings, emitter, clock } = context;
  const journal = new RunJournal(settings.name, emitter, clock, settings.logger);
  journal.runId = handle.runId;
  journal.queryId = handle.ref.queryId;
  journal.rowCount = handle.rowCount;
  let keeper: LeaseKeeper | undefined;
  try {
    const joined = await joinRun(context, handle, signal);
    journal.endPhase('leaseMs');
    if (joined === undefined) return journal.end('skipped', { skipReason: 'already-settled' });
    keeper = joined.keeper;
    const { lastSyncTime } = keeper.state;
    journal.lastSyncTime = { before: lastSyncTime, after: lastSyncTime };
    const gaps = unsettled(joined.run.settled, range);
    if (gaps.length === 0) {
      keeper.leave();
      return journal.end('skipped', { skipReason: 'already-settled' });
    }
    const ended = signal === undefined ? keeper.signal : AbortSignal.any([signal, keeper.signal]);
    const ref = joined.run.ref ?? handle.ref;
    const result = await callSource('Reading the result again', ended, () =>
      settings.source.reopen(ref, { signal: ended }),
    );
    journal.endPhase('queryMs');
    let delivered = 0;
    for (const gap of gaps) {
      if (await deliverGap({ context, journal, keeper, handle, signal: ended }, gap, result)) delivered += 1;
      const tooMany = keeper.state.run && tooManyRejects(context, keeper.state.run);
      if (tooMany !== undefined) throw tooMany;
    }
    journal.endPhase('deliveryMs');
    keeper.leave();
    return delivered === gaps.length ? journal.end('completed') : journal.end('skipped', { skipReason: 'lease-held' });
  } catch (caught) {
    const error = endError(caught, keeper, signal);
    if (error instanceof ConfigError) {
      keeper?.leave();
      throw error;
    }
    if (keeper !== undefined) await noteFailure(keeper, error);
    const isAborted = error.code === 'ABORTED';
    return journal.end(isAborted ? 'aborted' : 'failed', { error });
  }
}

/** An error that no other worker can get around ends the run for all; the next `begin()` or `run()` queries again. */
async function noteFailure(keeper: LeaseKeeper, error: SnowmeltError): Promise<void> {
  try {
    if (isAbandoning(error.code) && !keeper.signal.aborted) {
      await keeper.update((state) =>
        state.run === undefined ? state : givenUp(state, { ...state.run, failure: error.code }),
      );
    }
  } catch {
    // The lease of the run expires, and the next run resumes.
  } finally {
    keeper.leave();
  }
}

/** Without the lease, so that the next run need not wait for its end. */
function givenUp(state: SyncState, run: StoredRun): SyncState {
  return { ...state, run, lease: undefined };
}

/** Whether the gap is settled now; otherwise another worker is busy with it. */
async function deliverGap<M>(parts: RangeParts<M>, gap: RowRange, result: ResultSet): Promise<boolean> {
  const { context, journal, keeper, handle, signal } = parts;
  const { clock, identity, settings, record: runRecord } = context;
  await claim(keeper, gap, handle);
  const record = runRecord.sibling(`${runRecord.key}/${handle.runId}/${gap.from}-${gap.to}`);
  const request = { ttlMs: settings.ttlMs, create: emptyState, signal };
  const own = await LeaseKeeper.acquire({ record, clock, identity }, request);
  if (own === undefined) return false;
  try {
    // Somebody may have settled it since this process looked; the write refreshes what it knows.
    await keeper.update((state) => state);
    const { run } = keeper.state;
    if (run !== undefined && unsettled(run.settled, gap).length > 0) {
      await deliverOwn(parts, own, run, gap, await checkedAgain(parts, own, result));
    }
    own.leave();
    await record.remove(signal);
    await dropClaim(keeper, gap);
    return true;
  } catch (error) {
    // Given back at once, so that a retried job need not wait for its end. The checkpoint stays, if there is one.
    const isEmpty = (own.state.run?.settled ?? []).length === 0;
    await own.release().catch(() => undefined);
    if (isEmpty && keeper.signal.aborted) await record.remove().catch(() => undefined);
    journal.endPhase('deliveryMs');
    throw error;
  }
}

/** The result, read again where the range's own checkpoint names a row to compare. */
async function checkedAgain<M>(
  { context, signal }: RangeParts<M>,
  own: LeaseKeeper,
  result: ResultSet,
): Promise<ResultSet> {
  const ref = own.state.run?.ref;
  if (ref?.check === undefined) return result;
  return callSource('Reading the result again', signal, () => context.settings.source.reopen(ref, { signal }));
}

async function deliverOwn<M>(
  { context, journal, keeper, handle, signal }: RangeParts<M>,
  own: LeaseKeeper,
  run: StoredRun,
  gap: RowRange,
  result: ResultSet,
): Promise<void> {
  const earlier = own.state.run?.settled ?? [];
  const begun = { ...run, ref: own.state.run?.ref ?? run.ref, range: gap, settled: earlier, claimed: [] };
  await own.update((state) => ({ ...state, run: begun }));
  const outside = totalCounts(run.settled);
  const [left] = unsettled(earlier, gap);
  if (left !== undefined) {
    if (left.from > gap.from) journal.resumedFromRow ??= left.from;
    const already = journal.counts;
    const before = journal.outside;
    journal.outside = outside;
    const base = addCounts(outside, totalCounts(earlier));
    const ended = AbortSignal.any([signal, own.signal]);
    const { fencingToken } = handle;
    try {
      await deliverPart(context, journal, {
        run,
        result,
        from: left.from,
        to: left.to,
        base,
        keeper: own,
        runKeeper: keeper,
        fencingToken,
        signal: ended,
      });
    } finally {
      journal.counts = addCounts(journal.counts, already);
      journal.outside = addCounts(outside, before);
    }
  }
  const counts = totalCounts(own.state.run?.settled ?? []);
  // With the row that the next worker compares.
  const ref = own.state.run?.ref;
  await keeper.update((state) => {
    const current = state.run;
    if (current === undefined) return state;
    const settled = addSettled(current.settled, { ...gap, counts });
    const changed = { ...current, ref, settled };
    // In the same write, so that nobody finishes the run in between.
    const failure = current.failure ?? tooManyRejects(context, changed)?.code;
    return failure === undefined ? { ...state, run: changed } : givenUp(state, { ...changed, failure });
  });
}

/** After the range's record is gone: what is still claimed tells `finish` which records a killed worker left. */
async function dropClaim(keeper: LeaseKeeper, gap: RowRange): Promise<void> {
  const { run } = keeper.state;
  if (run === undefined || run.failure !== undefined || !run.claimed.some((other) => isSame(other, gap))) return;
  await keeper.update((state) => {
    if (state.run === undefined) return state;
    return { ...state, run: { ...state.run, claimed: state.run.claimed.filter((other) => !isSame(other, gap)) } };
  });
}

async function claim(keeper: LeaseKeeper, gap: RowRange, handle: RunHandle): Promise<void> {
  await keeper.update((state) => {
    const { run } = state;
    if (run === undefined) return state;
    if (run.claimed.some((other) => isSame(other, gap))) return state;
    const other = run.claimed.find(({ from, to }) => from < gap.to && gap.from < to);
    if (other !== undefined) {
      throw new ConfigError(
        'CONFIG_INVALID',
        `Sync "${handle.sync}": the rows ${gap.from} to ${gap.to} overlap the range ${other.from} to ${other.to} of another job.`,
        { hint: 'Cut the rows of a handle into ranges once, and give each range to one job.' },
      );
    }
    if (unsettled(run.settled, gap).length === 0) return state;
    return { ...state, run: { ...run, claimed: [...run.claimed, gap] } };
  });
}
