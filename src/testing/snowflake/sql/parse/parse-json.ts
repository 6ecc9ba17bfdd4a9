import { storedDecimal, storedReal, TAG, UNDEFINED } from '../types/variant-number.js';

/** How JSON is read: what becomes of a key that comes twice, and whether stored numbers may be in it. */
export interface JsonReading {
  readonly repeatedKeys: 'refuse' | 'last';
  /** Text that the engine put together itself out of stored values. */
  readonly stored?: boolean;
}

/** Why a text isn't JSON, and where. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

/** Deeper JSON would overflow the stack. */
const DEEPEST = 1000;

/**
 * Reads what Snowflake takes for JSON (documentation of PARSE_JSON and "Semi-structured data types"): elements may be
 * empty, keys unquoted, `undefined`, `NaN` and `Infinity` are values. Gives the stored form; undefined for blank text.
 */
export function parseJson(text: string, reading: JsonReading): string | undefined {
  const reader = new JsonReader(text, reading);
  return reader.document();
}

/** By code points, as DuckDB sorts text; JavaScript's own order is by UTF-16 units. */
export function compareText(a: string, b: string): number {
  if (/[\uD800-\uFFFF]/.test(a) || /[\uD800-\uFFFF]/.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const WORDS: Record<string, string> = {
  true: 'true',
  false: 'false',
  null: 'null',
  undefined: UNDEFINED,
  NaN: storedReal(Number.NaN),
  Infinity: storedReal(Number.POSITIVE_INFINITY),
};

class JsonReader {
  readonly #text: string;
  readonly #reading: JsonReading;
  #at = 0;
  #depth = 0;

  constructor(text: string, reading: JsonReading) {
    this.#text = text;
    this.#reading = reading;
  }

  document(): string | undefined {
    this.#space();
    if (this.#at >= this.#text.length) return undefined;
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw this.#fault('more after the end of the value');
    return value;
  }

  #fault(what: string): JsonError {
    return new JsonError(`${what}, pos ${this.#at + 1}`);
  }

  #space(): void {
    while (/[ \t\n\r]/.test(this.#text.charAt(this.#at))) this.#at += 1;
  }

  #take(ch: string): boolean {
    if (this.#text.charAt(this.#at) !== ch) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #value(): string {
    const ch = this.#text.charAt(this.#at);
    if (ch === '{') return this.#nested(() => this.#object());
    if (ch === '[') return this.#nested(() => this.#array());
    if (ch === '"' || ch === "'") return this.#storedString();
    if (/[-0-9]/.test(ch)) return this.#number();
    const start = this.#at;
    const word = this.#match(/[A-Za-z_$][\w$]*/y);
    const known = word === undefined || !Object.hasOwn(WORDS, word) ? undefined : WORDS[word];
    if (known !== undefined) return known;
    this.#at = start;
    throw this.#fault(word === undefined ? 'no value' : 'unknown keyword');
  }

  #nested(read: () => string): string {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw this.#fault(`more than ${DEEPEST} levels`);
    this.#at += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  /** `[1,,2,]` has four elements: between commas and before the end there is always one. */
  #array(): string {
    const items: string[] = [];
    this.#space();
    if (this.#take(']')) return '[]';
    for (;;) {
      this.#space();
      const empty = /[,\]]/.test(this.#text.charAt(this.#at));
      items.push(empty ? UNDEFINED : this.#value());
      this.#space();
      if (this.#take(']')) return `[${items.join(',')}]`;
      if (!this.#take(',')) throw this.#fault('missing comma or ] of an array');
    }
  }

  #object(): string {
    const pairs = new Map<string, string>();
    for (;;) {
      this.#space();
      if (this.#take('}')) break;
      const start = this.#at;
      const key = this.#key();
      if (this.#reading.repeatedKeys === 'refuse' && pairs.has(key)) {
        this.#at = start;
        throw this.#fault('duplicate object attribute');
      }
      this.#space();
      if (!this.#take(':')) throw this.#fault('missing colon');
      this.#space();
      pairs.set(key, this.#value());
      this.#space();
      if (this.#take('}')) break;
      if (!this.#take(',')) throw this.#fault('missing comma or } of an object');
    }
    const sorted = [...pairs].sort(([a], [b]) => compareText(a, b));
    return `{${sorted.map(([key, value]) => `${quoted(key)}:${value}`).join(',')}}`;
  }

  #key(): string {
    const ch = this.#text.charAt(this.#at);
    if (ch === '"' || ch === "'") return this.#string();
    const word = this.#match(/[\p{L}_$][\p{L}\p{N}_$]*/uy);
    if (word === undefined) throw this.#fault('no key of an object');
    return word;
  }

  #storedString(): string {
    const start = this.#at;
    const value = this.#string();
    if (!value.includes(TAG) || this.#reading.stored === true) return quoted(value);
    this.#at = start;
    throw this.#fault('a code point that is no character');
  }

  #string(): string {
    const quote = this.#text.charAt(this.#at);
    this.#at += 1;
    let value = '';
    for (;;) {
      value += this.#match(quote === '"' ? /[^"\\]+/y : /[^'\\]+/y) ?? '';
      // Half of a surrogate pair can't be stored.
      if (this.#take(quote)) return /[\uD800-\uDFFF]/.test(value) ? Buffer.from(value).toString() : value;
      if (!this.#take('\\')) throw this.#fault('unfinished string');
      const ch = this.#text.charAt(this.#at);
      this.#at += 1;
      if (ch === 'u') {
        const hex = this.#match(/[0-9A-Fa-f]{4}/y);
        if (hex === undefined) throw this.#fault('bad escape');
        value += String.fromCharCode(Number.parseInt(hex, 16));
      } else value += ESCAPES[ch] ?? ch;
    }
  }

  /** A number with an exponent, or one that NUMBER can't hold, is DOUBLE; others are exact. */
  #number(): string {
    const start = this.#at;
    if (this.#match(/-Infinity/y) !== undefined) return storedReal(Number.NEGATIVE_INFINITY);
    const text = this.#match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    const exact = text === undefined || /e/i.test(text) ? undefined : storedDecimal(text);
    const real = Number(text ?? Number.NaN);
    if (!Number.isFinite(real) || /[\w.]/.test(this.#text.charAt(this.#at))) {
      this.#at = start;
      throw this.#fault('bad number');
    }
    return exact ?? storedReal(real);
  }
}

/** As DuckDB writes it: equal texts must be equal in their stored form. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/\\u00[01][0-9a-f]/g, (escape) => `\\u${escape.slice(2).toUpperCase()}`);
}
