import type { StoredRun, SyncState } from '../../../state/sync-state.js';

/** A record that holds little more than a time. */
export function state(lastSyncTime: number, rest: Partial<SyncState> = {}): SyncState {
  return { schema: 3, lastSyncTime, fencingToken: 0, lastToken: 0, history: [], ...rest };
}

/** A run with a checkpoint, and with text that a wrong encoding would spoil. */
export const openRun: StoredRun = {
  runId: 'r1',
  lastSyncTime: 0,
  startedAt: 1_700_000_000,
  ref: { queryId: '01b', rowCount: 5, columnsHash: 'h', check: { row: 2, hash: 'x' } },
  settled: [{ from: 0, to: 3, counts: { read: 3, delivered: 2, rejected: 1, skipped: 0, messages: 2 } }],
  claimed: [{ from: 3, to: 5 }],
  queryFingerprint: 'q',
  mapperFingerprint: 'm "quoted" \\ 数据 💥',
};

/** Changes a record where it stands, as a caller may. */
export function spoil(record: SyncState): void {
  record.lastSyncTime = 99;
}

/** A record with everything. */
export const full = state(1_700_000_000, {
  fencingToken: 7,
  lastToken: 8,
  lease: { holder: 'a.1', host: 'höst', pid: 4, processStart: '123', expiresAt: 1_700_000_000_123.5, ttlMs: 60_000 },
  run: openRun,
  queryFingerprint: 'q',
  history: [{ runId: 'r0', startedAt: 1, status: 'failed', reason: 'SINK_FAILED' }],
});
