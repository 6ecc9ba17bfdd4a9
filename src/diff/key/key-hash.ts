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
  const texts: KeyTextPart[] = [];
  for (const { column, form, position } of parts) {
    const value = values[position];
    if (value === null || value === undefined) return undefined;
    const text = typeof value === 'string' ? form.text(value) : undefined;
    if (text === undefined) {
      throw rowError(row, { column: column.name, expected: 'a value of a key', found: kindOf(value) });
    }
    texts.push({ letter: form.letter, text });
  }
  return hashOfTexts(texts);
}

/** The text of one column of a key, with the letter of its form. */
export interface KeyTextPart {
  readonly letter: string;
  readonly text: string;
}

/** The hash of a key from the texts of its columns, in the key's order. */
export function hashOfTexts(parts: readonly KeyTextPart[]): Buffer {
  const hash = createHash('sha256');
  for (const { letter, text } of parts) hash.update(`${letter}${Buffer.byteLength(text)}:`).update(text);
  return hash.digest().subarray(0, KEY_BYTES);
}
