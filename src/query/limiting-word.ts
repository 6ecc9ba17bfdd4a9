import { codeOf } from './wrap-statement.js';

/** What takes some of the rows only ("SELECT: LIMIT / FETCH, TOP n, SAMPLE / TABLESAMPLE", docs.snowflake.com). */
const LIMITING = /\b(LIMIT|TABLESAMPLE|SAMPLE|TOP(?=\s+\d)|FETCH)\b/i;

/** The word by which a query leaves rows out, wherever in it; `undefined` where there is none. */
export function limitingWord(sql: string): string | undefined {
  return LIMITING.exec(codeOf(sql))?.[1]?.toUpperCase();
}
