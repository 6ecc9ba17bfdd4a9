// The whole of snowmelt: query, map, validate, batch, HTTP, checkpoint.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, settings, sql } from './measure.mjs';
import { openStore } from './store.mjs';
import {
  QueryTemplate,
  SnowflakeSource,
  SqlApiSource,
  Sync,
  defineMapper,
  generateKeyPair,
  identify,
} from '../../dist/index.js';
import { CustomerIoSink } from '../../dist/customerio.js';
import { NdjsonSink } from '../../dist/sinks.js';

const { privateKey } = await generateKeyPair();
const Source = settings.source === 'sql-api' ? SqlApiSource : SnowflakeSource;

const where = `${sql.replace(/ ORDER BY .*/, '')} WHERE UPDATED_AT >= {{last_sync_time}}`;
const mapper = settings.ownMapper
  ? defineMapper(({ userId, ...traits }) => ({ type: 'identify', userId: String(userId), traits }))
  : identify();
const { state, close } = await openStore();
const folder = await mkdtemp(join(tmpdir(), 'snowmelt-bench-log-'));
const deliveryLog = settings.deliveryLog ? new NdjsonSink({ path: join(folder, 'delivered.ndjson') }) : undefined;

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
    checkpoint: settings.checkpoint,
    deliveryLog,
  });
  let checkpoints = 0;
  sync.on('checkpoint', () => checkpoints++);
  const report = await sync.run();
  report.throwIfFailed();
  await source.close();
  return { rows: report.rowsDelivered, checkpoints };
});
await close();
await rm(folder, { recursive: true });
