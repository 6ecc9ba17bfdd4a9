import { compareKeys, HASH_BYTES, KEY_BYTES } from './compare-keys.js';
import { openObject } from './stored-object.js';
import { unreadable } from './unreadable.js';

/*
 * The body of a segment, version 1: entries in the order of their keys, no key twice, in columns of fixed width, so that
 * an entry is found by halving without decoding the others. Numbers are little-endian and without a sign.
 *
 *   offset   bytes      what
 *   0        4          n, the number of entries
 *   4        1          1 when key texts follow, else 0
 *   5        3          zero
 *   8        16 n       keys
 *   8 + 16n  16 n       message hashes
 *   8 + 32n  n          flags, see flags.ts; other bits are zero
 *   then, when key texts follow:
 *            4 (n + 1)  where the text of each entry begins in the bytes behind, and where the last one ends
 *            the rest   key texts, one behind the other; one of no bytes stands for an entry without a text. In UTF-8,
 *                       or as the `secret` of the sync has encrypted it.
 *
 * A tombstone has a hash of zeros.
 */

/** Bytes in front of the columns. */
export const SEGMENT_HEAD_BYTES = 8;

/** A segment of a snapshot, read. Its columns are views of the stored bytes: never written to. */
export interface Segment {
  readonly count: number;
  readonly keys: Uint8Array;
  readonly hashes: Uint8Array;
  readonly flags: Uint8Array;
  /** The key text of an entry, as it was stored. */
  readonly textOf: (index: number) => Uint8Array | undefined;
}

const noText = (): undefined => undefined;

/**
 * Reads a segment.
 *
 * @param name - the name it was asked for by
 * @param stored - what the store gave
 * @throws SnowmeltError `SNAPSHOT_UNREADABLE`
 */
export function readSegment(name: string, stored: Uint8Array | undefined): Segment {
  const body = openObject('segment', name, stored);
  const damaged = (): Error => unreadable(name, 'its columns do not add up to its length');
  if (body.length < SEGMENT_HEAD_BYTES) throw damaged();
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const count = view.getUint32(0, true);
  const hashesAt = SEGMENT_HEAD_BYTES + count * KEY_BYTES;
  const flagsAt = hashesAt + count * HASH_BYTES;
  const textsAt = flagsAt + count;
  const columns = {
    count,
    keys: body.subarray(SEGMENT_HEAD_BYTES, hashesAt),
    hashes: body.subarray(hashesAt, flagsAt),
    flags: body.subarray(flagsAt, textsAt),
  };
  if (view.getUint8(4) === 0) {
    if (body.length !== textsAt) throw damaged();
    return { ...columns, textOf: noText };
  }
  const bytesAt = textsAt + 4 * (count + 1);
  if (body.length < bytesAt || body.length !== bytesAt + view.getUint32(bytesAt - 4, true)) throw damaged();
  const textOf = (index: number): Uint8Array | undefined => {
    const at = textsAt + 4 * index;
    const [from, to] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    return from === to ? undefined : body.subarray(bytesAt + from, bytesAt + to);
  };
  return { ...columns, textOf };
}

/** The index of the first entry behind `key`, found by halving. */
export function indexBehind(segment: Segment, key: Uint8Array): number {
  let [low, high] = [0, segment.count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(segment.keys, middle * KEY_BYTES, key, 0) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
