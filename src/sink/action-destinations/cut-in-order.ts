import type { LaneKey } from '../../mapping/row-mapper.js';
import { keysOf } from '../followers.js';

/**
 * Cuts a batch into requests that are sent one after the other: a message joins an earlier request of its kind only
 * where it overtakes no message of its own lane key.
 *
 * @param kinds what the messages of one request have in common, by place
 * @param keys lane keys by place; without them any message may have the key of any other
 */
export function cutInOrder(
  kinds: readonly string[],
  keys: readonly LaneKey[] | undefined,
  size: number,
): readonly (readonly number[])[] {
  const parts: number[][] = [];
  /** Number of the last request that holds a message of a key. */
  const lastOfKey = new Map<string, number>();
  /** Number of the last request of a kind. */
  const lastOfKind = new Map<string, number>();
  for (const [place, kind] of kinds.entries()) {
    const own = keysOf(keys?.[place]);
    const earliest =
      keys === undefined ? parts.length - 1 : Math.max(-1, ...own.map((key) => lastOfKey.get(key) ?? -1));
    let number = lastOfKind.get(kind) ?? -1;
    const open = parts[number];
    if (open === undefined || number < earliest || open.length >= size) {
      number = parts.push([place]) - 1;
      lastOfKind.set(kind, number);
    } else open.push(place);
    for (const key of own) lastOfKey.set(key, number);
  }
  return parts;
}
