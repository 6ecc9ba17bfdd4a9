import { expect, test } from 'vitest';
import { identify, MemoryStateStore, QueryTemplate, SnowflakeSource, Sync } from 'snowmelt';
import { recordingSink, startSnowflake } from 'snowmelt/testing';

test('sends each person once, and again when the row changes', async () => {
  const snowflake = await startSnowflake({
    seedSql: `
      CREATE TABLE people (id NUMBER, email VARCHAR, last_updated TIMESTAMP_NTZ);
      INSERT INTO people VALUES (1, 'ada@example.com', '2024-02-29 13:37:00'), (2, 'bob@example.com', '2024-02-29 13:37:00');`,
  });
  const source = new SnowflakeSource(snowflake.connection());
  const sink = recordingSink();
  const sync = new Sync({
    name: 'people',
    source,
    query: new QueryTemplate(
      'SELECT id AS "userId", email AS "email" FROM people WHERE last_updated >= {{last_sync_time}} ORDER BY id',
    ),
    mapper: identify(),
    sink,
    state: new MemoryStateStore(),
  });
  try {
    (await sync.run()).throwIfFailed();
    expect(sink.messages).toMatchObject([
      { type: 'identify', userId: '1', traits: { email: 'ada@example.com' } },
      { type: 'identify', userId: '2', traits: { email: 'bob@example.com' } },
    ]);
    sink.clear();
    await snowflake.query(`UPDATE people SET email = 'bob@example.org', last_updated = SYSDATE() WHERE id = 2`);
    (await sync.run()).throwIfFailed();
    expect(sink.messages).toMatchObject([{ userId: '2', traits: { email: 'bob@example.org' } }]);
  } finally {
    await source.close();
    await snowflake.close();
  }
});
