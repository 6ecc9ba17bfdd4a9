import type { SqlEngine } from './sql/types/sql-engine.js';
import { createSqlEngine } from './sql/engine.js';

/** Opens the SQL engine. */
export async function loadSqlEngine(
  databaseFile: string | undefined,
  account: string,
  now: () => number,
): Promise<SqlEngine> {
  return createSqlEngine({ databaseFile, account: account.toUpperCase(), now });
}
