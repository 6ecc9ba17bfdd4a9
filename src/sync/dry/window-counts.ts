import type { DryWindow } from './dry-window.js';
import type { Column } from '../../source/source.js';
import { SAFE_DIGITS } from '../../mapping/values/value-type.js';
import type { IdColumns } from './id-columns.js';
import { wrapStatement } from '../../query/wrap-statement.js';

/** Counts over the whole window. */
export interface WindowCounts {
  readonly rows: number;
  /** Rows without an id, per group of id columns. */
  readonly withoutId: readonly number[];
  /** Rows whose ids stand in an earlier row too; 0 where that is normal. */
  readonly repeated: number;
  /** Those of the columns asked about that hold a number which a double cannot be trusted with. */
  readonly beyondDouble: readonly string[];
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const quoted = (name: string): string => `TO_VARCHAR(${identifier(name)})`;

/**
 * The digits of the longest value of a column, leading and trailing zeros left out. Decimals of up to 15 digits are
 * doubles without loss (IEEE 754); whole numbers are so up to 2^53, which has 16, so that their largest value decides.
 */
function longest({ name, type, scale = 0 }: Column): { readonly sql: string; readonly most: number } {
  const column = `ABS(${identifier(name)})`;
  if (type === 'fixed' && scale === 0) return { sql: `MAX(${column})`, most: Number.MAX_SAFE_INTEGER };
  const digits = `SPLIT_PART(LOWER(TO_VARCHAR(${column})), 'e', 1)`;
  return { sql: `MAX(LENGTH(TRIM(REPLACE(${digits}, '.', ''), '0')))`, most: SAFE_DIGITS };
}

/**
 * Counts rows, missing and repeated ids by one question around the query.
 *
 * @returns `undefined` for a query that cannot be counted: SHOW, DESCRIBE, or a source without SQL
 * @throws SourceError
 */
export async function windowCounts(
  window: DryWindow,
  ids: IdColumns,
  numbers: readonly Column[],
): Promise<WindowCounts | undefined> {
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
    ...numbers.map((column, index) => `${longest(column).sql} AS L${index}`),
  ];
  const counting = wrapStatement(`SELECT ${parts.join(', ')}`, statement, '');
  if (counting === undefined) return undefined;
  const result = await execute('Counting the rows of the query', counting);
  let counts: number[] = [];
  for await (const { rows } of result.read({ signal: window.signal })) counts = (rows[0] ?? []).map(Number);
  const [rows = 0, distinct = 0, ...rest] = counts;
  const present = rest.slice(0, needed.length);
  const found = rest.slice(needed.length);
  const beyond = numbers.filter((column, index) => (found[index] ?? 0) > longest(column).most);
  // Rows without any id count as one.
  return {
    rows,
    withoutId: present.map((count) => rows - count),
    repeated: rows - distinct,
    beyondDouble: beyond.map(({ name }) => name),
  };
}
