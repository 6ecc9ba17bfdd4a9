import { randomUUID } from 'node:crypto';
import { isSnowmeltError } from '../../errors/errors.js';
import { callHost } from '../../errors/host-call.js';
import { keyedResult } from '../../diff/key/keyed-result.js';
import type { ExecuteOptions, ResultSet, Statement } from '../../source/source.js';
import { leaveInSnapshot, takeFromBackfills } from '../changes/backfills-left.js';
import { beginChanges, type BegunChanges } from '../changes/begin-changes.js';
import { holdIfRestored } from '../changes/hold-if-restored.js';
import { keyedQuery } from '../changes/keyed-query.js';
import { applyPlan } from '../apply/apply-plan.js';
import { givenUp } from '../apply/plan-stale.js';
import type { PlannedRun } from '../apply/planned-run.js';
import { refuseMirror } from '../changes/refuse-mirror.js';
import { joinLevels } from '../../diff/level/grow-level.js';
import { withSending } from '../../diff/level/sending-levels.js';
import type { LevelRef, SendingRef } from '../../state/snapshot-refs.js';
import type { StoredRun } from '../../state/sync-state.js';
import { placeOf, snapshotOf } from '../changes/changes-place.js';
import { abandoned, begun, claimsDropped, gathered } from '../../state/transitions.js';
import { mirrorLimited } from '../../query/part-of-rows.js';
import { callSource } from '../../source/call-source.js';
import { isOvertaken } from './backfill-note.js';
import { checkBreaker } from './check-breaker.js';
import { rangeKey } from '../../state/record-keys.js';
import type { RunKind } from './run-kind.js';
import type { RunFrame } from './run-frame.js';
import { totalCounts, unsettled } from '../../state/settled-ranges.js';

/** A run whose result can be read. */
export interface OpenedRun {
  readonly run: StoredRun;
  readonly result: ResultSet;
}

/**
 * Resumes the stored run where that makes sense, else begins a new one with a new query.
 *
 * @throws SnowmeltError, or the signal's reason
 */
export async function openRun<M>(frame: RunFrame<M>, kind: RunKind): Promise<OpenedRun> {
  const { keeper, journal } = frame;
  const stored = keeper.state.run;
  const { lastSyncTime } = keeper.state;
  if (kind.name === 'run') journal.lastSyncTime = { before: lastSyncTime, after: lastSyncTime };
  // Before anything is written with the token of this lease.
  if (kind.name === 'run') await holdIfRestored(frame);
  let opened: OpenedRun | undefined;
  if (stored !== undefined) {
    await gatherClaims(frame, stored);
    opened = await resume(frame, keeper.state.run ?? stored, kind);
  }
  const isNew = opened === undefined;
  // What a seed was to spare the destination is not sent because its result is gone.
  const again = { ...kind, changes: kind.changes ?? stored?.changes?.kind };
  opened ??= await (kind.plan === undefined ? start(frame, again) : startPlanned(frame, kind.plan));
  const { run, result } = opened;
  if (run.settled.length === 0) await checkBreaker(frame, run, result, kind);
  if (kind.name === 'run' && isNew) warnOfChanges(frame);
  return opened;
}

/** Takes over what workers of an earlier holder have settled; they are fenced off by the new token. */
async function gatherClaims<M>(frame: RunFrame<M>, stored: StoredRun): Promise<void> {
  const { context, keeper, signal } = frame;
  if (stored.claimed.length === 0) return;
  const { record } = context;
  const records = stored.claimed.map((range) => record.sibling(rangeKey(record.key, stored.runId, range)));
  const found: StoredRun[] = [];
  for (const own of records) {
    const run = (await own.read(signal))?.value.run;
    if (run !== undefined) found.push(run);
  }
  const level = await joinedLevels(frame, stored, found);
  await keeper.update((state) => gathered(state, found, level));
  for (const own of records) await own.remove(signal);
  await keeper.update(claimsDropped);
}

