/** What JSON.stringify escapes: quotes, backslashes, control characters, and halves of a pair of surrogates. */
// eslint-disable-next-line no-control-regex -- these characters are what is looked for
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** A text as JSON, the same as JSON.stringify gives. */
export function jsonString(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const POINT = 46;
const QUOTE = 34;

/**
 * Whether a decimal is, as it stands, what JSON.stringify would write for the number that it means. Only says yes to
 * decimals of at most 15 digits, which every double keeps (IEEE 754), and to none below 0.1, where an exponent may be
 * shorter.
 */
export function isPlainNumber(text: string): boolean {
  const { length } = text;
  let at = text.charCodeAt(0) === MINUS ? 1 : 0;
  // At most 15 digits and the point.
  if (length === at || length - at > 16) return false;
  const first = text.charCodeAt(at);
  if (first === ZERO && length > at + 1 && text.charCodeAt(at + 1) !== POINT) return false;
  let point = -1;
  for (let index = at; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= ZERO && code <= NINE) continue;
    if (code !== POINT || point >= 0 || index === at) return false;
    point = index;
  }
  if (point < 0) return length - at <= 15 && (first !== ZERO || at === 0);
  // 1.50 is written 1.5, 0.05 may be 0.05 or 5e-2, 1. is no number.
  at = point + 1;
  if (at === length || text.charCodeAt(length - 1) === ZERO) return false;
  return first !== ZERO || text.charCodeAt(at) !== ZERO;
}

const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const SPACE = 32;
const MAX_DEPTH = 100;
const INVALID = -1;

/**
 * Whether a text is strict JSON that can stand in a message as it is: no number that a double does not hold, nothing
 * that JSON.stringify would escape. It says no to some texts that could, such as those with escapes: they go the
 * longer way.
 */
export function isPlainJson(text: string): boolean {
  return valueEnd(text, 0, 0) === text.length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== SPACE && code !== 10 && code !== 13 && code !== 9) return at;
    at += 1;
  }
}

function valueEnd(text: string, at: number, depth: number): number {
  const code = text.charCodeAt(at);
  if (code === QUOTE) return stringEnd(text, at);
  if (code === OPEN_OBJECT) return depth > MAX_DEPTH ? INVALID : listEnd(text, at, depth, true);
  if (code === OPEN_ARRAY) return depth > MAX_DEPTH ? INVALID : listEnd(text, at, depth, false);
  if (code === MINUS || (code >= ZERO && code <= NINE)) return numberEnd(text, at);
  if (text.startsWith('true', at) || text.startsWith('null', at)) return at + 4;
  return text.startsWith('false', at) ? at + 5 : INVALID;
}

function stringEnd(text: string, from: number): number {
  for (let at = from + 1; ; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    // Negated, because the code behind the end of the text is NaN.
    if (!(code >= SPACE) || code === BACKSLASH || (code >= 0xd800 && code <= 0xdfff)) return INVALID;
  }
}

function numberEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (!((code >= ZERO && code <= NINE) || code === MINUS || code === POINT)) break;
    at += 1;
  }
  const code = text.charCodeAt(at);
  const exponent = code === 69 || code === 101;
  return !exponent && isPlainNumber(text.slice(from, at)) ? at : INVALID;
}

function listEnd(text: string, from: number, depth: number, keyed: boolean): number {
  const close = keyed ? CLOSE_OBJECT : CLOSE_ARRAY;
  let at = skipSpace(text, from + 1);
  if (text.charCodeAt(at) === close) return at + 1;
  for (;;) {
    if (keyed) {
      if (text.charCodeAt(at) !== QUOTE) return INVALID;
      at = stringEnd(text, at);
      if (at === INVALID) return INVALID;
      at = skipSpace(text, at);
      if (text.charCodeAt(at) !== COLON) return INVALID;
      at = skipSpace(text, at + 1);
    }
    at = valueEnd(text, at, depth + 1);
    if (at === INVALID) return INVALID;
    at = skipSpace(text, at);
    const code = text.charCodeAt(at);
    if (code === close) return at + 1;
    if (code !== COMMA) return INVALID;
    at = skipSpace(text, at + 1);
  }
}
