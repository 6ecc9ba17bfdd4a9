/** Stands in an error where a text may be a secret that came to the wrong place. */
const HIDDEN = '…';

/** Words of letters, put together as in code: `maxRetries`, `write_key`, `X-Api-Key`. */
const WORDS = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g;
const LONGEST_NAME = 40;
const LONGEST_WORD = 16;

/**
 * A name as a caller wrote it, where it reads like one: a key that came to stand in its place has digits, or too many and
 * too short words.
 */
export function shownName(name: PropertyKey): string {
  if (typeof name === 'number') return String(name);
  const text = String(name);
  if (text.length <= 3 && /^\w*$/.test(text)) return text;
  if (text.length > LONGEST_NAME || !/^[A-Za-z]+(?:[_-][A-Za-z]+)*$/.test(text)) return HIDDEN;
  const words = text.match(WORDS) ?? [];
  const letters = words.join('').length;
  const isReadable = words.every(({ length }) => length <= LONGEST_WORD) && letters / words.length >= 2.3;
  return isReadable ? text : HIDDEN;
}

/** A path in options, `headers.X-Api-Key`: the names in it may be the caller's own. */
export function shownOptionPath(path: readonly PropertyKey[]): string {
  return path.map(shownName).join('.');
}

/** Runs of letters and digits that are longer than names of files are: base64, hexadecimal, keys. */
const LOOKS_SECRET = /-----BEGIN|[\r\n]|(?=[A-Za-z+=]*\d)(?=[\d+=]*[A-Za-z])[A-Za-z0-9+=]{20,}/;

/** What base64 is written in, in both alphabets (RFC 4648, sections 4 and 5): `/`, `-` and `_` part it like a path. */
const BASE64_RUNS = /[A-Za-z0-9+/=_-]{32,}/g;
/** Where small letters, capitals and digits change inside a word. A capital before small letters begins a word. */
const CHANGES = /(?<=[a-z])(?=[A-Z0-9+])|(?<=[A-Z])(?=[0-9+])|(?<=[0-9+])(?=[A-Za-z])/g;

/** Words change where they begin, and a word has six letters or so; what is random changes at every second character. */
function isRandom(run: string): boolean {
  return (run.match(CHANGES) ?? []).length > run.length / 6;
}

/** Whether what was passed as a path may be a key or a token instead. */
export function looksSecret(path: string): boolean {
  return LOOKS_SECRET.test(path) || (path.match(BASE64_RUNS) ?? []).some(isRandom);
}

/** A path as it may stand in an error. */
export function shownPath(path: string): string {
  return looksSecret(path) ? `${HIDDEN} (not shown: it looks like a secret)` : path;
}
