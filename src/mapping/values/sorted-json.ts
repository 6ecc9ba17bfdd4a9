import { isPlainNumber } from './json-text.js';

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const SPACE = 32;
const MAX_DEPTH = 100;

/** Reads a JSON text once and copies it without the space between its parts; gives up with false. */
class Copy {
  readonly #text: string;
  #at = 0;
  /** What is copied, up to the end of the last stretch without space. */
  #out = '';
  #from = 0;

  constructor(text: string) {
    this.#text = text;
  }

  copy(): string | undefined {
    this.#skipSpace();
    if (!this.#value(0)) return undefined;
    this.#skipSpace();
    if (this.#at !== this.#text.length) return undefined;
    return this.#from === 0 ? this.#text : this.#out + this.#text.slice(this.#from, this.#at);
  }

  #skipSpace(): void {
    const start = this.#at;
    let at = start;
    for (;;) {
      const code = this.#text.charCodeAt(at);
      if (code !== SPACE && code !== 10 && code !== 13 && code !== 9) break;
      at += 1;
    }
    if (at === start) return;
    this.#out += this.#text.slice(this.#from, start);
    this.#from = at;
    this.#at = at;
  }

  /** Takes one character if it is the wanted one. */
  #take(wanted: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== wanted) return false;
    this.#at += 1;
    return true;
  }

  #value(depth: number): boolean {
    const code = this.#text.charCodeAt(this.#at);
    if (code === QUOTE) return this.#string();
    if (code === OPEN_OBJECT) return depth < MAX_DEPTH && this.#object(depth);
    if (code === OPEN_ARRAY) return depth < MAX_DEPTH && this.#array(depth);
    if (code === MINUS || (code >= ZERO && code <= NINE)) return this.#number();
    for (const word of ['true', 'null', 'false']) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return true;
    }
    return false;
  }

  #string(): boolean {
    for (let at = this.#at + 1; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return true;
      }
      // Negated, because the code behind the end of the text is NaN.
      if (!(code >= SPACE) || code === BACKSLASH || (code >= 0xd800 && code <= 0xdfff)) return false;
    }
  }

  #number(): boolean {
    let at = this.#at;
    let code = this.#text.charCodeAt(at);
    while ((code >= ZERO && code <= NINE) || code === MINUS || code === POINT) {
      at += 1;
      code = this.#text.charCodeAt(at);
    }
    const isWhole = code !== 69 && code !== 101;
    if (!isWhole || !isPlainNumber(this.#text.slice(this.#at, at))) return false;
    this.#at = at;
    return true;
  }

  #object(depth: number): boolean {
    this.#at += 1;
    this.#skipSpace();
    if (this.#take(CLOSE_OBJECT)) return true;
    let last: string | undefined;
    for (;;) {
      const start = this.#at;
      if (this.#text.charCodeAt(start) !== QUOTE || !this.#string()) return false;
      // Without escapes the text between the quotes is the key.
      const key = this.#text.slice(start + 1, this.#at - 1);
      if (last !== undefined && last >= key) return false;
      last = key;
      this.#skipSpace();
      if (!this.#take(COLON)) return false;
      this.#skipSpace();
      if (!this.#value(depth + 1)) return false;
      this.#skipSpace();
      if (this.#take(CLOSE_OBJECT)) return true;
      if (!this.#take(COMMA)) return false;
      this.#skipSpace();
    }
  }

  #array(depth: number): boolean {
    this.#at += 1;
    this.#skipSpace();
    if (this.#take(CLOSE_ARRAY)) return true;
    for (;;) {
      if (!this.#value(depth + 1)) return false;
      this.#skipSpace();
      if (this.#take(CLOSE_ARRAY)) return true;
      if (!this.#take(COMMA)) return false;
      this.#skipSpace();
    }
  }
}

/**
 * The canonical text (RFC 8785) of a JSON text, when it is one already but for the space between its parts: keys sorted
 * and each there once, no number that JSON.stringify would write in another way, nothing escaped. `undefined` for all
 * others, which have to be parsed.
 */
export function sortedJson(text: string): string | undefined {
  return new Copy(text).copy();
}
