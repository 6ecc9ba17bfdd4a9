import type { StoredState } from '../../state/state-store.js';
import type { Lease } from '../../state/sync-state.js';
import type { ProcessIdentity } from './process-identity.js';

/** Whether somebody holds the lease of a record. */
export function isHeld(stored: StoredState | undefined, identity: ProcessIdentity): boolean {
  const lease = stored?.value.lease;
  return lease !== undefined && isLive(lease, stored?.storeTime ?? 0) && !identity.isDead(lease);
}

/**
 * Whether a lease counts. One that would last twice its time was written before the store's clock was set back, or by
 * another clock; its holder, if there is one, is fenced off like any other.
 */
function isLive({ expiresAt, ttlMs }: Lease, storeTime: number): boolean {
  return storeTime < expiresAt && expiresAt - storeTime <= 2 * ttlMs;
}
