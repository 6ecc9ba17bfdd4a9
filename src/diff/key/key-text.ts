import * as z from 'zod';
import { kindOf, rowError } from '../../mapping/row-error.js';
import { canonicalDecimal } from '../../mapping/values/canonical-decimal.js';
import type { Key, KeyPart } from './check-key.js';

/** A value of a key: as a mapper gets it, but a whole number beyond 2^53 as text, because it is an id. */
export type KeyValue = string | number | boolean;

/** The values of a key by the names in the option `key`. */
export type KeyValues = Readonly<Record<string, KeyValue>>;

const storedKey = z.array(z.union([z.string(), z.number(), z.boolean()]));

function valueOf({ column, decode }: KeyPart, wire: unknown, row: number): KeyValue {
  const value = decode(wire, { row });
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return canonicalDecimal(String(wire)) ?? String(wire);
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw rowError(row, { column: column.name, expected: 'a value of a key', found: kindOf(value) });
}

/**
 * The values of a row's key as one text, from which they come back: a JSON array in the key's order.
 *
 * @returns `undefined` when a column of the key is NULL
 * @throws MappingError `MAPPING_ROW` for a value that is none of its column's type
 */
export function encodeKeyText({ parts }: Key, values: readonly unknown[], row = 0): string | undefined {
  const found: KeyValue[] = [];
  for (const part of parts) {
    const wire = values[part.position];
    if (wire === null || wire === undefined) return undefined;
    found.push(valueOf(part, wire, row));
  }
  return JSON.stringify(found);
}

/**
 * The values that {@link encodeKeyText} put into a text, by name.
 *
 * @returns `undefined` for a text that is no key of these names
 */
export function decodeKeyText(names: readonly string[], text: string): KeyValues | undefined {
  let found: readonly KeyValue[];
  try {
    found = storedKey.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
  if (found.length !== names.length) return undefined;
  // Object.fromEntries defines, so that a column may be named __proto__.
  return Object.fromEntries(
    names.flatMap((name, index) => found.slice(index, index + 1).map((value) => [name, value])),
  );
}
