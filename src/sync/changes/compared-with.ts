import { abandonedSnapshot, type SnapshotRef } from '../../state/snapshot-refs.js';
import type { SyncState } from '../../state/sync-state.js';

/** What a fresh query would be compared with: a run that has not ended would be given up for it. */
export function comparedWith({ snapshot, run }: SyncState): SnapshotRef | undefined {
  if (snapshot === undefined || run?.changes === undefined || run.changes.kind === 'seed') return snapshot?.present;
  return abandonedSnapshot(snapshot.present, [run.changes.level, run.changes.removals?.level]);
}
