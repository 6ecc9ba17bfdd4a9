import { codeOf } from './wrap-statement.js';

/** Words that leave rows out by their number or by chance ("SELECT", "LIMIT / FETCH", "TOP", "SAMPLE", docs.snowflake.com). */
const PARTS =
  /\b(?:LIMIT(?!\s+NULL\b)(?=\s+[\d:?])|FETCH(?=\s+(?:FIRST|NEXT|\d))|TOP(?=\s+\d)|(?:TABLE)?SAMPLE(?=\s*(?:\(|BERNOULLI|SYSTEM|BLOCK|ROW)))/i;

/**
 * The word by which a query gives only a part of its rows.
 *
 * @returns `undefined` when it gives all
 */
function partOfRows(sql: string): string | undefined {
  return PARTS.exec(codeOf(sql))?.[0].toUpperCase();
}

/** What is told of a mirror over a part of the rows. */
export interface PartWarning {
  readonly code: 'MIRROR_LIMITED';
  readonly message: string;
  readonly fix: string;
}

/** Looks whether a mirror would remove rows that its query leaves out. @returns `undefined` when it gives all */
export function mirrorLimited(sql: string): PartWarning | undefined {
  const word = partOfRows(sql);
  if (word === undefined) return undefined;
  return {
    code: 'MIRROR_LIMITED',
    message: `The query has ${word}, and mode is "mirror": a row that it leaves out is taken for one that is gone, and removed.`,
    fix: `Leave ${word} out, or set mode: 'upsert'.`,
  };
}
