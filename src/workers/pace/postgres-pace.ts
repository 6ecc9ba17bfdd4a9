import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { withMethod } from '../../options/option-checks.js';
import type { SharedPace } from '../../sink/around/with-rate-limit.js';
import { PostgresTable, type PostgresPool } from '../../state/stores/postgres-table.js';

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
  table: z.string().min(1).optional(),
};

const answer = z.array(z.object({ wait: z.number() })).length(1);

// Not now(): that is the start of the transaction, and the row may have been waited for (PostgreSQL documentation,
// "Date/Time Functions").
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::float8';
const TABLE = {
  what: 'pace',
  name: 'snowmelt_pace',
  columns: 'name text PRIMARY KEY, free float8 NOT NULL',
  code: 'PACE_UNAVAILABLE',
} as const;

/**
 * A pace for `withRateLimit` that the processes of all machines share, in a table of PostgreSQL and by its clock.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function postgresPace(options: PostgresPaceOptions): SharedPace {
  const { name, ...where } = checkOptions('postgresPace', shape, options);
  const table = new PostgresTable('postgresPace', TABLE, where);
  const take = `
    INSERT INTO ${table.name} AS pace (name, free) VALUES ($1, ${NOW} + $2::float8)
    ON CONFLICT (name) DO UPDATE SET free = greatest(pace.free, ${NOW}) + $2::float8
    RETURNING greatest(0, free - $2::float8 - ${NOW}) AS wait`;
  return {
    take: async (takesMs) => answer.parse(await table.query(take, [name, takesMs]))[0]?.wait ?? 0,
  };
}
