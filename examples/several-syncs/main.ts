// Several syncs from one source, at most two of them at a time, each on its own schedule.
import { deletePeople, FileStateStore, identify, QueryTemplate, SnowflakeSource, Sync, track } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { runSlots, scheduleSync } from 'snowmelt/schedule';
import { openShop } from '../shop.js';

const shop = await openShop();
const source = new SnowflakeSource(shop.connection);
const sink = new CustomerIoSink(shop.destination);
const state = new FileStateStore('./.snowmelt');
const shared = { source, sink, state, lookbackSeconds: 120 };

const people = new Sync({
  ...shared,
  name: 'people',
  query: new QueryTemplate(
    'SELECT ID AS "userId", EMAIL AS "email", PLAN AS "plan" FROM people WHERE LAST_UPDATED >= {{last_sync_time}}',
  ),
  mapper: identify(),
});
const orders = new Sync({
  ...shared,
  name: 'orders',
  query: new QueryTemplate(`
    SELECT 'order-' || ID AS "messageId", PERSON_ID AS "userId", EVENT AS "event", TOTAL AS "total",
      CREATED_AT AS "timestamp"
    FROM events WHERE CREATED_AT >= {{last_sync_time}}`),
  mapper: track(),
});
const deletions = new Sync({
  ...shared,
  name: 'deletions',
  query: new QueryTemplate('SELECT ID AS "userId" FROM deleted_people WHERE DELETED_AT >= {{last_sync_time}}'),
  mapper: deletePeople(),
});

const slots = runSlots(2);
const schedules = [
  await scheduleSync(people, { every: '15m', runImmediately: true, slots }),
  await scheduleSync(orders, { every: '5m', runImmediately: true, slots }),
  await scheduleSync(deletions, { every: '1h', runImmediately: true, slots }),
];
const firstRuns = schedules.map(async (schedule) => {
  const report = await new Promise<Awaited<ReturnType<Sync['run']>>>((resolve) => schedule.on('run', resolve));
  report.throwIfFailed();
  console.log(`${report.sync}: ${report.status}, ${report.rowsDelivered} rows`);
});

const stop = async (): Promise<void> => {
  await Promise.all(schedules.map((schedule) => schedule.stop({ abort: true })));
  await source.close();
  await shop.close();
};
process.once('SIGTERM', () => void stop());
try {
  await Promise.all(firstRuns);
} finally {
  if (shop.isLocal) await stop();
}
