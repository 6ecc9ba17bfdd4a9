import { types } from 'node:util';

/** Deeper values have no canonical text, and neither has a circle, which never ends. */
const MOST_LEVELS = 2000;

/** What JSON.stringify escapes: quotes, backslashes, control characters, and halves of a pair of surrogates. */
// eslint-disable-next-line no-control-regex -- these characters are what is looked for
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Keys that the text leaves out. */
export interface LeftOut {
  /** Of the value itself. */
  readonly own: ReadonlySet<string>;
  /** Of the objects `traits` and `properties` in it. */
  readonly bag: ReadonlySet<string>;
}

function quoted(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Up to here moving keys by hand is faster than `sort` (measured). */
const FEW_KEYS = 24;

function sortedKeys(object: object): readonly string[] {
  const keys = Object.keys(object);
  if (keys.length > FEW_KEYS) return keys.sort();
  for (let index = 1; index < keys.length; index += 1) {
    const key = keys[index] as string;
    let at = index;
    for (; at > 0 && (keys[at - 1] as string) > key; at -= 1) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}

function arrayText(array: readonly unknown[], depth: number): string {
  let text = '';
  for (let index = 0; index < array.length; index += 1) {
    const item = textOf(array[index], depth + 1, String(index)) ?? 'null';
    text += index === 0 ? item : `,${item}`;
  }
  return `[${text}]`;
}

function objectText(object: object, depth: number, own?: ReadonlySet<string>, bag?: ReadonlySet<string>): string {
  let text = '';
  for (const key of sortedKeys(object)) {
    if (own?.has(key) === true) continue;
    const inner = bag !== undefined && (key === 'traits' || key === 'properties') ? bag : undefined;
    const value = textOf((object as Readonly<Record<string, unknown>>)[key], depth + 1, key, inner);
    if (value === undefined) continue;
    text += text === '' ? `${quoted(key)}:${value}` : `,${quoted(key)}:${value}`;
  }
  return `{${text}}`;
}

/** Objects around a single number, text, boolean or bigint stand for what they hold. */
function unboxed(value: object): unknown {
  if (!types.isBoxedPrimitive(value)) return value;
  if (types.isNumberObject(value)) return Number(value);
  if (types.isStringObject(value)) return String(value);
  return types.isSymbolObject(value) ? value : value.valueOf();
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === 'function';
}

/** SerializeJSONProperty of ECMA-262 ("JSON.stringify"), but for the order of keys. */
function textOf(
  given: unknown,
  depth: number,
  key: string,
  own?: ReadonlySet<string>,
  bag?: ReadonlySet<string>,
): string | undefined {
  if (typeof given === 'string') return quoted(given);
  if (typeof given === 'number') return Number.isFinite(given) ? String(given) : 'null';
  if (given === null || given === undefined) return given === null ? 'null' : undefined;
  let value: unknown = given;
  if (typeof value === 'object' || typeof value === 'bigint' || typeof value === 'function') {
    if (hasToJson(value)) value = value.toJSON(key);
    if (typeof value === 'object' && value !== null) value = unboxed(value);
  }
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      throw new TypeError('a bigint has no JSON');
    case 'object':
      if (value === null) return 'null';
      if (depth >= MOST_LEVELS) throw new RangeError(`deeper than ${MOST_LEVELS} levels`);
      return Array.isArray(value) ? arrayText(value, depth) : objectText(value, depth, own, bag);
    default:
      return undefined;
  }
}

/**
 * The JSON text of a value in the one form of RFC 8785 ("JSON Canonicalization Scheme"): what JSON.stringify gives, but
 * with the keys of every object sorted by their UTF-16 code units. Halves of a pair of surrogates, which that scheme
 * does not have, are escaped as JSON.stringify does. Two values have the same text exactly when a receiver of their
 * JSON cannot tell them apart but by the order of keys.
 *
 * @returns `undefined` where JSON.stringify gives it: functions, symbols, undefined
 * @throws what JSON.stringify throws for a bigint or a circle; also for values of more than 2000 levels
 */
export function canonicalJson(value: unknown, leftOut?: LeftOut): string | undefined {
  return textOf(value, 0, '', leftOut?.own, leftOut?.bag);
}
