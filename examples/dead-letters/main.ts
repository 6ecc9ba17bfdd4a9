// Rows that cannot be mapped are kept with their reason; once the mapping is repaired, their current rows are sent.
import { FileStateStore, identify, QueryTemplate, replayDeadLetters, SnowflakeSource, Sync } from 'snowmelt';
import type { DeadLetter } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { NdjsonSink, readDeadLetters } from 'snowmelt/sinks';
import { openShop } from '../shop.js';

const shop = await openShop();
const source = new SnowflakeSource(shop.connection);
const sink = new CustomerIoSink(shop.destination);
const query = new QueryTemplate(
  'SELECT CUSTOMER_ID AS "userId", EMAIL AS "email" FROM leads WHERE LAST_UPDATED >= {{last_sync_time}}',
);

try {
  const leads = new Sync({
    name: 'leads',
    source,
    query,
    mapper: identify(),
    sink,
    state: new FileStateStore('./.snowmelt'),
    deadLetter: new NdjsonSink<DeadLetter>({ path: './rejected.ndjson' }),
    maxRejected: 50,
  });
  const report = await leads.run();
  report.throwIfFailed();
  console.log(`${report.rowsDelivered} delivered, ${report.rowsRejected} rejected: ${report.rejections[0]?.reason}`);

  // Leads without an id are known by their address: with this mapping their rows are fine.
  const replay = await replayDeadLetters(readDeadLetters('./rejected.ndjson'), {
    sync: leads,
    key: { column: 'email' },
    mapper: identify({ emailFallback: true }),
  });
  replay.throwIfFailed();
  console.log(`${replay.rowsDelivered} of ${replay.entries} delivered by the replay`);
} finally {
  await source.close();
  await shop.close();
}
