// The state store that a contest names.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settings } from './measure.mjs';
import { FileStateStore, MemoryStateStore, SqlApiSource } from '../../dist/index.js';

/** Gives the store, and a function that closes it and what it uses. */
export async function openStore() {
  switch (settings.store) {
    case 'memory':
      return { state: new MemoryStateStore(), close: () => undefined };
    case 'postgres': {
      const { PostgresStateStore } = await import('../../dist/postgres.js');
      const state = new PostgresStateStore({ connectionString: settings.postgres });
      return { state, close: () => state.close() };
    }
    case 'redis': {
      const { RedisStateStore } = await import('../../dist/redis.js');
      const { createClient } = await import('redis');
      const client = await createClient({ socket: { path: settings.redis, tls: false } }).connect();
      return { state: new RedisStateStore({ client }), close: () => client.destroy() };
    }
    case 'snowflake': {
      const { SnowflakeStateStore } = await import('../../dist/snowflake-state.js');
      const { connection, stateTable } = settings.stateWarehouse;
      const source = new SqlApiSource(connection);
      return { state: new SnowflakeStateStore({ source, table: stateTable }), close: () => source.close() };
    }
    default: {
      const folder = mkdtempSync(join(tmpdir(), 'snowmelt-bench-'));
      return { state: new FileStateStore(folder), close: () => rmSync(folder, { recursive: true, force: true }) };
    }
  }
}
