import { compareKeys, hexOf16, KEY_BYTES } from '../segment/compare-keys.js';
import type { Snapshot } from '../snapshot/open-snapshot.js';
import type { ReadPlace } from './level-cursor.js';
import { SnapshotCursor } from './snapshot-cursor.js';

/**
 * Finds what a snapshot says of one key, by the few segments that may have it.
 *
 * @returns a cursor at its entry; `undefined` when there is none
 * @throws SnowmeltError `SNAPSHOT_UNREADABLE`
 */
export async function findEntry(
  place: ReadPlace,
  { levels }: Snapshot,
  key: Uint8Array,
): Promise<SnapshotCursor | undefined> {
  const hex = hexOf16(key, 0);
  const around = levels.map((level) => ({
    ...level,
    segments: level.segments.filter(({ first, last }) => first <= hex && hex <= last),
  }));
  const cursor = new SnapshotCursor(place, around, { after: before(key) });
  const has = await cursor.next();
  return has && compareKeys(cursor.keys, cursor.keyAt, key, 0) === 0 ? cursor : undefined;
}

/** The key right in front of a key; `undefined` where that is the first one. */
function before(key: Uint8Array): Uint8Array | undefined {
  const result = Uint8Array.from(key.subarray(0, KEY_BYTES));
  for (let at = KEY_BYTES - 1; at >= 0; at -= 1) {
    const byte = result[at] as number;
    result[at] = byte === 0 ? 255 : byte - 1;
    if (byte !== 0) return result;
  }
  return undefined;
}
