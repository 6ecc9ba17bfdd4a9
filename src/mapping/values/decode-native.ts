import { decodeDecimal } from './decode-number.js';
import { MOST_LEVELS } from './json-depth.js';
import type { JsonValue } from '../message.js';

/** A JavaScript date as ISO-8601 in UTC, the fraction kept to its last non-zero digit. */
function dateText(date: Date): string | undefined {
  if (Number.isNaN(date.getTime())) return undefined;
  return date.toISOString().replace(/\.?0*Z$/, 'Z');
}

function setOwn(target: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}

/** Also of another realm, such as a test runner's. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isTypedArray(value: object): boolean {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function decodeObject(value: object, onLost: () => void, depth: number): JsonValue | undefined {
  if (depth >= MOST_LEVELS) return undefined;
  if (value instanceof Date) return dateText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex').toUpperCase();
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const replaced: unknown = (value.toJSON as () => unknown)();
    return replaced === value ? undefined : decode(replaced, onLost, depth + 1);
  }
  if (Array.isArray(value) || isTypedArray(value)) {
    const array: JsonValue[] = [];
    for (const item of value as Iterable<unknown>) {
      const decoded = item === undefined ? null : decode(item, onLost, depth + 1);
      if (decoded === undefined) return undefined;
      array.push(decoded);
    }
    return array;
  }
  if (value instanceof String || value instanceof Number || value instanceof Boolean) {
    return decode(value.valueOf(), onLost, depth);
  }
  if (value instanceof Map || value instanceof Set) return undefined;
  const entries = Object.entries(value);
  // A promise without its await, an ArrayBuffer, an object of private fields: they would be sent as an empty object.
  if (entries.length === 0 && !isPlain(value)) return undefined;
  const object: Record<string, JsonValue> = {};
  for (const [key, inner] of entries) {
    if (inner === undefined) continue;
    const decoded = decode(inner, onLost, depth + 1);
    if (decoded === undefined) return undefined;
    setOwn(object, key, decoded);
  }
  return object;
}

function decode(value: unknown, onLost: () => void, depth: number): JsonValue | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value + 0;
      onLost();
      return null;
    case 'bigint':
      return decodeDecimal(value.toString());
    case 'object':
      return value === null ? null : decodeObject(value, onLost, depth);
    default:
      return undefined;
  }
}

/**
 * A JavaScript value as a JSON value: dates become ISO-8601 text, bytes hexadecimal text, a `bigint` a number where a
 * double holds it and text where not, NaN and infinities null. Missing keys stay missing.
 *
 * @param onLost called once per number that became null
 * @returns `undefined` for what JSON cannot hold: functions, symbols, Map, Set, promises and other objects whose content
 *   is not in properties, invalid dates, circles
 */
export function decodeNative(value: unknown, onLost: () => void): JsonValue | undefined {
  return decode(value, onLost, 0);
}
