import type { Statement } from '../source/source.js';

/**
 * What is no code: texts, quoted names and comments ("Data types: string constants" and "Comments", docs.snowflake.com).
 * One that is not closed goes to the end, so that the search does not begin anew behind each quote.
 */
const NO_CODE =
  /'(?:[^'\\]|''|\\(?:[\s\S]|$))*(?:'|$)|"[^"]*(?:"|$)|(?<![\w$])\$\$[\s\S]*?(?:\$\$|$)|--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;
const WRAPPABLE = /^[\s(]*(?:SELECT|WITH|VALUES)\b/i;

/** The statement with blanks in place of all that is no code. */
export function codeOf(sql: string): string {
  return sql.replace(NO_CODE, (text) => ' '.repeat(text.length));
}

/** Without the semicolons that end it. */
function unended(sql: string, code: string): string {
  let end = code.length;
  while (end > 0 && /[;\s]/.test(code.charAt(end - 1))) end -= 1;
  const semicolons = code
    .slice(end)
    .replaceAll(/;|\s/g, (character, at: number) => (character === ';' ? ' ' : sql.charAt(end + at)));
  return sql.slice(0, end) + semicolons;
}

/**
 * A statement around another one, which stays on the same lines so that Snowflake's errors point into the query.
 *
 * @returns `undefined` for what cannot stand in FROM, such as SHOW and DESCRIBE, or chains of statements
 */
export function wrapStatement(before: string, { sql, binds }: Statement, after: string): Statement | undefined {
  const code = codeOf(sql);
  if (!WRAPPABLE.test(code) || code.includes('->>')) return undefined;
  return { sql: `${before} FROM (${unended(sql, code)}\n) ${after}`.trimEnd(), binds };
}
