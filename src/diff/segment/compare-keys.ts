/** Bytes of a key: the first 16 of a SHA-256 over the key columns. */
export const KEY_BYTES = 16;
/** Bytes of a message hash. */
export const HASH_BYTES = 16;

/** Negative, zero or positive, as the first key stands before, at or behind the second. Each begins at its offset. */
export function compareKeys(one: Uint8Array, oneAt: number, other: Uint8Array, otherAt: number): number {
  for (let i = 0; i < KEY_BYTES; i++) {
    const difference = (one[oneAt + i] as number) - (other[otherAt + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether the 16 bytes at both offsets are the same: keys or message hashes. */
export function isSame16(one: Uint8Array, oneAt: number, other: Uint8Array, otherAt: number): boolean {
  return compareKeys(one, oneAt, other, otherAt) === 0;
}

/** Copies the 16 bytes at an offset: for so few, a loop is faster than `set` of a view. */
export function copy16(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number): void {
  for (let i = 0; i < KEY_BYTES; i++) to[toAt + i] = from[fromAt + i] as number;
}

/** The 16 bytes at an offset as 32 hexadecimal digits: their order is the order of the keys. */
export function hexOf16(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, KEY_BYTES).toString('hex');
}

/** The key that {@link hexOf16} wrote. */
export function keyOfHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
