import type { DeadLetter, DeliveryRecord } from '../../sink/sink.js';
import type { SyncState } from '../../state/sync-state.js';
import type { RowCompared } from './compare-row.js';
import { isBefore, runsSince, type RunSpokenOf, type RunsSince } from './expected-run.js';
import type { ExplainCode, ExplainedRejection } from './explanation.js';
import type { MadeRow } from './made-row.js';
import type { RowPast } from './row-past.js';
import type { WindowPlace } from './window-place.js';

/** All that is known of a row and its sync. */
export interface RowFacts<M> {
  readonly sync: string;
  readonly isEnabled: boolean;
  readonly state: SyncState;
  /** Whether the query is another than that of the last completed run. */
  readonly hasNewQuery: boolean;
  readonly made: MadeRow<M>;
  /** Present where the query has a window. */
  readonly place: WindowPlace | undefined;
  readonly past: RowPast;
  readonly hasDeliveries: boolean;
  /** With `changes`, where the next run would look at the row. */
  readonly compared: RowCompared | undefined;
  /** Whether another row of the query has the same key and other messages. */
  readonly isDuplicate: boolean;
}

/** Why it was sent, or was not. */
export interface RowJudgement {
  readonly code: ExplainCode;
  readonly run?: RunSpokenOf | undefined;
  readonly rejection?: ExplainedRejection | undefined;
}

/** Goes through the reasons in the order in which a row meets them. */
export function judgeRow<M>(facts: RowFacts<M>): RowJudgement {
  const { isEnabled, state, made, place } = facts;
  if (!isEnabled) return { code: 'disabled' };
  if (hasNeverRun(state)) return { code: 'never-ran' };
  if (place?.isBehindEnd === true) return { code: 'outside-window' };
  const runs = runsSince(state, timeOf(place));
  const delivered = deliveredSince(facts, runs);
  if (place !== undefined && delivered === undefined) {
    const outside = judgeWindow(facts, place, runs);
    if (outside !== undefined) return outside;
  }
  if (made.isSkipped) return { code: 'skipped' };
  const { leftOut } = made;
  if (leftOut.length > 0 && leftOut.every((each) => each?.entirely === true)) return { code: 'filtered' };
  const last = lastCompleted(state);
  // As it is now: one that has changed since is another.
  const isSame = facts.compared === undefined || facts.compared.is === 'unchanged';
  if (isSame && !made.isOneOfMany && delivered?.outcome === 'delivered' && delivered.runId === last?.runId) {
    return { code: 'sent', run: last };
  }
  return judgeRejected(facts, runs, delivered) ?? judgeCompared(facts, runs) ?? judgeSent(facts, runs, delivered);
}

/** A time that is still to come does not tell since when the row is as it is: the runs until now have had it. */
function timeOf(place: WindowPlace | undefined): number | undefined {
  return place?.isAhead === true ? undefined : place?.time;
}

/** Whether nothing was ever done for a sync. */
export function hasNeverRun({ history, run, lastSyncTime }: SyncState): boolean {
  return history.length === 0 && run === undefined && lastSyncTime === 0;
}

function lastCompleted({ history }: SyncState): RunSpokenOf | undefined {
  return history.findLast(({ status }) => status === 'completed');
}

/** The last record of the row, unless the row has changed since, or a later run should have sent it again. */
function deliveredSince<M>({ past, state, place, made }: RowFacts<M>, runs: RunsSince): DeliveryRecord | undefined {
  const { delivered } = past;
  const { completed, open, ids } = runs;
  // Only a run that is through has sent all events of a person.
  if (made.isOneOfMany && ofHistory(state, delivered?.runId)?.status !== 'completed') return undefined;
  if (delivered === undefined || delivered.runId === open?.runId) return delivered;
  const time = timeOf(place);
  if (!state.history.some(({ runId }) => runId === delivered.runId)) {
    // Of a backfill, a replay, or a run that is forgotten, only the time is known.
    const since = time ?? completed?.startedAt ?? 0;
    return Date.parse(delivered.time) < since * 1000 ? undefined : delivered;
  }
  if (time !== undefined) return ids.has(delivered.runId) ? delivered : undefined;
  return completed !== undefined && isBefore(state, delivered.runId, completed.runId) ? undefined : delivered;
}

function judgeWindow<M>(
  { state, hasNewQuery }: RowFacts<M>,
  { inNextRun, isNewer, time, isAhead }: WindowPlace,
  { completed, failed, open }: RunsSince,
): RowJudgement | undefined {
  if (!inNextRun) {
    // A run of the time when it was newer has had it, unless there was none, or it had another query.
    const hadIt = time !== undefined && lastCompleted(state) !== undefined && !hasNewQuery;
    return hadIt ? undefined : { code: 'outside-window' };
  }
  const hadIt = time === undefined || isAhead ? !isNewer : completed !== undefined;
  if (hadIt) return undefined;
  if (open !== undefined) return { code: 'run-unfinished', run: open };
  const isFailed = failed !== undefined && (time !== undefined || state.history.at(-1)?.runId === failed.runId);
  return isFailed ? { code: 'run-failed', run: failed } : { code: 'outside-window' };
}

