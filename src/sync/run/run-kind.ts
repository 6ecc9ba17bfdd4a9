import type { StoredRun, SyncState } from '../../state/sync-state.js';

/** In what a run of the sync and a backfill differ. */
export interface RunPlan {
  readonly kind: 'run' | 'backfill';
  /** `{{last_sync_time}}` before the lookback, Unix seconds. */
  readonly lastSyncTime: (state: SyncState) => number;
  readonly lookbackSeconds: number;
  /** `{{sync_time}}`; default the start of the run. */
  readonly syncTime?: number | undefined;
  /** The sync's `last_sync_time`, where the record has another. */
  readonly reportedSyncTime?: number | undefined;
  /** What completing the run does to the record. */
  readonly commit: (state: SyncState, run: StoredRun) => SyncState;
}

/** A run of the sync itself: completing it moves `last_sync_time`. */
export function incrementalPlan(lookbackSeconds: number): RunPlan {
  return {
    kind: 'run',
    lastSyncTime: (state) => state.lastSyncTime,
    lookbackSeconds,
    commit: (state, run) => ({
      ...state,
      lastSyncTime: run.startedAt,
      queryFingerprint: run.queryFingerprint,
      mapperFingerprint: run.mapperFingerprint,
    }),
  };
}
