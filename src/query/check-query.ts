import { templateError } from './template-error.js';
import type { SqlPiece } from './tokenize-sql.js';

const QUERY_WORDS = new Set(['SELECT', 'WITH', 'VALUES', 'SHOW', 'DESCRIBE', 'DESC']);
const ONE_QUERY = 'A query template holds one SELECT, WITH, VALUES, SHOW or DESCRIBE statement.';
const TOKEN = /[A-Za-z_][A-Za-z0-9_$]*|->>|:\d|[^\s]/g;

/** Behind `a:1`, `a[0]:1`, `f():1`, `"A":1`, `a::1`, and the keys of `{'a' :1}`. */
function isBehindAPath(text: string, offset: number): boolean {
  let at = offset - 1;
  if (/[\w\])"':]/.test(text.charAt(at))) return true;
  // From here backwards, and not by a pattern from the beginning: a query may have many of them.
  while (/\s/.test(text.charAt(at))) at -= 1;
  return at < offset - 1 && /["']/.test(text.charAt(at));
}

/**
 * Rejects whatever is not one query: only reads are sent to Snowflake.
 *
 * @returns the offset of the trailing `;`, if there is one
 * @throws ConfigError `QUERY_TEMPLATE`
 */
export function checkQuery(text: string, pieces: readonly SqlPiece[]): number | undefined {
  let startExpected = true as boolean;
  let semicolon: number | undefined;
  let previous = '';

  const see = (token: string, offset: number): void => {
    if (token === ';') {
      semicolon ??= offset;
      return;
    }
    if (semicolon !== undefined) {
      throw templateError(text, semicolon, 'there is more than one statement', ONE_QUERY);
    }
    if (token === '?' || (/^:\d$/.test(token) && !isBehindAPath(text, offset))) {
      throw templateError(
        text,
        offset,
        `"${token}" would be a bind variable of your own`,
        'Write {{name}} and pass the value in params: { name: … }.',
      );
    }
    const word = token.toUpperCase();
    if (startExpected && token !== '(') {
      if (!QUERY_WORDS.has(word)) throw templateError(text, offset, `"${token}" does not begin a query`, ONE_QUERY);
      startExpected = false;
    }
    // The flow operator chains statements; WITH … AS PROCEDURE … CALL runs one that may write.
    if (token === '->>') startExpected = true;
    if (previous === 'AS' && word === 'PROCEDURE') {
      throw templateError(text, offset, 'a procedure is not a query', ONE_QUERY);
    }
    previous = word;
  };

  for (const piece of pieces) {
    if (piece.kind === 'comment') continue;
    // What stands between the placeholders of one string is no code, whatever it reads like.
    if (piece.kind === 'literal') see("'…'", piece.offset);
    else if (piece.kind === 'placeholder') see(piece.text, piece.offset);
    else {
      refuseOtherBraces(text, piece);
      for (const match of piece.text.matchAll(TOKEN)) see(match[0], piece.offset + match.index);
    }
  }
  if (startExpected) throw templateError(text, text.length, 'there is no query', ONE_QUERY);
  return semicolon;
}

/** Placeholders of other template languages, and one of ours that lost a brace. */
function refuseOtherBraces(text: string, { text: code, offset }: SqlPiece): void {
  const found = /\$\{|\{[%#]|\{\s*(last_sync_time|sync_time)\s*\}/.exec(code);
  if (found === null) return;
  const [what, name] = found;
  throw templateError(
    text,
    offset + found.index,
    `"${what}" is no placeholder`,
    what.startsWith('{') && name === undefined
      ? 'Templates of dbt, Jinja and Liquid are not rendered here: write the SQL that they make.'
      : name === undefined
        ? 'Write {{name}} and pass the value in params: { name: … }.'
        : `Write it with two braces: {{${name}}}.`,
  );
}
