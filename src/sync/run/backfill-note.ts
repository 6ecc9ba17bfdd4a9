import { randomUUID } from 'node:crypto';
import { backfillKey } from '../../state/record-keys.js';
import type { StoredState } from '../../state/state-store.js';
import type { StoredBackfill, StoredRun, SyncState } from '../../state/sync-state.js';
import { backfillForgotten, backfillNoted, emptyState } from '../../state/transitions.js';
import type { RunJournal } from '../journal/run-journal.js';
import { leaveInSnapshot } from '../changes/backfills-left.js';
import type { SyncContext } from '../options/sync-context.js';
import { isHeld } from '../record/lease-validity.js';
import type { RecordClient } from '../record/record-client.js';
import type { RunFrame } from './run-frame.js';
import { holdsState } from './run-kind.js';

/** The result of a query is kept for a day (Snowflake documentation, "Using persisted query results"): after two, a backfill has nothing to go on with. */
const KEPT_SECONDS = 2 * 86_400;

/** A backfill that is noted in the sync's record, and has one of its own. */
export interface BackfillNote {
  readonly runId: string;
  readonly record: RecordClient;
  /** That of the sync. */
  readonly lastSyncTime: number;
  /** Above all that runs and backfills of the sync had before. */
  readonly fencingToken: number;
}

/** What {@link noteBackfill} works with. */
export interface NoteParts<M> {
  readonly context: SyncContext<M>;
  readonly journal: RunJournal;
  /** Whether its calls hold state, so that an old value could end up over a newer one. */
  readonly holdsState: boolean;
}

/**
 * Finds the backfill of the same times that was cut off, or notes a new one. One whose calls hold state goes on only as
 * long as neither a run nor another backfill has sent anything since: its result has values that are older.
 *
 * @returns `undefined` when another process is busy with it
 * @throws StateError
 */
export async function noteBackfill<M>(
  { context, journal, holdsState }: NoteParts<M>,
  { from, to }: Pick<StoredBackfill, 'from' | 'to'>,
): Promise<BackfillNote | undefined> {
  const { record, settings, clock, identity } = context;
  const notedAt = Math.floor(clock.wall() / 1000);
  const sameTimes = (other: StoredBackfill): boolean => other.from === from && other.to === to;
  const state = (await record.read())?.value ?? emptyState();
  const afterRun = lastThatSent(state);
  let goesOn: StoredBackfill | undefined;
  for (const known of state.backfills ?? []) {
    const own = await ownRecord(context, known.runId).read();
    if (isHeld(own, identity)) {
      if (sameTimes(known)) return undefined;
      continue;
    }
    const isStale = !isKept(known, context);
    if (!sameTimes(known)) {
      // What this one sends is newer than what the other has left.
      if (isStale || (holdsState && own?.value.run !== undefined)) await forgetBackfill(context, known.runId);
      continue;
    }
    const why = isStale ? 'its result is no longer kept' : whyAnew(own, holdsState && known.afterRun !== afterRun);
    if (why === undefined) {
      goesOn = known;
      continue;
    }
    await forgetBackfill(context, known.runId);
    journal.warn('BACKFILL_RESTARTED', `A backfill of these times begins anew instead of going on: ${why}.`);
  }
  let noted = goesOn ?? { runId: randomUUID(), from, to, afterRun, notedAt };
  const { lastSyncTime, lastToken } = await record.change((current) => {
    // Another process may have noted the same meanwhile.
    noted = current.backfills?.find(sameTimes) ?? noted;
    return backfillNoted(current, noted);
  });
  const own = record.sibling(backfillKey(settings.name, noted.runId));
  return { runId: noted.runId, record: own, lastSyncTime, fencingToken: lastToken };
}

/** Whether a backfill may still go on, now or later. */
function isKept({ notedAt }: StoredBackfill, { clock }: Pick<SyncContext<never>, 'clock'>): boolean {
  return notedAt >= Math.floor(clock.wall() / 1000) - KEPT_SECONDS;
}

/** Forgets a backfill, and then its own record. @throws StateError */
export async function forgetBackfill<M>(context: SyncContext<M>, runId: string): Promise<void> {
  const own = ownRecord(context, runId);
  await leaveInSnapshot(context, (await own.read())?.value.run);
  await context.record.change((state) => backfillForgotten(state, runId));
  await own.remove();
}

/** Whether a backfill may have sent since a run was begun: then the result of the run has values that are older. */
export function isOvertaken<M>({ context, keeper }: RunFrame<M>, { runId, changes }: StoredRun): boolean {
  if (changes === undefined || changes.kind === 'seed' || !holdsState(context.settings.mapper.callType)) return false;
  const { snapshot, backfills = [] } = keeper.state;
  const levels = snapshot?.present.levels?.length ?? 0;
  return levels > changes.levels || backfills.some(({ afterRun }) => afterRun === runId);
}

/** Forgets backfills that nobody can go on with. @throws StateError */
export async function forgetStale<M>(context: SyncContext<M>, backfills: readonly StoredBackfill[]): Promise<void> {
  for (const backfill of backfills) {
    if (isKept(backfill, context)) continue;
    const own = await ownRecord(context, backfill.runId).read();
    if (!isHeld(own, context.identity)) await forgetBackfill(context, backfill.runId);
  }
}

function ownRecord<M>({ record, settings }: SyncContext<M>, runId: string): RecordClient {
  return record.sibling(backfillKey(settings.name, runId));
}

/** The last run that may have sent something: one that has a result, or had one. */
function lastThatSent({ run, history }: SyncState): string | undefined {
  if (run?.ref !== undefined) return run.runId;
  return history.findLast(({ counts }) => counts !== undefined)?.runId;
}

/** Why a backfill cannot go on where it was cut off. One that has no result yet begins with its own query. */
function whyAnew(own: StoredState | undefined, isOlder: boolean): string | undefined {
  if (own?.value.run !== undefined) {
    return isOlder ? 'a run of the sync has sent since, so that its result is older' : undefined;
  }
  return lastThatSent(own?.value ?? emptyState()) === undefined ? undefined : 'it had ended';
}
