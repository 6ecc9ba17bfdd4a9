import { codeOf } from './wrap-statement.js';

/** Words that leave rows out by their number or by chance ("SELECT", "LIMIT / FETCH", "TOP", "SAMPLE", docs.snowflake.com). */
const PARTS =
  /\b(?:LIMIT(?!\s+NULL\b)(?=\s+[\d:?])|FETCH(?=\s+(?:FIRST|NEXT|\d))|TOP(?=\s+\d)|(?:TABLE)?SAMPLE(?=\s*(?:\(|BERNOULLI|SYSTEM|BLOCK|ROW)))/i;

/**
 * The word by which a query gives only a part of its rows.
 *
 * @returns `undefined` when it gives all
 */
export function partOfRows(sql: string): string | undefined {
  return PARTS.exec(codeOf(sql))?.[0].toUpperCase();
}

/** What is told of a mirror over a part of the rows. */
export function mirrorOfPart(word: string): string {
  return `The query has ${word}: rows that it leaves out look as if they were gone, and are removed in mode "mirror". Leave it out, or use mode "upsert".`;
}
