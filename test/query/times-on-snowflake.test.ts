import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueryTemplate, SnowflakeSource } from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';

const T = 1_700_000_000; // 2023-11-14T22:13:20Z

let snowflake: EmbeddedSnowflake;
let source: SnowflakeSource;
beforeAll(async () => {
  snowflake = await startSnowflake({
    seedSql: `
      CREATE TABLE EDITS (ID NUMBER, NTZ TIMESTAMP_NTZ, LTZ TIMESTAMP_LTZ, TZ TIMESTAMP_TZ, WALL TIMESTAMP_NTZ, EPOCH NUMBER, MS NUMBER);
      INSERT INTO EDITS
        SELECT 1, '2023-11-14 22:13:19'::TIMESTAMP_NTZ, '2023-11-14 22:13:19 +0000'::TIMESTAMP_LTZ,
          '2023-11-14 22:13:19 +0000'::TIMESTAMP_TZ, '2023-11-14 14:13:19'::TIMESTAMP_NTZ, 1699999999, 1699999999000;
      INSERT INTO EDITS
        SELECT 2, '2023-11-14 22:13:20'::TIMESTAMP_NTZ, '2023-11-14 22:13:20 +0000'::TIMESTAMP_LTZ,
          '2023-11-15 03:58:20 +0545'::TIMESTAMP_TZ, '2023-11-14 14:13:20'::TIMESTAMP_NTZ, 1700000000, 1700000000000;
    `,
  });
  source = new SnowflakeSource(snowflake.connection());
});
afterAll(async () => {
  await source.close();
  await snowflake.close();
});

async function ids(condition: string): Promise<unknown[]> {
  const template = new QueryTemplate(`SELECT ID FROM EDITS WHERE ${condition} ORDER BY ID`);
  const found: unknown[] = [];
  for (const lastSyncTime of [0, T]) {
    const result = await source.execute(template.render({ lastSyncTime }));
    const rows: unknown[] = [];
    for await (const batch of result.read()) rows.push(...batch.rows.map(([id]) => Number(id)));
    found.push(rows);
  }
  return found;
}

describe('every form finds the rows changed since the last sync, and on the first run all', () => {
  it.each([
    'NTZ >= {{last_sync_time}}',
    'LTZ >= {{last_sync_time}}',
    'TZ >= {{last_sync_time}}',
    'EPOCH >= {{last_sync_time}}',
    "NTZ >= '{{last_sync_time}}'",
    'NTZ >= TO_TIMESTAMP_NTZ({{last_sync_time}})',
    'LTZ >= TO_TIMESTAMP_LTZ({{last_sync_time}})',
    'NTZ >= TO_TIMESTAMP_NTZ({{last_sync_time:epoch}})',
    'EPOCH >= {{last_sync_time:epoch}}',
    'MS >= {{last_sync_time:epoch_ms}}',
    'NTZ >= {{last_sync_time:timestamp_ntz}}',
    'LTZ >= {{last_sync_time:timestamp_ltz}}',
    'TZ >= {{last_sync_time:timestamp_tz}}',
    "WALL >= {{last_sync_time:timestamp_ntz('America/Los_Angeles')}}",
    'NTZ >= {{last_sync_time:iso}}',
    'LTZ >= {{last_sync_time:iso}}',
    "NTZ >= '{{last_sync_time:timestamp_ntz}}'",
    "TZ >= '{{last_sync_time:timestamp_tz}}'",
  ])('%s', async (condition) => {
    expect(await ids(condition)).toEqual([[1, 2], [2]]);
  });
});
