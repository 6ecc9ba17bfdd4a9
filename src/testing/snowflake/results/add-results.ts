import type { SqlResult } from '../sql/types/sql-engine.js';
import { fixedResult } from './fixed-result.js';

/** One DML result out of many: every count is the sum. */
export async function addResults(queryId: string, results: readonly SqlResult[]): Promise<SqlResult> {
  const sums: bigint[] = [];
  for (const result of results) {
    const [row] = JSON.parse(`[${await result.rows(0, 1)}]`) as (string | null)[][];
    row?.forEach((count, column) => {
      sums[column] = (sums[column] ?? 0n) + BigInt(count ?? 0);
    });
    await result.release();
  }
  const [first] = results;
  return fixedResult({
    queryId,
    columns: (first?.columns ?? []).map(({ name }) => ({ name, type: 'fixed' as const })),
    rows: [sums.map(String)],
    statementTypeId: first?.statementTypeId ?? 12_544,
  });
}
