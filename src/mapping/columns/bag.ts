import { createDecoder, type Decode } from '../values/decoder.js';
import type { LaidOutColumn } from './column-layout.js';
import type { JsonObject, JsonValue } from '../message.js';
import type { RowInfo } from '../row-mapper.js';

/** Builds the traits or properties of one row over a base object. */
export type BuildBag = (
  values: readonly unknown[],
  base: JsonObject | undefined,
  info: RowInfo,
) => Record<string, JsonValue>;

/** Sets an own property, also the one name that an assignment would take for the prototype. */
export function setOwn(target: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}

function copyBase(base: JsonObject, omit: boolean): Record<string, JsonValue> {
  const copy: Record<string, JsonValue> = { ...base };
  if (omit) for (const key of Object.keys(copy)) if (copy[key] === null) Reflect.deleteProperty(copy, key);
  return copy;
}

/** V8 keeps larger objects in its dictionary form, whose copies cost more than growing a new object (measured). */
const LARGEST_TEMPLATE = 16;

/** An object that has all keys already: a copy of it is faster to make and to serialise than one grown key by key. */
function templateOf(columns: readonly LaidOutColumn[], keys: readonly string[], incomplete: boolean): JsonObject {
  if (incomplete || keys.length > LARGEST_TEMPLATE || columns.some(({ column }) => column.type === 'native')) return {};
  return JSON.parse(JSON.stringify(Object.fromEntries(keys.map((key) => [key, null])))) as JsonObject;
}

/** Compiles the traits or properties of one result; missing values (`undefined`, in plain objects only) stay missing. */
export function compileBag(columns: readonly LaidOutColumn[], nulls: 'keep' | 'omit'): BuildBag {
  const keys = columns.map(({ key }) => key);
  const positions = columns.map(({ position }) => position);
  const decoders: readonly Decode[] = columns.map(({ column, decode }) => createDecoder(column, decode));
  const count = columns.length;
  const omit = nulls === 'omit';
  const special = keys.includes('__proto__');
  const template = templateOf(columns, keys, omit || special);
  return (values, base, info) => {
    const bag: Record<string, JsonValue> = base === undefined ? { ...template } : copyBase(base, omit);
    for (let index = 0; index < count; index += 1) {
      const value = values[positions[index] as number];
      if (value === undefined) continue;
      const decoded = value === null ? null : (decoders[index] as Decode)(value, info);
      const key = keys[index] as string;
      if (decoded === null && omit) {
        // The column says that there is nothing: the base must not say otherwise.
        if (base !== undefined) Reflect.deleteProperty(bag, key);
      } else if (special) setOwn(bag, key, decoded);
      else bag[key] = decoded;
    }
    return bag;
  };
}
