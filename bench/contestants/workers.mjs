// One run, alone or shared by the workers of a queue: this process, and a second one where there are two.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { measure, settings, sql } from './measure.mjs';
import { openStore } from './store.mjs';
import { QueryTemplate, SqlApiSource, Sync, generateKeyPair, identify } from '../../dist/index.js';
import { syncQueue } from '../../dist/bullmq.js';
import { CustomerIoSink } from '../../dist/customerio.js';

const { privateKey } = settings.privateKey === undefined ? await generateKeyPair() : settings;
const { state, close } = await openStore();
const source = new SqlApiSource({
  account: 'bench',
  accessUrl: settings.warehouse,
  username: 'BENCH',
  privateKey,
  warehouse: 'WH',
});
const sync = new Sync({
  name: `workers-${settings.workers}`,
  source,
  query: new QueryTemplate(`${sql} WHERE UPDATED_AT >= {{last_sync_time}}`),
  mapper: identify(),
  sink: new CustomerIoSink({ writeKey: 'key', endpoint: settings.collector, gzip: false }),
  state,
});
const queue = syncQueue({
  connection: { path: settings.redis },
  name: sync.name,
  syncs: [sync],
  // One range for each of two workers.
  rowsPerJob: settings.rows / 2,
});
// Workers have loaded BullMQ and are connected long before a run begins.
if (settings.workers > 0) await queue.resume();

if (settings.isSecond === true) {
  process.once('disconnect', () => void queue.close());
  const working = queue.work();
  process.send('ready');
  await working;
} else {
  const second = settings.workers === 2 ? startSecond() : undefined;
  if (second !== undefined) await once(second, 'message');
  const working = settings.workers === 0 ? undefined : queue.work();
  await measure(async () => {
    const report = await (settings.workers === 0 ? sync.run() : queue.run(sync.name));
    report.throwIfFailed();
    return { rows: report.rowsDelivered };
  });
  second?.disconnect();
  await queue.close();
  await working;
}
await source.close();
await close();

function startSecond() {
  const more = JSON.stringify({ ...settings, privateKey, isSecond: true });
  return fork(fileURLToPath(import.meta.url), [more], { execArgv: [] });
}
