import { randomUUID } from 'node:crypto';
import { isSnowmeltError } from '../../errors/errors.js';
import { callHost } from '../../errors/host-call.js';
import type { ResultSet } from '../../source/source.js';
import type { StoredRun } from '../../state/sync-state.js';
import { callSource } from '../../source/call-source.js';
import { checkBreaker } from './check-breaker.js';
import type { LeaseKeeper } from '../record/lease-keeper.js';
import { withHistory } from '../../state/run-history.js';
import type { RunJournal } from '../journal/run-journal.js';
import type { RunPlan } from './run-kind.js';
import { addSettled, totalCounts, unsettled } from '../../state/settled-ranges.js';
import type { SyncContext } from '../options/sync-context.js';

/** A run whose result can be read. */
export interface OpenedRun {
  readonly run: StoredRun;
  readonly result: ResultSet;
}

/** What opening a run needs. */
export interface OpenRunParts<M> {
  readonly context: SyncContext<M>;
  readonly keeper: LeaseKeeper;
  readonly journal: RunJournal;
  readonly plan: RunPlan;
  readonly signal: AbortSignal;
}

/**
 * Resumes the stored run where that makes sense, else begins a new one with a new query.
 *
 * @throws SnowmeltError, or the signal's reason
 */
export async function openRun<M>(parts: OpenRunParts<M>): Promise<OpenedRun> {
  const { context, keeper, journal, plan, signal } = parts;
  const stored = keeper.state.run;
  const before = plan.reportedSyncTime ?? keeper.state.lastSyncTime;
  journal.lastSyncTime = { before, after: before };
  let opened: OpenedRun | undefined;
  if (stored !== undefined) {
    await gatherClaims(parts, stored);
    opened = await resume(parts, keeper.state.run ?? stored);
  }
  const isNew = opened === undefined;
  opened ??= await start(parts);
  const { run, result } = opened;
  if (run.settled.length === 0) {
    await checkBreaker(context.settings.breaker ?? {}, result, context.settings.mapper, keeper.state.history, signal);
  }
  if (plan.kind === 'run' && isNew) warnOfChanges(parts);
  return opened;
}

/** Takes over what workers of an earlier holder have settled; they are fenced off by the new token. */
async function gatherClaims<M>({ context, keeper, signal }: OpenRunParts<M>, stored: StoredRun): Promise<void> {
  if (stored.claimed.length === 0) return;
  const records = stored.claimed.map(({ from, to }) =>
    context.record.sibling(`${context.record.key}/${stored.runId}/${from}-${to}`),
  );
  let { settled, ref } = stored;
  for (const record of records) {
    const run = (await record.read(signal))?.value.run;
    for (const part of run?.settled ?? []) settled = addSettled(settled, part);
    if (run?.ref?.check !== undefined) ref = run.ref;
  }
  const change = (claimed: StoredRun['claimed']): Promise<void> =>
    keeper.update((state) =>
      state.run === undefined ? state : { ...state, run: { ...state.run, settled, ref, claimed } },
    );
  await change(stored.claimed);
  for (const record of records) await record.remove(signal);
  await change([]);
}

async function resume<M>(parts: OpenRunParts<M>, run: StoredRun): Promise<OpenedRun | undefined> {
  const { context, journal, signal } = parts;
  const { source } = context.settings;
  const { ref, runId } = run;
  const isChanged =
    run.queryFingerprint !== context.fingerprints.query || run.mapperFingerprint !== context.fingerprints.mapper;
  if (run.failure !== undefined) return abandon(parts, run, run.failure, `it failed with ${run.failure}`);
  if (isChanged) return abandon(parts, run, 'CHANGED', 'the query or the mapper has changed');
  if (ref === undefined) return undefined;
  try {
    const result = await callSource('Reading the result again', signal, () => source.reopen(ref, { signal }));
    const [gap] = unsettled(run.settled, { from: 0, to: ref.rowCount ?? 0 });
    journal.runId = runId;
    journal.queryId = ref.queryId;
    journal.rowCount = ref.rowCount;
    journal.resumedFromRow = gap?.from ?? ref.rowCount;
    journal.counts = totalCounts(run.settled);
    tellOpened(parts, run, result, true);
    return { run, result };
  } catch (error) {
    if (!isSnowmeltError(error) || error.code !== 'RESULT_EXPIRED') throw error;
    return abandon(parts, run, error.code, 'its result has expired or is different when read again');
  }
}

async function abandon<M>(
  { keeper, journal }: OpenRunParts<M>,
  run: StoredRun,
  reason: string,
  why: string,
): Promise<undefined> {
  await keeper.update((state) => ({
    ...state,
    run: undefined,
    history: withHistory(state, run, 'abandoned', reason),
  }));
  journal.warn(
    'RUN_ABANDONED',
    `Run ${run.runId} was given up because ${why}; a new query starts from the same last_sync_time.`,
  );
  return undefined;
}

async function start<M>(parts: OpenRunParts<M>): Promise<OpenedRun> {
  const { context, keeper, journal, plan, signal } = parts;
  const { source, query, name } = context.settings;
  const runId = randomUUID();
  journal.runId = runId;
  const now = await callSource("Asking for the source's time", signal, () => source.now({ signal }));
  const startedAt = Math.floor(now.getTime() / 1000);
  const lastSyncTime = plan.lastSyncTime(keeper.state);
  const windowStart = Math.max(0, lastSyncTime - plan.lookbackSeconds);
  const syncTime = plan.syncTime ?? startedAt;
  const rendered = callHost("The query's render()", () => query?.render({ lastSyncTime: windowStart, syncTime }));
  const statement = rendered ?? { sql: '', binds: [] };
  const options = { signal, queryTag: `snowmelt:${name}`, lastSyncTime: windowStart };
  const result = await callSource('The query', signal, () => source.execute(statement, options));
  const { queryId, columnsHash } = result.ref;
  const run: StoredRun = {
    runId,
    lastSyncTime,
    startedAt,
    syncTime: plan.syncTime,
    ref: { queryId, rowCount: result.rowCount, columnsHash },
    settled: [],
    claimed: [],
    queryFingerprint: context.fingerprints.query,
    mapperFingerprint: context.fingerprints.mapper,
  };
  journal.queryId = queryId;
  journal.rowCount = result.rowCount;
  await keeper.update((state) => ({ ...state, run }));
  tellOpened(parts, run, result, false);
  return { run, result };
}

function tellOpened<M>({ journal }: OpenRunParts<M>, run: StoredRun, result: ResultSet, resumed: boolean): void {
  const { base, emitter, resumedFromRow } = journal;
  emitter.emit('run:start', { ...base, lastSyncTime: run.lastSyncTime, resumedFromRow });
  const { columns, rowCount } = result;
  const durationMs = journal.endPhase('queryMs');
  emitter.emit('query:done', { ...base, queryId: result.ref.queryId, rowCount, columns, durationMs, resumed });
}

function warnOfChanges<M>({ context, keeper, journal }: OpenRunParts<M>): void {
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
