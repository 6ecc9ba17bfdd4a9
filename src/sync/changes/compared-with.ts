import type { KeepKeys } from '../../diff/level/end-run.js';
import { abandonedSnapshot, type SnapshotRef } from '../../state/snapshot-refs.js';
import type { SyncState } from '../../state/sync-state.js';
import type { SyncSettings } from '../options/sync-settings.js';

/** What a fresh query would be compared with: a run that has not ended would be given up for it. */
export function comparedWith({ snapshot, run }: SyncState): SnapshotRef | undefined {
  if (snapshot === undefined || run?.changes === undefined || run.changes.kind === 'seed') return snapshot?.present;
  const { level, removals, levels } = run.changes;
  return abandonedSnapshot(snapshot.present, [level, removals?.level], levels);
}

/** Which keys the snapshot of a run keeps. A seed keeps what it has seen: it takes the place of what was there. */
export function keptKeys<M>({ changes, query }: SyncSettings<M>, isSeed: boolean): KeepKeys {
  if (isSeed) return 'window';
  return changes?.keep ?? (query?.usesLastSyncTime === true ? 'window' : 'all');
}
