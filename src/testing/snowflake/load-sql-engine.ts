import { isSnowmeltError } from '../../errors/errors.js';
import { databaseFault } from './database-fault.js';
import type { SqlEngine } from './sql/types/sql-engine.js';
import { createSqlEngine } from './sql/engine.js';

/** Opens the SQL engine. */
export async function loadSqlEngine(
  databaseFile: string | undefined,
  account: string,
  now: () => number,
): Promise<SqlEngine> {
  try {
    return await createSqlEngine({ databaseFile, account: account.toUpperCase(), now });
  } catch (error) {
    if (databaseFile === undefined || isSnowmeltError(error)) throw error;
    throw databaseFault(databaseFile, error);
  }
}
