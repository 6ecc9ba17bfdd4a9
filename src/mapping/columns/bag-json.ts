import type { LaidOutColumn } from './column-layout.js';
import { createJsonEncoder, type JsonForm } from '../values/json-encoder.js';

/** A trait or property: a column, or the category that a page's properties have besides. */
export type BagEntry = LaidOutColumn | 'category';

/** The name of a trait or property. */
export function keyOf(entry: BagEntry): string {
  return entry === 'category' ? entry : entry.key;
}

/**
 * The traits or properties of a row without their braces; `undefined` when the row has to go the longer way.
 *
 * @param category as JSON text
 */
export type BagToJson = (
  values: readonly unknown[],
  encoded: (string | undefined)[],
  category: string | undefined,
) => string | undefined;

/** Compiles {@link BagToJson} for these entries in this order. */
export function compileBagJson(entries: readonly BagEntry[], omit: boolean, form: JsonForm): BagToJson {
  const count = entries.length;
  const positions = entries.map((entry) => (entry === 'category' ? -1 : entry.position));
  const encoders = entries.map((entry) =>
    entry === 'category' ? undefined : createJsonEncoder(entry.column, entry.decode, form),
  );
  const first = entries.map((entry) => `${JSON.stringify(keyOf(entry))}:`);
  const later = first.map((prefix) => `,${prefix}`);
  return (values, encoded, category) => {
    let text = '';
    for (let index = 0; index < count; index += 1) {
      const position = positions[index] as number;
      let json: string | undefined = 'null';
      if (position < 0) {
        if (category === undefined) continue;
        json = category;
      } else {
        const value = values[position];
        if (value !== null) {
          if (typeof value !== 'string') return undefined;
          json = (encoders[index] as (text: string) => string | undefined)(value);
          if (json === undefined) return undefined;
        }
        encoded[position] = json;
        if (omit && json === 'null') continue;
      }
      text += ((text === '' ? first : later)[index] as string) + json;
    }
    return text;
  };
}