/** What a run has written of the snapshot, together with its ranges. */
async function joinedLevels<M>(
  frame: RunFrame<M>,
  { changes, settled }: StoredRun,
  ranges: readonly StoredRun[],
): Promise<LevelRef | undefined> {
  if (changes === undefined) return undefined;
  const { present } = await snapshotOf(frame);
  const place = placeOf(frame, present.id, frame.keeper.state.fencingToken);
  let { level } = changes;
  const sending: SendingRef[] = [];
  for (const range of ranges) {
    // By a holder that was cut off before it removed the record of the range.
    const isJoined = range.settled.every((done) => unsettled(settled, done).length === 0);
    if (range.changes === undefined) continue;
    if (!isJoined) level = await joinLevels(place, level, range.changes.level);
    const isSettled = range.range !== undefined && unsettled(settled, range.range).length === 0;
    if (!isSettled && range.changes.level.sending !== undefined) sending.push(range.changes.level.sending);
  }
  return withSending(place, level, sending);
}

async function resume<M>(frame: RunFrame<M>, run: StoredRun, kind: RunKind): Promise<OpenedRun | undefined> {
  const { context, journal, signal } = frame;
  const { source } = context.settings;
  const { ref, runId } = run;
  const isChanged =
    run.queryFingerprint !== context.fingerprints.query || run.mapperFingerprint !== context.fingerprints.mapper;
  if (run.failure !== undefined) return abandon(frame, run, run.failure, `it failed with ${run.failure}`, kind);
  if (isChanged) return abandon(frame, run, 'CHANGED', 'the query or the mapper has changed', kind);
  if (isOtherKind(run, kind)) return abandon(frame, run, 'CHANGED', 'another kind of run was asked for', kind);
  if (kind.name === 'run' && isOvertaken(frame, run)) {
    return abandon(frame, run, 'CHANGED', 'a backfill has sent since, so that its result is older', kind);
  }
  if (ref === undefined) return undefined;
  try {
    const reopened = await callSource('Reading the result again', signal, () => source.reopen(ref, { signal }));
    const result = run.changes === undefined ? reopened : keyedResult(reopened);
    const [left] = unsettled(run.settled, { from: 0, to: ref.rowCount ?? 0 });
    journal.runId = runId;
    journal.queryId = ref.queryId;
    journal.rowCount = ref.rowCount;
    journal.resumedFromRow = left?.from ?? ref.rowCount;
    journal.counts = totalCounts(run.settled);
    tellOpened(frame, run, result, true);
    return { run, result };
  } catch (error) {
    if (!isSnowmeltError(error) || error.code !== 'RESULT_EXPIRED') throw error;
    // A source that keeps no results has lost none: that it begins anew is how it works.
    if (error.details['kept'] === false) return drop(frame, error.code);
    return abandon(frame, run, error.code, 'its result has expired or is different when read again', kind);
  }
}

/** What somebody asked for wants a query of its own; a plain run goes on with whatever is open. */
function isOtherKind({ changes }: StoredRun, kind: RunKind): boolean {
  return (
    kind.upTo !== undefined || (kind.name === 'run' && kind.changes !== undefined && kind.changes !== changes?.kind)
  );
}

async function abandon<M>(
  frame: RunFrame<M>,
  run: StoredRun,
  reason: string,
  why: string,
  { plan }: RunKind,
): Promise<undefined> {
  // Something else was asked for than a new query.
  if (plan !== undefined) throw givenUp(plan.token, reason);
  await drop(frame, reason);
  frame.journal.warn(
    'RUN_ABANDONED',
    `Run ${run.runId} was given up because ${why}; a new query starts from the same last_sync_time.`,
  );
  return undefined;
}

async function drop<M>({ context, keeper }: RunFrame<M>, reason: string): Promise<undefined> {
  const isOfSync = keeper.record.key === context.record.key;
  if (!isOfSync) await leaveInSnapshot(context, keeper.state.run);
  await keeper.update((state) => abandoned(state, reason, isOfSync ? state.run?.changes?.levels : undefined));
  return undefined;
}

