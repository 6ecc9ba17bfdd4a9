import { isDeepStrictEqual } from 'node:util';
import { shown } from './shown.js';

/** Longer texts are shown only around where they part. */
const LONG = 100;
const BEFORE = 20;

/** Where two values part, in words that go on a sentence, with the space or comma before them. */
export function difference(actual: unknown, expected: unknown, path = ''): string {
  const at = path === '' ? ' ' : `, at ${path}, `;
  const key = keysOf(actual, expected)?.find((each) => !isDeepStrictEqual(entry(actual, each), entry(expected, each)));
  if (key !== undefined) {
    const step = Array.isArray(actual) ? `[${key}]` : `${path === '' ? '' : '.'}${key}`;
    return difference(entry(actual, key), entry(expected, key), path + step);
  }
  if (Array.isArray(actual) && Array.isArray(expected)) return at + listDifference(actual, expected);
  if (isWalkable(actual) && isWalkable(expected) && Array.isArray(actual) === Array.isArray(expected)) {
    return at + shapeDifference(actual, expected);
  }
  if (typeof actual === 'string' && typeof expected === 'string' && Math.max(actual.length, expected.length) > LONG) {
    const from = Math.max(0, partingOf(actual, expected) - BEFORE);
    const cut = (text: string): string => shown(`… ${text.slice(from, from + LONG)}`);
    return `${at}${cut(actual)} instead of ${cut(expected)}`;
  }
  return `${at}${shown(actual)} instead of ${shown(expected)}`;
}

/** How many characters two texts have in common at their beginning. */
function partingOf(actual: string, expected: string): number {
  let at = 0;
  while (at < actual.length && actual.charAt(at) === expected.charAt(at)) at += 1;
  return at;
}

/** Of lists that are not equally long. */
function listDifference(actual: readonly unknown[], expected: readonly unknown[]): string {
  const first = actual.findIndex((each, index) => !isDeepStrictEqual(each, expected[index]));
  const at = first < 0 ? actual.length : first;
  const of = (list: readonly unknown[]): string => (at < list.length ? shown(list[at]) : 'nothing');
  const counts = `${actual.length} ${actual.length === 1 ? 'entry' : 'entries'} instead of ${expected.length}`;
  return `${counts}; the first that differs is [${at}], ${of(actual)} instead of ${of(expected)}`;
}

/** Of objects that do not have the same keys. */
function shapeDifference(actual: object, expected: object): string {
  const lacks = Object.keys(expected).filter((key) => !Object.hasOwn(actual, key));
  const has = Object.keys(actual).filter((key) => !Object.hasOwn(expected, key));
  const names = (keys: readonly string[]): string => keys.map((key) => `\`${key}\``).join(', ');
  const without = lacks.length === 0 ? '' : ` without ${names(lacks)}`;
  const besides = has.length === 0 ? '' : ` that has ${names(has)} besides`;
  return `an object${without}${besides}`;
}

function entry(value: unknown, key: string): unknown {
  return Reflect.get(Object(value), key);
}

/** The keys by which two values can be walked together: those of lists or plain objects of one shape. */
function keysOf(actual: unknown, expected: unknown): readonly string[] | undefined {
  if (!isWalkable(actual) || !isWalkable(expected) || Array.isArray(actual) !== Array.isArray(expected))
    return undefined;
  const keys = Object.keys(actual);
  return isDeepStrictEqual([...keys].sort(), Object.keys(expected).sort()) ? keys : undefined;
}

function isWalkable(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
