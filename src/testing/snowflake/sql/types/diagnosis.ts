import { type DataType, storageOf } from './data-type.js';

/** One expression of the statement and what it was compiled to. */
export interface Note {
  readonly sql: string;
  readonly type: DataType;
  /** As the user wrote it: from `start` to `end` of `source`. */
  readonly source: string;
  readonly start: number;
  readonly end: number;
}

/** What a failure of the translated statement is explained with. */
export interface Diagnosis {
  readonly notes: Note[];
  /** Finds, for a SELECT of groups, a column that is neither grouped nor aggregated. */
  readonly ungrouped: (() => string | undefined)[];
}

/** More expressions than these come from rows of values, not from one query. */
const MOST_NOTES = 2000;

/** Remembers an expression that is more than a name or a constant. */
export function note(diagnosis: Diagnosis, found: Note): void {
  if (diagnosis.notes.length < MOST_NOTES) diagnosis.notes.push(found);
}

/**
 * The smallest expression without which DuckDB takes the statement: it is tried with NULL in the place of each.
 * `refuses` plans a statement and says whether DuckDB still refuses it as it did.
 */
export async function findCulprit(
  diagnosis: Diagnosis,
  sql: string,
  refuses: (sql: string) => Promise<boolean>,
): Promise<string | undefined> {
  const bySize = [...new Map(diagnosis.notes.map((item) => [item.sql, item])).values()]
    .filter((item) => sql.includes(item.sql))
    .sort((a, b) => a.sql.length - b.sql.length);
  for (const item of bySize.slice(0, 300)) {
    const without = sql.replaceAll(item.sql, `CAST(NULL AS ${storageOf(item.type)})`);
    if (!(await refuses(without))) return item.source.slice(item.start, item.end);
  }
  return undefined;
}
