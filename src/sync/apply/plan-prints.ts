import { createHash } from 'node:crypto';
import { canonicalJson } from '../../diff/canonical/canonical-json.js';
import type { SyncState } from '../../state/sync-state.js';
import type { PlanToken } from '../options/plan-token.js';
import type { SyncContext } from '../options/sync-context.js';

function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(canonicalJson(value) ?? '')
    .digest('base64url')
    .slice(0, 22);
}

/** What decides which messages a result becomes. */
export function planFingerprints<M>({ fingerprints, settings }: SyncContext<M>): PlanToken['fingerprints'] {
  const { changes } = settings;
  if (changes === undefined) return fingerprints;
  const { mode, key, keep, ignore, removedFingerprint: removed, hasher } = changes;
  return { ...fingerprints, changes: digestOf({ mode, key, keep, ignore, removed, form: hasher.version }) };
}

/** The snapshot that a result is compared with. Its segments are named by key hashes, which stay here. */
export function snapshotPrint({ snapshot }: Pick<SyncState, 'snapshot'>): PlanToken['snapshot'] {
  if (snapshot === undefined) return undefined;
  const { manifest } = snapshot.present;
  return { ...(manifest !== undefined && { manifest }), digest: digestOf(snapshot.present) };
}

/** The id of the last completed run that the record remembers. */
export function lastCompletedRun({ history }: Pick<SyncState, 'history'>): string | undefined {
  return history.findLast(({ status }) => status === 'completed')?.runId;
}
