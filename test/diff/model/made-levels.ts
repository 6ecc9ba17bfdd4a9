import { SegmentWriter } from '../../../src/diff/level/segment-writer.js';
import { SnapshotCursor, type CursorOptions } from '../../../src/diff/merge/snapshot-cursor.js';
import { hexOf16 } from '../../../src/diff/segment/compare-keys.js';
import { ACCEPTED, GONE } from '../../../src/diff/segment/flags.js';
import type { Level } from '../../../src/diff/snapshot/manifest.js';
import { newSnapshotId, type SnapshotPlace } from '../../../src/diff/snapshot/place.js';
import { MemorySnapshotStore } from '../../../src/diff/stores/memory-snapshot-store.js';

/** An entry whose key is a number: in the order of numbers. */
export interface MadeEntry {
  readonly key: number;
  /** A number that stands for the hash. @default 1 */
  readonly hash?: number | undefined;
  /** @default accepted */
  readonly flags?: number | undefined;
  readonly text?: string | undefined;
}

/** The 16 bytes of a key or hash that a number stands for. */
export function bytes16(number: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(4, number);
  return bytes;
}

/** The number of {@link bytes16}. */
export function numberOf(bytes: Uint8Array, at = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(4);
}

/** A place in memory, with segments of nine entries or so. */
export function madePlace(change: Partial<SnapshotPlace> = {}): SnapshotPlace {
  return { id: newSnapshotId(), token: 1, segmentBytes: 300, ...change, store: new MemorySnapshotStore() };
}

/** Writes entries as a level. */
export async function madeLevel(
  place: SnapshotPlace,
  entries: readonly MadeEntry[],
  abandoned = false,
): Promise<Level> {
  const writer = new SegmentWriter(place);
  let accepted = 0;
  for (const { key, hash = 1, flags = ACCEPTED, text } of entries) {
    const textBytes = text === undefined ? undefined : new TextEncoder().encode(text);
    writer.add(bytes16(key), 0, bytes16(hash), 0, flags, textBytes);
    accepted += (flags & GONE) !== 0 ? -1 : (flags & ACCEPTED) !== 0 ? 1 : 0;
    if (writer.isFull) await writer.flush();
  }
  return { segments: await writer.finish(), accepted, abandoned };
}

/** What a cursor shows, as `key=hash` with the flags where they are not just `ACCEPTED`, and the text. */
export async function shown(
  place: SnapshotPlace,
  levels: readonly Level[],
  options?: CursorOptions,
): Promise<string[]> {
  const cursor = new SnapshotCursor(place, levels, options);
  const entries: string[] = [];
  while (await cursor.next()) {
    const flags = cursor.flags === ACCEPTED ? '' : ` ${cursor.flags}`;
    const text = cursor.text === undefined ? '' : ` ${new TextDecoder().decode(cursor.text)}`;
    const hash = numberOf(cursor.hashes, cursor.hashAt);
    entries.push(`${numberOf(cursor.keys, cursor.keyAt)}=${hash}${flags}${text}`);
  }
  return entries;
}

/** Keys from one number to another, that one not included. */
export function keysFrom(from: number, to: number, step = 1): MadeEntry[] {
  const entries: MadeEntry[] = [];
  for (let key = from; key < to; key += step) entries.push({ key });
  return entries;
}

/** The key of a number, in hexadecimal digits. */
export function hexOf(key: number): string {
  return hexOf16(bytes16(key), 0);
}
