// The whole of snowmelt: query, map, validate, batch, HTTP, checkpoint.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, settings, sql } from './measure.mjs';
import {
  FileStateStore,
  MemoryStateStore,
  QueryTemplate,
  SnowflakeSource,
  SqlApiSource,
  Sync,
  defineMapper,
  generateKeyPair,
  identify,
} from '../../dist/index.js';
import { CustomerIoSink } from '../../dist/customerio.js';

const folder = mkdtempSync(join(tmpdir(), 'snowmelt-bench-'));
const { privateKey } = await generateKeyPair();
const Source = settings.source === 'sql-api' ? SqlApiSource : SnowflakeSource;

let endClient;

async function makeStore() {
  switch (settings.store) {
    case 'memory':
    case 'none':
      return new MemoryStateStore();
    case 'postgres': {
      const { PostgresStateStore } = await import('../../dist/postgres.js');
      return new PostgresStateStore({ connectionString: settings.postgres });
    }
    case 'redis': {
      const { RedisStateStore } = await import('../../dist/redis.js');
      const { createClient } = await import('redis');
      const client = await createClient({ socket: { path: settings.redis, tls: false } }).connect();
      endClient = () => client.destroy();
      return new RedisStateStore({ client });
    }
    case 'snowflake': {
      const { SnowflakeStateStore } = await import('../../dist/snowflake-state.js');
      const { connection, stateTable } = settings.stateWarehouse;
      const source = new SqlApiSource(connection);
      endClient = () => source.close();
      return new SnowflakeStateStore({ source, table: stateTable });
    }
    default:
      return new FileStateStore(folder);
  }
}

const where = `${sql.replace(/ ORDER BY .*/, '')} WHERE UPDATED_AT >= {{last_sync_time}}`;
const mapper = settings.ownMapper
  ? defineMapper(({ userId, ...traits }) => ({ type: 'identify', userId: String(userId), traits }))
  : identify();
const state = await makeStore();

await measure(async () => {
  const source = new Source({
    account: 'bench',
    accessUrl: settings.warehouse,
    username: 'BENCH',
    privateKey,
    warehouse: 'WH',
  });
  const sync = new Sync({
    name: 'bench',
    source,
    query: new QueryTemplate(`${where}${settings.orderBy ? ' ORDER BY "userId"' : ''}`),
    mapper,
    sink: new CustomerIoSink({ writeKey: 'key', endpoint: settings.collector, gzip: settings.gzip ?? false }),
    state,
    ...(settings.store === 'none' && { checkpoint: { everySeconds: 3_600, everyRows: 1e9 } }),
  });
  const report = await sync.run();
  report.throwIfFailed();
  await source.close();
  return report.rowsDelivered;
});
await state.close?.();
await endClient?.();
rmSync(folder, { recursive: true, force: true });
