import type { LaneKey } from '../mapping/row-mapper.js';
import type { Rejection, RetryLater } from './sink.js';

/** Why a message that a destination took is sent again. */
export const BEHIND_ANOTHER = 'stands behind a message of the same key that is sent again';

/** The keys of one message as a list. */
export function keysOf(key: LaneKey): readonly string[] {
  if (key === undefined) return [];
  return typeof key === 'string' ? [key] : key;
}

/**
 * What a sink asked to send again, and with it what stands behind it in the batch under the same key: the destination
 * may have taken that already, but the last message of a key has to arrive last.
 *
 * @param keys by place in the batch; without them any message may have the key of any other
 */
export function withFollowers(
  retry: readonly RetryLater[],
  rejected: readonly Rejection[],
  keys: readonly LaneKey[] | undefined,
  count = keys?.length ?? 0,
): readonly RetryLater[] {
  if (retry.length === 0) return retry;
  const asked = new Map(retry.map((entry) => [entry.index, entry]));
  const gone = new Set(rejected.map(({ index }) => index));
  const held = new Set<string>();
  const again: RetryLater[] = [];
  for (let index = Math.min(...asked.keys()); index < count; index += 1) {
    const own = keysOf(keys?.[index]);
    const entry = asked.get(index);
    const isBehind = keys === undefined ? again.length > 0 : own.some((key) => held.has(key));
    if (entry === undefined && (!isBehind || gone.has(index))) continue;
    again.push(entry ?? { index, reason: BEHIND_ANOTHER });
    for (const key of own) held.add(key);
  }
  return again;
}
