import { templateError } from './template-error.js';
import { literalBraces } from './unknown-placeholder.js';

/** A piece of a query template; the pieces in order are the whole text. */
export type SqlPiece =
  | { readonly kind: 'code' | 'literal' | 'comment'; readonly text: string; readonly offset: number }
  | {
      readonly kind: 'placeholder';
      readonly text: string;
      readonly offset: number;
      /** What stands between the braces. */
      readonly inner: string;
      /** Whether it stands inside a quoted string. */
      readonly quoted: boolean;
    };

const PLACEHOLDER = /\{\{([^{}]*)\}\}/y;
const LOOKS_LIKE_PLACEHOLDER = /\{\{\s*[A-Za-z_]/;
const CLOSE_BRACES = 'Close the placeholder with "}}". A literal "{{" in a string can be written as \'{\' || \'{\'.';

/** What stands between the braces that begin there. */
function innerOf(text: string, at: number): string {
  return /^\{\{([^{}]*)\}\}/.exec(text.slice(at))?.[1]?.trim() ?? '';
}

/**
 * Splits SQL as Snowflake reads it: `'…'` with doubled quotes and backslash escapes, `"…"`, `$$…$$`, comments by `--`,
 * `//` and slash-star ("Data types: string constants" and "Comments", docs.snowflake.com).
 *
 * @throws ConfigError `QUERY_TEMPLATE` for unclosed quotes, comments and braces, and for placeholders where no value
 * can be bound
 */
export function tokenizeSql(text: string): readonly SqlPiece[] {
  const pieces: SqlPiece[] = [];
  let at = 0;
  let codeStart = 0;

  const flushCode = (): void => {
    if (at > codeStart) pieces.push({ kind: 'code', text: text.slice(codeStart, at), offset: codeStart });
  };
  const push = (kind: 'literal' | 'comment', end: number): void => {
    flushCode();
    pieces.push({ kind, text: text.slice(at, end), offset: at });
    at = codeStart = end;
  };
  const placeholder = (quoted: boolean): SqlPiece & { readonly kind: 'placeholder' } => {
    PLACEHOLDER.lastIndex = at;
    const match = PLACEHOLDER.exec(text);
    if (match === null) throw templateError(text, at, 'the braces "{{" are not closed', CLOSE_BRACES);
    return { kind: 'placeholder', text: match[0], offset: at, inner: match[1] ?? '', quoted };
  };
  const closing = (mark: string, from: number, what: string): number => {
    const end = text.indexOf(mark, from);
    if (end === -1) throw templateError(text, at, `the ${what} is not closed`, `Close it with ${mark}`);
    return end + mark.length;
  };
  const refusePlaceholder = (end: number, where: string): void => {
    const found = LOOKS_LIKE_PLACEHOLDER.exec(text.slice(at, end));
    if (found === null) return;
    throw templateError(
      text,
      at + found.index,
      `a placeholder cannot stand in ${where}`,
      `Put the placeholder outside, where a value can be bound. ${literalBraces(innerOf(found.input, found.index))}`,
    );
  };

  const string = (): void => {
    flushCode();
    const open = at;
    let start = at;
    at += 1;
    for (;;) {
      const char = text[at];
      if (char === undefined) throw templateError(text, open, 'the quoted string is not closed', "Close it with '");
      if (char === '\\') at += 2;
      else if (char === "'" && text[at + 1] === "'") at += 2;
      else if (char === "'") break;
      else if (char === '{' && text[at + 1] === '{') {
        const piece = placeholder(true);
        pieces.push({ kind: 'literal', text: text.slice(start, at), offset: start }, piece);
        at += piece.text.length;
        start = at;
      } else at += 1;
    }
    at += 1;
    pieces.push({ kind: 'literal', text: text.slice(start, at), offset: start });
    codeStart = at;
  };

  while (at < text.length) {
    const two = text.slice(at, at + 2);
    if (text[at] === "'") string();
    else if (text[at] === '"') {
      const end = closing('"', at + 1, 'quoted identifier');
      refusePlaceholder(end, 'a quoted identifier');
      push('literal', end);
      // Behind a letter it belongs to an identifier, which may hold dollar signs.
    } else if (two === '$$' && !/[\w$]/.test(text[at - 1] ?? ' ')) {
      const end = closing('$$', at + 2, '$$ string');
      refusePlaceholder(end, 'a $$ string');
      push('literal', end);
    } else if (two === '--' || two === '//') {
      const end = text.indexOf('\n', at);
      push('comment', end === -1 ? text.length : end);
    } else if (two === '/*') push('comment', closing('*/', at + 2, 'comment'));
    else if (two === '{{') {
      const piece = placeholder(false);
      flushCode();
      pieces.push(piece);
      at = codeStart = at + piece.text.length;
    } else at += 1;
  }
  flushCode();
  return pieces;
}
