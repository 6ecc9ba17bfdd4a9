import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import type { SnapshotStore } from '../../../diff/stores/snapshot-store.js';
import { held, same } from '../rule.js';
import { shown } from '../shown.js';

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

/** Holds a store to having exactly these bytes under a name. */
export async function holds(store: SnapshotStore, name: string, expected: Uint8Array, what: string): Promise<void> {
  const found: unknown = await store.get(name);
  held(found !== undefined, `of ${what} get gave undefined`);
  held(types.isUint8Array(found), `of ${what} get gave no Uint8Array`);
  // Not compared in depth: a runner would print megabytes.
  const at = found.findIndex((byte, index) => byte !== expected[index]);
  held(
    Buffer.from(found).equals(expected),
    `of ${what} get gave ${found.length} bytes instead of ${expected.length}${at < 0 ? '' : `, and another one at ${at}`}`,
  );
}

/** Holds a store to having no object of this name. */
export async function holdsNone(store: SnapshotStore, name: string, when: string): Promise<void> {
  const found = await store.get(name);
  held(found === undefined, `${when} get gave ${shown(found)} instead of undefined`);
}

/** Holds a store to listing exactly these names, in any order. */
export async function lists(
  store: SnapshotStore,
  prefix: string,
  names: readonly string[],
  when: string,
): Promise<void> {
  same([...(await store.list(prefix))].sort(), [...names].sort(), `${when} list('${prefix}') gave`);
}
