import { createHash } from 'node:crypto';
import { unreadable } from './unreadable.js';

/*
 * Every object of a snapshot has this form, whatever it holds. Numbers are little-endian and without a sign.
 *
 *   offset      bytes  what
 *   0           8      the text "snowmelt"
 *   8           1      kind: 1 = segment, 2 = manifest
 *   9           1      version of the kind's form, from 1
 *   10          2      n, the length of the name
 *   12          4      b, the length of the body
 *   16          n      the object's own name in its store, in UTF-8: <snapshot id>/<fencing token>-<random>
 *   16 + n      b      the body, by kind
 *   16 + n + b  16     the first 16 bytes of the SHA-256 of all bytes before
 *
 * The first 16 bytes keep their form in later versions, so that a reader can always tell a later version from damage.
 */
const MAGIC = Buffer.from('snowmelt');
const HEAD_BYTES = 16;
const CHECKSUM_BYTES = 16;

const kinds = {
  segment: { code: 1, version: 1 },
  manifest: { code: 2, version: 1 },
} as const;

/** What an object of a snapshot holds. */
export type ObjectKind = keyof typeof kinds;

function checksum(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, CHECKSUM_BYTES);
}

/** The bytes of an object with this body, given in parts. */
export function sealObject(kind: ObjectKind, name: string, parts: readonly Uint8Array[]): Uint8Array {
  const nameBytes = Buffer.from(name);
  const bodyBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const sealed = Buffer.allocUnsafeSlow(HEAD_BYTES + nameBytes.length + bodyBytes + CHECKSUM_BYTES);
  MAGIC.copy(sealed);
  sealed.writeUInt8(kinds[kind].code, 8);
  sealed.writeUInt8(kinds[kind].version, 9);
  sealed.writeUInt16LE(nameBytes.length, 10);
  sealed.writeUInt32LE(bodyBytes, 12);
  let at = HEAD_BYTES;
  for (const part of [nameBytes, ...parts]) {
    sealed.set(part, at);
    at += part.length;
  }
  sealed.set(checksum(sealed.subarray(0, at)), at);
  return sealed;
}

/**
 * The body of an object, checked.
 *
 * @param name - the name it was asked for by
 * @param stored - what the store gave
 * @throws SnowmeltError `SNAPSHOT_UNREADABLE` that says what is wrong with it
 */
export function openObject(kind: ObjectKind, name: string, stored: Uint8Array | undefined): Uint8Array {
  if (stored === undefined) throw unreadable(name, 'it is missing');
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  if (bytes.length < HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw unreadable(name, 'it is not an object of a snapshot, or its beginning is damaged');
  }
  const version = bytes.readUInt8(9);
  if (version > kinds[kind].version) {
    const reason = `it has version ${version}, and this release of snowmelt knows version ${kinds[kind].version}`;
    throw unreadable(name, reason, 'Run the release of snowmelt that wrote it, or a later one.');
  }
  const nameBytes = bytes.readUInt16LE(10);
  const bodyBytes = bytes.readUInt32LE(12);
  const end = HEAD_BYTES + nameBytes + bodyBytes;
  if (bytes.length !== end + CHECKSUM_BYTES) {
    throw unreadable(
      name,
      `it has ${bytes.length} bytes instead of ${end + CHECKSUM_BYTES}: it was cut short or damaged`,
    );
  }
  if (!checksum(bytes.subarray(0, end)).equals(bytes.subarray(end))) {
    throw unreadable(name, 'its checksum does not fit: it is damaged');
  }
  const ownName = bytes.toString('utf8', HEAD_BYTES, HEAD_BYTES + nameBytes);
  if (ownName !== name) {
    const isOther = ownName.split('/')[0] !== name.split('/')[0];
    throw unreadable(
      name,
      `the store gave "${ownName}" in its place${isOther ? ', which is of another snapshot' : ''}`,
    );
  }
  if (bytes.readUInt8(8) !== kinds[kind].code) throw unreadable(name, `it is not a ${kind}`);
  if (version < 1) throw unreadable(name, 'it has no version');
  return bytes.subarray(HEAD_BYTES + nameBytes, end);
}
