// A Singer tap: writes SCHEMA, RECORD and STATE messages (Singer specification) to stdout, one JSON text per line, so
// that any Singer target can be the destination: node build/examples/singer/main.js | target-csv
import { setTimeout as wait } from 'node:timers/promises';
import { QueryTemplate, SqlApiSource, toReadable } from 'snowmelt';
import { startSnowflake } from 'snowmelt/testing';

const write = async (message: object): Promise<void> => {
  // A target that is slower than the query fills the pipe.
  if (!process.stdout.write(`${JSON.stringify(message)}\n`)) {
    await Promise.race([
      new Promise((resolve) => process.stdout.once('drain', resolve)),
      wait(60_000, null, { ref: false }),
    ]);
  }
};

const snowflake = await startSnowflake({
  seedSql: `CREATE TABLE PEOPLE (ID VARCHAR, EMAIL VARCHAR, UPDATED TIMESTAMP_NTZ);
    INSERT INTO PEOPLE SELECT SEQ4()::VARCHAR, SEQ4() || '@example.com', '2026-01-01'::TIMESTAMP_NTZ
    FROM TABLE(GENERATOR(ROWCOUNT => 1000))`,
});
// With an account of yours: { account: 'org-account', username: 'SNOWMELT', privateKeyPath: 'key.p8', … }.
const source = new SqlApiSource(snowflake.connection());
const query = new QueryTemplate(
  'SELECT ID AS "id", EMAIL AS "email", UPDATED AS "updated" FROM PEOPLE WHERE UPDATED >= {{last_sync_time}}',
);
// The last STATE message of the run before, as Singer runners hand it over in a file.
const lastSyncTime = Number(process.env['LAST_SYNC_TIME'] ?? 0);

const started = Math.floor((await source.now()).getTime() / 1000);
const text = { type: ['string', 'null'] };
await write({
  type: 'SCHEMA',
  stream: 'people',
  key_properties: ['id'],
  schema: { type: 'object', properties: { id: text, email: text, updated: { ...text, format: 'date-time' } } },
});
for await (const record of toReadable(source, query, { lastSyncTime }) as AsyncIterable<object>) {
  await write({ type: 'RECORD', stream: 'people', record });
}
// Only now, as in a sync: the window starts where this run started, once every row is out.
await write({ type: 'STATE', value: { last_sync_time: started } });
await source.close();
await snowflake.close();
