// Runs the runner against an embedded Snowflake: everybody first, then only who changed.
import { identify, QueryTemplate, SnowflakeSource } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { startCollector, startSnowflake } from 'snowmelt/testing';
import { runOnce } from './own-runner.js';

const snowflake = await startSnowflake({
  seedSql: `
    CREATE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR, UPDATED TIMESTAMP_NTZ);
    INSERT INTO PEOPLE SELECT SEQ4(), 'p' || SEQ4() || '@example.com', DATEADD('hour', -1, SYSDATE())
      FROM TABLE(GENERATOR(ROWCOUNT => 1000))`,
});
const collector = await startCollector();
const source = new SnowflakeSource(snowflake.connection());
const runner = {
  source,
  query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE WHERE UPDATED >= {{last_sync_time}}'),
  mapper: identify(),
  sink: new CustomerIoSink({ endpoint: collector.endpoint, writeKey: collector.writeKey }),
  file: 'people.json',
};
try {
  const first = await runOnce(runner);
  first.throwIfFailed();
  await snowflake.query('UPDATE PEOPLE SET UPDATED = SYSDATE() WHERE ID < 10');
  const second = await runOnce(runner);
  second.throwIfFailed();
  console.log(`first run: ${first.rowsDelivered} people, second run: ${second.rowsDelivered}`);
} finally {
  await source.close();
  await collector.close();
  await snowflake.close();
}
