import type { Connection } from './catalog/database.js';
import { DuckDbFailure } from './catalog/duckdb-failure.js';
import { cannotTranslate, isOfGroups, knownError } from './catalog/translate-error.js';
import { type Diagnosis, findCulprit } from './types/diagnosis.js';
import { SnowflakeSqlError } from './types/sql-engine.js';

/** How long a failure is looked into by running parts of it. */
const PATIENCE_MS = 1000;

/**
 * Why DuckDB failed: by the data, in Snowflake's words; by the statement, where Snowflake would refuse it too; else by a
 * gap of the translation, with the expression that it is about.
 */
export async function explain(
  failure: DuckDbFailure,
  diagnosis: Diagnosis,
  connection: Connection,
): Promise<SnowflakeSqlError> {
  const known = knownError(failure);
  if (known !== undefined) return known;
  if (isOfGroups(failure)) {
    const column = firstUngrouped(diagnosis);
    if (column !== undefined)
      return new SnowflakeSqlError(
        '000979',
        '42601',
        `SQL compilation error:\n[${column}] is not a valid group by expression`,
      );
  }
  const until = performance.now() + PATIENCE_MS;
  const isGap = (error: unknown): boolean => error instanceof DuckDbFailure && knownError(error) === undefined;
  const plans = (sql: string): Promise<unknown> => connection.texts(`EXPLAIN ${sql}`).catch((error: unknown) => error);
  const runs = async (sql: string): Promise<unknown> => {
    if (performance.now() > until) return failure;
    await connection.run('BEGIN');
    try {
      return await connection.run(sql).catch((error: unknown) => error);
    } finally {
      await connection.run('ROLLBACK');
    }
  };
  // A table that was made for these rows is gone by now.
  const looked = failure.sql.replace(/^INSERT INTO (?:"(?:[^"]|"")*"|[\w.])+ (?:\([\w, ]*\) )?(?=SELECT|WITH|\()/, '');
  // What DuckDB plans, but fails to run, is run again, and nothing of it is kept.
  const attempt = isGap(await plans(looked)) ? plans : runs;
  const culprit = await findCulprit(diagnosis, looked, async (sql) => isGap(await attempt(sql)));
  const [whole] = diagnosis.notes.slice(-1);
  return cannotTranslate(failure, culprit ?? whole?.source ?? 'this statement');
}

function firstUngrouped(diagnosis: Diagnosis): string | undefined {
  for (const find of diagnosis.ungrouped) {
    const column = find();
    if (column !== undefined) return column;
  }
  return undefined;
}