async function start<M>(frame: RunFrame<M>, kind: RunKind): Promise<OpenedRun> {
  const { context, keeper, journal, signal } = frame;
  const { source, query, name } = context.settings;
  const runId = randomUUID();
  journal.runId = runId;
  const now = await callSource("Asking for the source's time", signal, () => source.now({ signal }));
  const startedAt = Math.floor(now.getTime() / 1000);
  const lastSyncTime = kind.lastSyncTime(keeper.state);
  const windowStart = Math.max(0, lastSyncTime - kind.lookbackSeconds);
  const syncTime = kind.syncTime ?? startedAt;
  const rendered = callHost("The query's render()", () => query?.render({ lastSyncTime: windowStart, syncTime }));
  const statement = rendered ?? { sql: '', binds: [] };
  const options = { signal, queryTag: `snowmelt:${name}`, lastSyncTime: windowStart };
  const keyed = await withKey(frame, statement, options, kind);
  const executed = await callSource('The query', signal, () => source.execute(keyed?.statement ?? statement, options));
  const result = keyed === undefined ? executed : keyedResult(executed);
  const { queryId, columnsHash } = result.ref;
  const run: StoredRun = {
    runId,
    lastSyncTime,
    startedAt,
    syncTime: kind.syncTime,
    ref: { queryId, rowCount: result.rowCount, columnsHash },
    settled: [],
    claimed: [],
    queryFingerprint: context.fingerprints.query,
    mapperFingerprint: context.fingerprints.mapper,
    ...(keyed && { changes: keyed.changes }),
  };
  journal.queryId = queryId;
  journal.rowCount = result.rowCount;
  await keeper.update((state) => begun(state, run, keyed?.snapshot));
  tellOpened(frame, run, result, false);
  return { run, result };
}

async function startPlanned<M>(frame: RunFrame<M>, plan: PlannedRun): Promise<OpenedRun> {
  const opened = await applyPlan(frame, plan);
  tellOpened(frame, opened.run, opened.result, false);
  return opened;
}

/** Adds the key to the query of a sync with `changes`, and finds the snapshot to compare with, before the query runs. */
async function withKey<M>(
  frame: RunFrame<M>,
  statement: Statement,
  options: ExecuteOptions & { readonly signal: AbortSignal },
  kind: RunKind,
): Promise<({ readonly statement: Statement } & BegunChanges) | undefined> {
  const { changes, source, mapper } = frame.context.settings;
  if (changes === undefined) return undefined;
  if (kind.name === 'run') await takeFromBackfills(frame);
  const keyed = await keyedQuery(source, statement, changes.key, options);
  if (changes.mode === 'mirror') {
    refuseMirror(mapper, keyed.columns, keyed.key.parts);
    warnOfPart(frame, statement.sql);
  }
  return { statement: keyed.statement, ...(await beginChanges(frame, keyed.key, kind.changes)) };
}

/** A row that a limit leaves out looks as if it were gone. */
function warnOfPart<M>({ journal }: RunFrame<M>, sql: string): void {
  const warning = mirrorLimited(sql);
  if (warning !== undefined) journal.warn(warning.code, `${warning.message} ${warning.fix}`);
}

function tellOpened<M>({ journal }: RunFrame<M>, run: StoredRun, result: ResultSet, resumed: boolean): void {
  const { base, emitter, resumedFromRow } = journal;
  emitter.emit('run:start', { ...base, lastSyncTime: run.lastSyncTime, startedAt: journal.startedAt, resumedFromRow });
  const { columns, rowCount } = result;
  const durationMs = journal.endPhase('queryMs');
  emitter.emit('query:done', { ...base, queryId: result.ref.queryId, rowCount, columns, durationMs, resumed });
}

function warnOfChanges<M>({ context, keeper, journal }: RunFrame<M>): void {
  const { queryFingerprint, mapperFingerprint, lastSyncTime } = keeper.state;
  if (queryFingerprint === undefined || lastSyncTime === 0) return;
  const what = [
    queryFingerprint === context.fingerprints.query ? [] : ['query'],
    mapperFingerprint === context.fingerprints.mapper ? [] : ['mapper'],
  ].flat();
  if (what.length === 0) return;
  journal.warn(
    'SYNC_CHANGED',
    `The ${what.join(' and the ')} of this sync changed. Rows older than last_sync_time are not sent again: call backfill({ from: 0 }) for them.`,
  );
}
