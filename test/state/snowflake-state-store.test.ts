import {
  ConfigError,
  generateKeyPair,
  identify,
  QueryTemplate,
  setupSql,
  SnowflakeSource,
  SqlApiSource,
  Sync,
} from 'snowmelt';
import type { Message, SnowflakeConnectionOptions, Source } from 'snowmelt';
import { SnowflakeStateStore } from 'snowmelt/snowflake-state';
import { CallbackSink } from 'snowmelt/sinks';
import { startSnowflake, testStateStore, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSoak } from '../faults/long-form.js';

const table = 'OPS.PUBLIC.SNOWMELT_STATE';
let snowflake: EmbeddedSnowflake;
let connection: SnowflakeConnectionOptions;

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair();
  snowflake = await startSnowflake({
    databases: ['SHOP', 'OPS'],
    seedSql: [
      "CREATE TABLE SHOP.PUBLIC.PEOPLE AS SELECT 'a' AS ID",
      'CREATE TABLE OPS.PUBLIC.OTHER (KEY VARCHAR, VERSION NUMBER, VALUE VARCHAR)',
      setupSql({ publicKey, select: ['SHOP.PUBLIC.PEOPLE'], stateTable: table }),
    ],
  });
  const { accessUrl, account } = snowflake;
  connection = { accessUrl, account, username: 'SNOWMELT', privateKey };
});
afterAll(() => snowflake.close());

const sources: [name: string, make: () => Source][] = [
  ['SqlApiSource', () => new SqlApiSource(connection)],
  ['SnowflakeSource', () => new SnowflakeSource(connection)],
];

for (const [name, make] of sources) {
  testStateStore({
    describe,
    // Sixteen writers of one record come to a thousand statements, four to seventy.
    writers: isSoak ? 16 : 4,
    it: (title, body) => it(title, { timeout: 400_000 }, body),
    name: `SnowflakeStateStore over ${name}, by the role of setupSql,`,
    create: async () => {
      await snowflake.query(`DELETE FROM ${table}`);
      const opened: Source[] = [];
      const open = (): SnowflakeStateStore => {
        const source = make();
        opened.push(source);
        return new SnowflakeStateStore({ source, table });
      };
      return {
        store: open(),
        capabilities: {
          reopen: open,
          damage: async (key) => {
            await snowflake.query(`UPDATE ${table} SET VALUE = '{"schema":' WHERE KEY = '${key}'`);
          },
        },
        cleanup: async () => {
          await Promise.all(opened.map((source) => source.close()));
        },
      };
    },
  });
}

describe('SnowflakeStateStore', () => {
  it('keeps the state of a sync with the rights of setupSql and no others', async () => {
    await snowflake.query(`DELETE FROM ${table}`);
    const source = new SqlApiSource(connection);
    const messages: Message[] = [];
    const sync = new Sync({
      name: 'people',
      source,
      query: new QueryTemplate('SELECT ID AS "userId" FROM SHOP.PUBLIC.PEOPLE'),
      mapper: identify(),
      sink: new CallbackSink(async (batch) => void messages.push(...batch)),
      state: new SnowflakeStateStore({ source, table }),
    });
    const report = await sync.run();
    expect([report.status, messages.length]).toEqual(['completed', 1]);
    expect((await sync.status()).lastSyncTime).toBe(report.lastSyncTime.after);
    await expect(source.execute({ sql: 'DELETE FROM SHOP.PUBLIC.PEOPLE', binds: [] })).rejects.toThrow();
    await source.close();
  });

  it('writes once a minute at most', () => {
    const source = new SqlApiSource(connection);
    expect(new SnowflakeStateStore({ source, table }).minWriteIntervalMs).toBe(60_000);
    for (const wrong of [
      { minWriteIntervalMs: 59_999 },
      { table: 'SNOWMELT_STATE' },
      { table: 'A.B.C; DROP TABLE X' },
    ]) {
      expect(() => new SnowflakeStateStore({ source, table, ...wrong })).toThrow(ConfigError);
    }
  });

  it('says what is wrong with a table that it may not use', async () => {
    const source = new SqlApiSource(connection);
    const store = new SnowflakeStateStore({ source, table: 'OPS.PUBLIC.OTHER' });
    await expect(store.get('people')).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      hint: expect.stringContaining('setupSql') as string,
    });
    await source.close();
  });

  it('ends a run at once with a key that is refused, so that the user is not locked', async () => {
    const { privateKey } = await generateKeyPair();
    const source = new SqlApiSource({ ...connection, privateKey });
    const sync = new Sync({
      name: 'people',
      source,
      query: new QueryTemplate('SELECT 1 AS "userId"'),
      mapper: identify(),
      sink: new CallbackSink(async () => undefined),
      state: new SnowflakeStateStore({ source, table }),
    });
    const before = snowflake.stats().requests['api-submit'] ?? 0;
    expect(await sync.run()).toMatchObject({
      status: 'failed',
      error: { code: 'STATE_UNAVAILABLE', retryable: false, hint: expect.stringContaining('RSA_PUBLIC_KEY') as string },
    });
    // Once more with a new token, as for any request.
    expect((snowflake.stats().requests['api-submit'] ?? 0) - before).toBeLessThanOrEqual(2);
    await source.close();
  });

  it('reports a record that stands twice instead of choosing one', async () => {
    await snowflake.query(`DELETE FROM ${table}`);
    await snowflake.query(`INSERT INTO ${table} VALUES ('people', 1, '{}'), ('people', 1, '{}')`);
    const source = new SqlApiSource(connection);
    await expect(new SnowflakeStateStore({ source, table }).get('people')).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
    });
    await source.close();
  });
});
