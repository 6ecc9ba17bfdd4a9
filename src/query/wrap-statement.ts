import type { Statement } from '../source/source.js';

const COMMENTS = /^(?:\s+|--[^\n]*\n|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)+/;
const WRAPPABLE = /^(?:SELECT|WITH|VALUES)\b|^\(/i;

/**
 * A statement around another one, which stays on the same lines so that Snowflake's errors point into the query.
 *
 * @returns `undefined` for what cannot stand in FROM, such as SHOW and DESCRIBE, or chains of statements
 */
export function wrapStatement(before: string, { sql, binds }: Statement, after: string): Statement | undefined {
  if (!WRAPPABLE.test(sql.replace(COMMENTS, '')) || sql.includes('->>')) return undefined;
  return { sql: `${before} FROM (${sql}\n) ${after}`.trimEnd(), binds };
}