function judgeRejected<M>(
  facts: RowFacts<M>,
  runs: RunsSince,
  delivered: DeliveryRecord | undefined,
): RowJudgement | undefined {
  const { made, compared, isDuplicate, past } = facts;
  if (made.rejection !== undefined) {
    const { code, reason, detail = reason } = made.rejection;
    return rejectedNow(facts, code, detail);
  }
  if (made.compared !== undefined && made.compared.key === undefined) {
    return rejectedNow(facts, 'KEY_NULL', 'A column of the key is NULL.');
  }
  if (isDuplicate) {
    const reason = 'Several rows of the query have this key and become different messages.';
    return rejectedNow(facts, 'DUPLICATE_KEY', reason);
  }
  if (compared !== undefined && !compared.wasRejected) return undefined;
  if (delivered?.outcome === 'delivered' && !made.isOneOfMany) return undefined;
  const letter = letterSince(facts, runs, delivered);
  const run = runs.completed ?? runs.open;
  if (letter !== undefined) {
    const { code, reason, runId, row } = letter;
    return { code: 'rejected', rejection: { code, reason, runId, row }, run: ofHistory(facts.state, runId) };
  }
  if (delivered?.outcome === 'rejected') {
    const { code = 'REJECTED', runId, row } = delivered;
    return { code: 'rejected', rejection: { code, reason: NOT_KEPT, runId, row }, run: ofHistory(facts.state, runId) };
  }
  if (compared?.wasRejected !== true) return undefined;
  const latest = [...past.rejected.values()].at(-1);
  const { code = 'REJECTED', reason = NOT_KEPT, runId, row } = latest ?? {};
  return { code: 'rejected', rejection: { code, reason, runId, row }, run };
}

/** What a run would reject now, and the last one that has. */
function rejectedNow<M>({ past, state }: RowFacts<M>, code: string, reason: string): RowJudgement {
  const letter = [...past.rejected.values()].findLast((each) => each.code === code);
  const run = letter && ofHistory(state, letter.runId);
  return { code: 'rejected', rejection: { code, reason, runId: letter?.runId, row: letter?.row }, run };
}

const NOT_KEPT = 'The reason stands in the dead letter, which could not be read.';

function ofHistory({ history }: SyncState, wanted: string | undefined): RunSpokenOf | undefined {
  return history.find(({ runId }) => runId === wanted);
}

/** The dead letter of the row as it is now: of the run that should have sent it, or of a later one. */
function letterSince<M>(
  { past, state, compared }: RowFacts<M>,
  { completed, open }: RunsSince,
  delivered: DeliveryRecord | undefined,
): DeadLetter<unknown> | undefined {
  if (delivered !== undefined) return past.rejected.get(delivered.runId);
  const letters = [...past.rejected.values()];
  // A snapshot that says so speaks of the row as it is now, whenever that was.
  if (compared?.wasRejected === true) return letters.at(-1);
  return letters.findLast(({ runId }) => {
    if (runId === open?.runId) return true;
    const isOfHistory = state.history.some((run) => run.runId === runId);
    if (completed === undefined) return !isOfHistory;
    return isOfHistory && !isBefore(state, runId, completed.runId);
  });
}

function judgeCompared<M>({ compared, past, state }: RowFacts<M>, { open }: RunsSince): RowJudgement | undefined {
  if (compared === undefined) return undefined;
  if (compared.is === 'skipped') return { code: 'skipped' };
  if (compared.is === 'unchanged') {
    return { code: 'unchanged', run: past.delivered && ofHistory(state, past.delivered.runId) };
  }
  return open === undefined ? { code: 'changed' } : { code: 'run-unfinished', run: open };
}

function judgeSent<M>(
  { state, hasDeliveries }: RowFacts<M>,
  { completed, failed, open }: RunsSince,
  delivered: DeliveryRecord | undefined,
): RowJudgement {
  if (delivered?.outcome === 'delivered') return { code: 'sent', run: ofHistory(state, delivered.runId) };
  if (delivered?.outcome === 'skipped') return { code: 'skipped', run: ofHistory(state, delivered.runId) };
  if (completed !== undefined) return { code: 'should-have-been-sent', run: completed };
  if (open !== undefined) return { code: 'run-unfinished', run: open };
  if (failed !== undefined && !hasDeliveries) return { code: 'run-failed', run: failed };
  return failed === undefined ? { code: 'should-have-been-sent' } : { code: 'run-failed', run: failed };
}
