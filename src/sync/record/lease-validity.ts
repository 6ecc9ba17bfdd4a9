import type { StoredState } from '../../state/state-store.js';
import type { Lease } from '../../state/sync-state.js';
import type { ProcessIdentity } from './process-identity.js';

/** Part of the ttl after which a holder wants to be sure again. */
export const RENEW_AT = 1 / 3;
/** Part of the ttl after which a holder no longer believes in its lease; others may take it at 1. */
export const LOST_AT = 2 / 3;

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

/**
 * Whether others respect a lease, by the time that the store had when it was written, for about as long as its holder
 * believes in it. Holders reckon the store's time from the last one that they were told: that fails where the machine
 * was suspended since, or the store's clock was set.
 */
export function isWellReckoned({ value: { lease }, storeTime }: StoredState): boolean {
  if (lease === undefined) return true;
  const { expiresAt, ttlMs, shared } = lease;
  const lasts = expiresAt - storeTime;
  // Of a shared lease the longest promise counts, whoever made it.
  return lasts >= ttlMs * LOST_AT && (shared === true || lasts <= ttlMs * (2 - LOST_AT));
}
