import { afterAll, beforeAll } from 'vitest';
import { startSnowflake, type EmbeddedSnowflake } from '../../../../src/testing/index.js';
import { connect, execute, failure, type Connection } from '../driver.js';

/** What the official driver makes of statements: one server and one connection for a file of tests. */
export interface Asked {
  /** The rows as JSON text without names. */
  readonly rows: (sql: string) => Promise<string>;
  /** The first row, by the names of its columns. */
  readonly row: (sql: string) => Promise<Record<string, unknown>>;
  /** Why it fails. */
  readonly refusal: (sql: string) => Promise<string>;
}

/** Starts them before the tests of the file, seeded. */
export function asked(seedSql = 'SELECT 1'): Asked {
  let server: EmbeddedSnowflake;
  let connection: Connection;
  beforeAll(async () => {
    server = await startSnowflake({ seedSql });
    connection = await connect(server);
  });
  afterAll(() => server.close());
  const run = async (sql: string): Promise<Record<string, unknown>[]> => (await execute(connection, sql)).rows;
  return {
    rows: async (sql) => JSON.stringify((await run(sql)).map((row) => Object.values(row))),
    row: async (sql) => (await run(sql))[0] ?? {},
    refusal: async (sql) => (await failure(run(sql))).message,
  };
}
