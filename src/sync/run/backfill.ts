import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { ConfigError } from '../../errors/errors.js';
import type { RateLimitOptions } from '../../delivery/write/rate-limiter.js';
import { deliveryShape } from '../../delivery/delivery-settings.js';
import { anAbortSignal } from '../../options/option-checks.js';
import { unixSeconds } from '../../options/unix-seconds.js';
import type { RunJournal } from '../journal/run-journal.js';
import type { RunReport } from '../journal/run-report.js';
import type { SyncContext } from '../options/sync-context.js';
import { forgetBackfill, noteBackfill, type BackfillNote } from './backfill-note.js';
import type { FrameEnd, Held } from './run-frame.js';
import { holdsState, type RunKind } from './run-kind.js';
import { runSync } from './run-sync.js';
import { snapshotGrown } from '../../state/transitions.js';
import { takeLease } from './take-lease.js';

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

/** Sends history again beside or instead of the sync's own runs. Never throws but for misuse. */
export async function backfill<M>(context: SyncContext<M>, options: BackfillOptions): Promise<RunReport> {
  const { settings, record } = context;
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
  const isState = holdsState(mapper.callType);
  const isBeside = concurrent || !isState;
  let note: BackfillNote | undefined;
  const hold = async (journal: RunJournal): Promise<Held | FrameEnd> => {
    if (!settings.enabled) return { status: 'skipped', reason: 'disabled' };
    const sync = isBeside ? undefined : await takeLease(context, record, signal);
    if (sync !== undefined && !('keeper' in sync)) return sync;
    const above = sync?.keeper;
    let held: Held | FrameEnd | undefined;
    try {
      note = await noteBackfill({ context, journal, holdsState: isState }, { from, to });
      if (note === undefined) return { status: 'skipped', reason: 'lease-held' };
      journal.lastSyncTime = { before: note.lastSyncTime, after: note.lastSyncTime };
      const signals = [signal, above?.signal].filter((each) => each !== undefined);
      const own = await takeLease(context, note.record, AbortSignal.any(signals));
      held = 'keeper' in own ? { keeper: own.keeper, above } : own;
      return held;
    } finally {
      // A lease that can't be given back expires.
      if (held === undefined || !('keeper' in held)) await above?.release().catch(() => undefined);
    }
  };
  const kind: RunKind = {
    name: 'backfill',
    lastSyncTime: () => from,
    lookbackSeconds: 0,
    syncTime: to,
    changes: settings.changes && 'resend',
  };
  const settingsOfRun = rateLimit === undefined ? settings : { ...settings, rateLimit };
  return runSync(
    { ...context, settings: settingsOfRun },
    {
      kind,
      hold,
      signal,
      fencingToken: () => note?.fencingToken,
      beforeCommit: async (own) => {
        const level = own.run?.changes?.level;
        if (level !== undefined) await record.change((state) => snapshotGrown(state, [level]));
      },
      // If the note cannot be removed now, the same backfill finds it when it is asked for again, and begins anew.
      onCompleted: async () => {
        if (note !== undefined) await forgetBackfill(context, note.runId).catch(() => undefined);
      },
    },
  );
}
