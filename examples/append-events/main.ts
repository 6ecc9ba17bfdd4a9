// Events with an id and no time that could be trusted: each is sent once, and what happens to its row later is ignored.
import { FileStateStore, QueryTemplate, SnowflakeSource, Sync, track } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { FileSnapshotStore, snapshotDiff } from 'snowmelt/diff';
import { startCollector, startSnowflake } from 'snowmelt/testing';

const snowflake = await startSnowflake({
  seedSql: `CREATE TABLE EVENTS AS SELECT SEQ4() + 1 AS ID, MOD(ID, 500) + 1 AS PERSON_ID, ID / 100 AS TOTAL
    FROM TABLE(GENERATOR(ROWCOUNT => 3000))`,
});
const collector = await startCollector();
const source = new SnowflakeSource(snowflake.connection());
const sync = new Sync({
  name: 'orders',
  source,
  query: new QueryTemplate(
    `SELECT ID AS "orderId", PERSON_ID AS "userId", 'Order Completed' AS "event", TOTAL AS "total" FROM events`,
  ),
  mapper: track(),
  sink: new CustomerIoSink({ endpoint: collector.endpoint, writeKey: collector.writeKey }),
  state: new FileStateStore('./.snowmelt'),
  changes: snapshotDiff({
    key: ['orderId'],
    mode: 'append',
    snapshots: new FileSnapshotStore('./.snowmelt-snapshots'),
  }),
});

async function runAndTell(): Promise<void> {
  const report = await sync.run();
  report.throwIfFailed();
  const { added, unchanged } = report.changes ?? {};
  console.log(`${added} events added, ${unchanged} known, ${collector.messages.length} sent in all`);
}

try {
  await runAndTell();
  // Late events, a corrected total, and old rows that were cleared away: only what is new is an event.
  await snowflake.query(`INSERT INTO EVENTS SELECT 5000 + SEQ4(), 7, 1 FROM TABLE(GENERATOR(ROWCOUNT => 20));
    UPDATE EVENTS SET TOTAL = 0 WHERE ID = 3000;
    DELETE FROM EVENTS WHERE ID <= 1000`);
  await runAndTell();
} finally {
  await source.close();
  await Promise.all([snowflake.close(), collector.close()]);
}
