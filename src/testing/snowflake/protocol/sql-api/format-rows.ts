import type { RowType } from '../../sql/types/sql-engine.js';

/** How the SQL API's cells differ from the driver's. */
export interface ApiCellParts {
  /** False: NULL arrives as the text "null". */
  readonly nullable: boolean;
}

/**
 * Turns rows of the private protocol (JSON text without outer brackets) into the SQL API's, whose booleans are "true"
 * and "false" (Snowflake documentation, SQL API, "Handling responses").
 */
export function formatRows(rows: string, columns: readonly RowType[], { nullable }: ApiCellParts): string {
  const booleans = columns.map(({ type }) => type.toLowerCase() === 'boolean');
  if (nullable && !booleans.includes(true)) return rows;
  const parsed = JSON.parse(`[${rows}]`) as (string | null)[][];
  for (const row of parsed) {
    for (let column = 0; column < row.length; column += 1) {
      const cell = row[column] ?? null;
      if (cell === null) row[column] = nullable ? null : 'null';
      else if (booleans[column] === true) row[column] = cell === '1' || cell === 'true' ? 'true' : 'false';
    }
  }
  return JSON.stringify(parsed).slice(1, -1);
}
