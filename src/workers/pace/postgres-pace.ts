import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { withMethod } from '../../options/option-checks.js';
import type { SharedPace } from '../../sink/around/with-rate-limit.js';
import type { PostgresPool } from '../../state/stores/postgres-table.js';

/** Options of {@link postgresPace}. */
export interface PostgresPaceOptions {
  /** A `Pool` of the package `pg`; stays yours to end. */
  readonly pool: PostgresPool;
  /** What the limit is of: whoever gives the same name shares it. */
  readonly name: string;
  /** The table, in the first schema of the search path; made when it is missing. @default "snowmelt_pace" */
  readonly table?: string | undefined;
}

const shape = {
  pool: withMethod<PostgresPool>('query', 'expected a Pool of the package pg'),
  name: z.string().min(1),
  table: z.string().min(1).default('snowmelt_pace'),
};

const answer = z.array(z.object({ wait: z.number() })).length(1);

// Not now(): that is the start of the transaction, and the row may have been waited for (PostgreSQL documentation,
// "Date/Time Functions").
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::float8';

/**
 * A pace for `withRateLimit` that the processes of all machines share, in a table of PostgreSQL and by its clock.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function postgresPace(options: PostgresPaceOptions): SharedPace {
  const { pool, name, table } = checkOptions('postgresPace', shape, options);
  const quoted = `"${table.replaceAll('"', '""')}"`;
  const take = `
    INSERT INTO ${quoted} AS pace (name, free) VALUES ($1, ${NOW} + $2::float8)
    ON CONFLICT (name) DO UPDATE SET free = greatest(pace.free, ${NOW}) + $2::float8
    RETURNING greatest(0, free - $2::float8 - ${NOW}) AS wait`;
  let ready: Promise<unknown> | undefined;
  return {
    take: async (takesMs) => {
      ready ??= makeTable(pool, quoted);
      try {
        await ready;
      } catch (error) {
        ready = undefined;
        throw error;
      }
      const { rows } = await pool.query(take, [name, takesMs]);
      return answer.parse(rows)[0]?.wait ?? 0;
    },
  };
}

async function makeTable(pool: PostgresPool, table: string): Promise<void> {
  // Looked up first: CREATE TABLE IF NOT EXISTS asks for the right to create even where the table exists.
  const { rows } = await pool.query('SELECT to_regclass($1) IS NOT NULL AS exists', [table]);
  if (
    z
      .array(z.object({ exists: z.literal(true) }))
      .length(1)
      .safeParse(rows).success
  )
    return;
  try {
    await pool.query(`CREATE TABLE IF NOT EXISTS ${table} (name text PRIMARY KEY, free float8 NOT NULL)`);
  } catch {
    // Another process may have made it at the same moment; if not, the next statement says what is wrong.
  }
}
