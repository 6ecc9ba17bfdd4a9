import type { KeepKeys } from '../../diff/level/end-run.js';
import type { SyncSettings } from '../options/sync-settings.js';

/** Which keys the snapshot of a run keeps. A seed keeps what it has seen: it takes the place of what was there. */
export function keptKeys<M>({ changes, query }: SyncSettings<M>, isSeed: boolean): KeepKeys {
  if (isSeed) return 'window';
  return changes?.keep ?? (query?.usesLastSyncTime === true ? 'window' : 'all');
}
