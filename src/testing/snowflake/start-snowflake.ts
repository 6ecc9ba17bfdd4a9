import { loadSqlEngine } from './load-sql-engine.js';
import { ServerClock } from './results/server-clock.js';
import { readSeedFiles } from './server/seed-files.js';
import type { StartSnowflakeOptions } from './server/snowflake-options.js';
import { parseSnowflakeOptions } from './server/snowflake-options.js';
import { startServer, type EmbeddedSnowflake } from './start-server.js';

/**
 * Starts a Snowflake on loopback for tests. The official driver (`accessUrl` and `account`) and clients of the SQL API
 * v2 talk to it as they are; SQL runs on an embedded DuckDB.
 *
 * @example
 * const snowflake = await startSnowflake({ seedSql: 'CREATE TABLE PEOPLE (ID NUMBER, EMAIL TEXT)' });
 * const source = new SnowflakeSource(snowflake.connection());
 * // …
 * await snowflake.close();
 *
 * @throws `ConfigError`: CONFIG_INVALID for a wrong option, a port in use, a database file that cannot be opened
 * and a seed file that fails, PEER_MISSING when `@duckdb/node-api` is not installed.
 */
export async function startSnowflake(options: StartSnowflakeOptions = {}): Promise<EmbeddedSnowflake> {
  const settings = parseSnowflakeOptions(options);
  const seeds = await readSeedFiles(settings.seedFiles);
  const clock = new ServerClock();
  const engine = await loadSqlEngine(settings.databaseFile, settings.account, () => clock.now());
  return startServer(engine, settings, clock, seeds);
}
