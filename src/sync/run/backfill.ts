import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { ConfigError } from '../../errors/errors.js';
import type { RateLimitOptions } from '../../delivery/write/rate-limiter.js';
import { deliveryShape } from '../../delivery/delivery-settings.js';
import { anAbortSignal } from '../../options/option-checks.js';
import type { RunSummary, StoredBackfill, SyncState } from '../../state/sync-state.js';
import { endError } from './end-run.js';
import type { LeaseKeeper } from '../record/lease-keeper.js';
import { RunJournal } from '../journal/run-journal.js';
import type { RunPlan } from './run-kind.js';
import type { RunReport } from '../journal/run-report.js';
import { runSync, takeLease } from './run-sync.js';
import { emptyState } from '../options/sync-context.js';
import type { SyncContext } from '../options/sync-context.js';
import { isConflict, type RecordClient } from '../record/record-client.js';
import { unixSeconds } from '../../options/unix-seconds.js';

/** Options of `Sync.backfill`. */
export interface BackfillOptions {
  /** `{{last_sync_time}}` of the backfill: Unix seconds or a date; 0 for everything. */
  readonly from: number | Date;
  /** `{{sync_time}}`, which the query then has to have. @default the start of the backfill */
  readonly to?: number | Date | undefined;
  /**
   * Lets the sync itself run beside a backfill of identify, group, alias or custom calls: an old value may then
   * overwrite a newer one.
   *
   * @default false
   */
  readonly concurrent?: boolean | undefined;
  /** Replaces the sync's own, to leave the destination's capacity to live runs. */
  readonly rateLimit?: RateLimitOptions | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

const shape = {
  from: unixSeconds,
  to: unixSeconds.optional(),
  concurrent: z.boolean().default(false),
  rateLimit: deliveryShape.rateLimit.unwrap().optional(),
  signal: anAbortSignal.optional(),
};

const EVENTS: ReadonlySet<string> = new Set(['track', 'page', 'screen']);

/** Sends history again beside or instead of the sync's own runs. Never throws but for misuse. */
export async function backfill<M>(context: SyncContext<M>, options: BackfillOptions): Promise<RunReport> {
  const { settings, emitter, clock, record } = context;
  const { query, mapper, name } = settings;
  const checked = checkOptions(`Sync "${name}".backfill()`, shape, options);
  const { from, to, signal, concurrent, rateLimit } = checked;
  if (to !== undefined && query?.usesSyncTime !== true) {
    throw new ConfigError('CONFIG_INVALID', `Sync "${name}": backfill({ to }) needs {{sync_time}} in the query.`, {
      hint: 'Add the upper end to the query: … AND updated_at < {{sync_time}}.',
    });
  }
  if (to !== undefined && to < from) {
    throw new ConfigError('CONFIG_INVALID', `Sync "${name}": backfill ends (${to}) before it begins (${from}).`, {
      hint: 'Pass a `to` after `from`.',
    });
  }
  const journal = new RunJournal(name, emitter, clock, settings.logger);
  if (!settings.enabled) return journal.end('skipped', { skipReason: 'disabled' });
  let keeper: LeaseKeeper | undefined;
  // What the backfill came to stands by then; a lease that can't be given back expires.
  const release = async (): Promise<void> => keeper?.release().catch(() => undefined);
  try {
    const isBeside = concurrent || EVENTS.has(mapper.callType);
    keeper = isBeside ? undefined : await takeLease(context, record, signal);
    if (!isBeside && keeper === undefined) return journal.end('skipped', { skipReason: 'lease-held' });
    const { entry, reportedSyncTime } = await register(context, { runId: randomUUID(), from, to });
    const own = record.sibling(`${name}/${entry.runId}`);
    const plan: RunPlan = {
      kind: 'backfill',
      lastSyncTime: () => from,
      lookbackSeconds: 0,
      syncTime: to,
      reportedSyncTime,
      commit: (state) => state,
    };
    const settingsOfRun = rateLimit === undefined ? settings : { ...settings, rateLimit };
    // One that ended, but was cut off before that was noted, is not sent again.
    const ended = await completedRun(own);
    if (ended !== undefined) {
      await forget(context, own, entry);
      await release();
      journal.runId = ended.runId;
      if (ended.counts !== undefined) journal.counts = ended.counts;
      journal.lastSyncTime = { before: reportedSyncTime, after: reportedSyncTime };
      return journal.end('completed');
    }
    const stop = keeper === undefined ? signal : AbortSignal.any(signal ? [signal, keeper.signal] : [keeper.signal]);
    // Beside the sync a backfill is held by its own record alone, and so is its token.
    const fencingToken = keeper?.state.fencingToken;
    const toDo = { plan, record: own, signal: stop, fencingToken };
    const report = await runSync({ ...context, settings: settingsOfRun }, toDo);
    // A note that stays is found, and its backfill not sent again.
    if (report.status === 'completed') await forget(context, own, entry).catch(() => undefined);
    await release();
    return report;
  } catch (caught) {
    const error = endError(caught, keeper, signal);
    await release();
    const isAborted = error.code === 'ABORTED';
    return journal.end(isAborted ? 'aborted' : 'failed', { error });
  }
}

/** Finds the backfill of the same times that was cut off, or notes a new one. */
async function register<M>(
  context: SyncContext<M>,
  wanted: StoredBackfill,
): Promise<{ entry: StoredBackfill; reportedSyncTime: number }> {
  let entry = wanted;
  let reportedSyncTime = 0;
  await change(context, (state) => {
    const known = state.backfills?.find(({ from, to }) => from === wanted.from && to === wanted.to);
    entry = known ?? wanted;
    reportedSyncTime = state.lastSyncTime;
    return known === undefined ? { ...state, backfills: [...(state.backfills ?? []), wanted] } : state;
  });
  return { entry, reportedSyncTime };
}

/** How the backfill of a record ended, if it did. */
async function completedRun(own: RecordClient): Promise<RunSummary | undefined> {
  const state = (await own.read())?.value;
  const last = state?.run === undefined ? state?.history.at(-1) : undefined;
  return last?.status === 'completed' ? last : undefined;
}

/** The note goes first: without its record, a backfill that is noted would begin anew. */
async function forget<M>(context: SyncContext<M>, own: RecordClient, { runId }: StoredBackfill): Promise<void> {
  await change(context, (state) => ({
    ...state,
    backfills: state.backfills?.filter((other) => other.runId !== runId),
  }));
  await own.remove();
}

/** Changes the sync's own record beside whoever holds its lease; holders re-read after such a change. */
async function change<M>({ record }: SyncContext<M>, make: (state: SyncState) => SyncState): Promise<void> {
  for (;;) {
    const stored = await record.read();
    try {
      await record.write(stored, make(stored?.value ?? emptyState()));
      return;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}
