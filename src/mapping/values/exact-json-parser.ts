import { decodeDecimal } from './decode-number.js';
import { MOST_LEVELS } from './json-depth.js';
import type { JsonValue } from '../message.js';

/** The end of the whole numbers that a double holds without gaps. */
const LARGEST_WHOLE = 2 ** 53;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const TOKEN = /true|false|null|undefined|-?Infinity|-?inf|NaN/y;

/** Thrown and caught within this file only. */
class NotJson extends Error {}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === 92) first -= 1;
  return (at - first) % 2 === 1;
}

/** A strict JSON parser that changes no number. See `decodeJson`. */
export class ExactJsonParser {
  readonly #text: string;
  readonly #onLost: () => void;
  #at = 0;

  constructor(text: string, onLost: () => void) {
    this.#text = text;
    this.#onLost = onLost;
  }

  /** @returns `undefined` when the text is not JSON */
  parse(): JsonValue | undefined {
    try {
      const value = this.#value(0);
      this.#match(SPACE);
      return this.#at === this.#text.length ? value : undefined;
    } catch (error) {
      if (error instanceof NotJson) return undefined;
      throw error;
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match[0];
  }

  /** Skips space, then takes one character if it is the wanted one. */
  #take(wanted: string): boolean {
    this.#match(SPACE);
    if (this.#text[this.#at] !== wanted) return false;
    this.#at += 1;
    return true;
  }

  #value(depth: number): JsonValue {
    if (depth > MOST_LEVELS) throw new NotJson();
    if (this.#take('{')) return this.#object(depth);
    if (this.#take('[')) return this.#array(depth);
    if (this.#text[this.#at] === '"') return this.#string();
    const token = this.#match(TOKEN);
    if (token !== undefined) return this.#token(token);
    return this.#number();
  }

  #token(token: string): JsonValue {
    if (token === 'true') return true;
    if (token === 'false') return false;
    if (token !== 'null') this.#onLost();
    return null;
  }

  #string(): string {
    if (this.#text[this.#at] !== '"') throw new NotJson();
    let end = this.#at;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) throw new NotJson();
    } while (isEscaped(this.#text, end));
    const literal = this.#text.slice(this.#at, end + 1);
    this.#at = end + 1;
    try {
      return JSON.parse(literal) as string;
    } catch {
      throw new NotJson();
    }
  }

  #number(): JsonValue {
    const literal = this.#match(NUMBER);
    if (literal === undefined) throw new NotJson();
    // Snowflake writes an exponent for FLOATs only: they are doubles already.
    if (literal.includes('e') || literal.includes('E')) {
      const value = Number(literal);
      if (Number.isFinite(value)) return value + 0;
      this.#onLost();
      return null;
    }
    const exact = decodeDecimal(literal);
    if (exact === undefined) throw new NotJson();
    if (typeof exact === 'number' && Number.isInteger(exact) && Math.abs(exact) > LARGEST_WHOLE) {
      return literal.includes('.') ? BigInt(exact).toString() : literal;
    }
    return exact;
  }

  #object(depth: number): JsonValue {
    const object: Record<string, JsonValue> = {};
    if (this.#take('}')) return object;
    do {
      this.#match(SPACE);
      const key = this.#string();
      if (!this.#take(':')) throw new NotJson();
      const value = this.#value(depth + 1);
      if (key === '__proto__') {
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      } else object[key] = value;
    } while (this.#take(','));
    if (!this.#take('}')) throw new NotJson();
    return object;
  }

  #array(depth: number): JsonValue {
    const array: JsonValue[] = [];
    if (this.#take(']')) return array;
    do array.push(this.#value(depth + 1));
    while (this.#take(','));
    if (!this.#take(']')) throw new NotJson();
    return array;
  }
}
