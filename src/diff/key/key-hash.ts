import { createHash } from 'node:crypto';
import { kindOf, rowError } from '../../mapping/row-error.js';
import type { Key } from './check-key.js';

const KEY_BYTES = 16;

/**
 * The hash that {@link keyStatement} has Snowflake compute, from the wire values of a row.
 *
 * @returns `undefined` when a column of the key is NULL
 * @throws MappingError `MAPPING_ROW` for a value that is none of its column's type
 */
export function keyHash({ parts }: Key, values: readonly unknown[], row = 0): Buffer | undefined {
  const hash = createHash('sha256');
  for (const { column, form, position } of parts) {
    const value = values[position];
    if (value === null || value === undefined) return undefined;
    const text = typeof value === 'string' ? form.text(value) : undefined;
    if (text === undefined) {
      throw rowError(row, { column: column.name, expected: 'a value of a key', found: kindOf(value) });
    }
    hash.update(`${form.letter}${Buffer.byteLength(text)}:`).update(text);
  }
  return hash.digest().subarray(0, KEY_BYTES);
}
