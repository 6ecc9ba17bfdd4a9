import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import type { SnapshotStore } from '../../../diff/stores/snapshot-store.js';

/** A text as bytes. */
export const bytes = (text: string): Uint8Array => Buffer.from(text);
/** So many bytes of one value. */
export const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

/** What text, JSON, base64 and compression would change. */
export const delicate: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ['every byte', Uint8Array.from({ length: 512 }, (_, index) => index % 256)],
  ['no byte', new Uint8Array(0)],
  ['one byte of zero', Uint8Array.of(0)],
  ['zeros at both ends', Uint8Array.of(0, 0, 1, 0, 0)],
  ['bytes that are no UTF-8', Uint8Array.of(0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80)],
  ['line ends', bytes('a\r\nb\n\r')],
  ['a text like JSON', bytes('{"a": 1}')],
  ['a text like null', bytes('null')],
  ['a text like a number', bytes('0010')],
  ['a text like base64', bytes('base64:AAAA')],
  ['a text like hex', bytes('\\x0102')],
  ['a text with a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)],
];

/** Asserts that an object has exactly these bytes. */
export async function assertHolds(
  store: SnapshotStore,
  name: string,
  expected: Uint8Array,
  what: string,
): Promise<void> {
  const found: unknown = await store.get(name);
  assert.ok(found !== undefined, `${what}: get gave undefined`);
  assert.ok(types.isUint8Array(found), `${what}: get gave no Uint8Array`);
  // Not deepEqual: it would print megabytes.
  assert.ok(
    Buffer.from(found).equals(expected),
    `${what}: get gave other bytes (${found.length}, not ${expected.length})`,
  );
}
