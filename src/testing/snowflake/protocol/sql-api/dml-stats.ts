import type { SqlResult } from '../../sql/types/sql-engine.js';

const COUNTERS = new Map([
  ['number of rows inserted', 'numRowsInserted'],
  ['number of rows updated', 'numRowsUpdated'],
  ['number of rows deleted', 'numRowsDeleted'],
  ['number of multi-joined rows updated', 'numDuplicateRowsUpdated'],
]);

/** The `stats` of a DML statement's answer; nothing for other statements. */
export async function dmlStats(result: SqlResult): Promise<{ readonly stats?: Readonly<Record<string, number>> }> {
  if (result.statementTypeId < 12_288 || result.statementTypeId >= 16_384) return {};
  const [row] = JSON.parse(`[${await result.rows(0, 1)}]`) as (string | null)[][];
  const stats: Record<string, number> = {};
  for (const counter of COUNTERS.values()) stats[counter] = 0;
  result.columns.forEach(({ name }, index) => {
    const counter = COUNTERS.get(name);
    if (counter !== undefined) stats[counter] = Number(row?.[index] ?? 0);
  });
  return { stats };
}
