// One sync, one run: people who changed since the last completed run become identify calls.
import { FileStateStore, identify, QueryTemplate, SnowflakeSource, Sync } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { openShop } from '../shop.js';

const shop = await openShop();
const source = new SnowflakeSource(shop.connection);
const sync = new Sync({
  name: 'people',
  source,
  query: new QueryTemplate(`
    SELECT ID AS "userId", EMAIL AS "email", PLAN AS "plan"
    FROM people WHERE LAST_UPDATED >= {{last_sync_time}}`),
  mapper: identify(),
  sink: new CustomerIoSink(shop.destination),
  state: new FileStateStore('./.snowmelt'),
  lookbackSeconds: 120,
});

try {
  const report = await sync.run();
  report.throwIfFailed();
  console.log(`${report.rowsDelivered} people delivered`);
} finally {
  await source.close();
  await shop.close();
}
