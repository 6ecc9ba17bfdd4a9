// Deletes people at Customer.io whose rows were marked as deleted: there is no call for it, but a semantic event.
import { deletePeople, FileStateStore, QueryTemplate, SnowflakeSource, Sync } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { openShop } from '../shop.js';

const shop = await openShop();
const source = new SnowflakeSource(shop.connection);
const sync = new Sync({
  name: 'deletions',
  source,
  query: new QueryTemplate('SELECT ID AS "userId" FROM deleted_people WHERE DELETED_AT >= {{last_sync_time}}'),
  mapper: deletePeople(),
  sink: new CustomerIoSink(shop.destination),
  state: new FileStateStore('./.snowmelt'),
  // A query gone wrong must not delete everybody: above this the run fails with BREAKER_TRIPPED and nothing is sent.
  breaker: { maxDeletes: 1000 },
});

try {
  const report = await sync.run();
  report.throwIfFailed();
  console.log(`${report.rowsDelivered} people deleted`);
} finally {
  await source.close();
  await shop.close();
}
