import type { DryWindow } from './dry-window.js';
import type { IdColumns } from './id-columns.js';
import { wrapStatement } from '../../query/wrap-statement.js';

/** Counts over the whole window. */
export interface WindowCounts {
  readonly rows: number;
  /** Rows without an id, per group of id columns. */
  readonly withoutId: readonly number[];
  /** Rows whose ids stand in an earlier row too; 0 where that is normal. */
  readonly repeated: number;
}

const quoted = (name: string): string => `TO_VARCHAR("${name.replaceAll('"', '""')}")`;

/**
 * Counts rows, missing and repeated ids by one question around the query.
 *
 * @returns `undefined` for a query that cannot be counted: SHOW, DESCRIBE, or a source without SQL
 * @throws SourceError
 */
export async function windowCounts(window: DryWindow, ids: IdColumns): Promise<WindowCounts | undefined> {
  const { statement, execute } = window;
  if (statement === undefined) return undefined;
  const { needed, unique } = ids;
  const first = (columns: readonly string[]): string =>
    columns.length === 1 ? quoted(columns[0] ?? '') : `COALESCE(${columns.map(quoted).join(', ')})`;
  const all = unique.map((name) => `COALESCE(${quoted(name)}, '')`).join(` || '\\n' || `);
  const parts = [
    'COUNT(*) AS N0',
    unique.length === 0 ? 'COUNT(*) AS N1' : `COUNT(DISTINCT ${all}) AS N1`,
    ...needed.map(({ columns }, index) => `COUNT(NULLIF(${first(columns)}, '')) AS N${index + 2}`),
  ];
  const counting = wrapStatement(`SELECT ${parts.join(', ')}`, statement, '');
  if (counting === undefined) return undefined;
  const result = await execute('Counting the rows of the query', counting);
  let counts: number[] = [];
  for await (const { rows } of result.read({ signal: window.signal })) counts = (rows[0] ?? []).map(Number);
  const [rows = 0, distinct = 0, ...present] = counts;
  // Rows without any id count as one.
  return { rows, withoutId: present.map((count) => rows - count), repeated: rows - distinct };
}
