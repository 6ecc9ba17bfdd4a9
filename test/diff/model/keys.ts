import { createHash } from 'node:crypto';

function sha16(text: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(text).digest().subarray(0, 16));
}

const keys = new Map<string, Uint8Array>();

/** The key of a text, as a hash of it; the order of keys is not that of the texts. */
export function keyOfText(text: string): Uint8Array {
  let key = keys.get(text);
  if (key === undefined) keys.set(text, (key = sha16(text)));
  return key;
}

/** The hash of a message. */
export function hashOfMessage(message: string): Uint8Array {
  return sha16(`message ${message}`);
}

/** Rows in the order of their keys, those without one last. */
export function inKeyOrder<R extends { readonly key: string | undefined }>(rows: readonly R[]): R[] {
  const hex = ({ key }: R): string => (key === undefined ? 'z' : Buffer.from(keyOfText(key)).toString('hex'));
  return [...rows].sort((one, other) => (hex(one) < hex(other) ? -1 : hex(one) > hex(other) ? 1 : 0));
}
