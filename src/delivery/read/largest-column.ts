import type { Column } from '../../source/source.js';

/** Names the column of a row that takes the most room, for a message that is too large; never its value. */
export function largestColumn(columns: readonly Column[], values: readonly unknown[]): string {
  let largest = { name: '', bytes: -1 };
  columns.forEach(({ name }, index) => {
    const bytes = sizeOf(values[index]);
    if (bytes > largest.bytes) largest = { name, bytes };
  });
  return largest.bytes < 0 ? '' : ` Its largest column is ${largest.name} (${largest.bytes} bytes).`;
}

/** About what a value takes in a message. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.byteLength * 2;
  if (typeof value !== 'object' || value === null) return 8;
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    return 8;
  }
}
