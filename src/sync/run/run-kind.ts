import type { SyncState } from '../../state/sync-state.js';
import type { PlannedRun } from '../apply/planned-run.js';

/** In what a run of the sync and a backfill differ. */
export interface RunKind {
  readonly name: 'run' | 'backfill';
  /** `{{last_sync_time}}` before the lookback, Unix seconds. */
  readonly lastSyncTime: (state: SyncState) => number;
  readonly lookbackSeconds: number;
  /** `{{sync_time}}`; default the start of the run. */
  readonly syncTime?: number | undefined;
  /** Of a sync with `changes`: everything counts as sent, or everything is sent. @default only what changed is sent */
  readonly changes?: 'seed' | 'resend' | undefined;
  /** How many removals are let go that would be held. @default what the guards allow */
  readonly upTo?: number | undefined;
  /** What is applied instead of a result of its own. */
  readonly plan?: PlannedRun | undefined;
}

/** A run of the sync itself: completing it moves `last_sync_time`. */
export function incrementalRun(lookbackSeconds: number, how: Pick<RunKind, 'changes' | 'upTo' | 'plan'> = {}): RunKind {
  return { name: 'run', lastSyncTime: (state) => state.lastSyncTime, lookbackSeconds, ...how };
}

const EVENTS: ReadonlySet<unknown> = new Set(['track', 'page', 'screen']);

/** Whether calls of this type set values, so that an old one could end up over a newer one. Of a host's own nobody knows. */
export function holdsState(callType: unknown): boolean {
  return !EVENTS.has(callType);
}
