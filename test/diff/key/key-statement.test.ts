import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueryTemplate, SnowflakeSource, SqlApiSource, type QueryParam, type Source, type Statement } from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { checkKey, KEY_COLUMN } from '../../../src/diff/key/check-key.js';
import { keyHash } from '../../../src/diff/key/key-hash.js';
import { describeStatement, keyStatement } from '../../../src/diff/key/key-statement.js';
import { keyedResult } from '../../../src/diff/key/keyed-result.js';

let snowflake: EmbeddedSnowflake;
const sources: Record<string, Source> = {};
beforeAll(async () => {
  snowflake = await startSnowflake({
    seedSql: `
      CREATE TABLE PEOPLE (ID NUMBER, EMAIL TEXT, AT TIMESTAMP_NTZ);
      INSERT INTO PEOPLE SELECT COLUMN1, COLUMN2, TO_TIMESTAMP_NTZ(COLUMN3)
        FROM VALUES (1, 'a@x', 100), (2, 'b@x', 200), (3, 'c@x', 300), (NULL, 'd@x', 400);
    `,
  });
  sources['SnowflakeSource'] = new SnowflakeSource(snowflake.connection());
  sources['SqlApiSource'] = new SqlApiSource(snowflake.connection());
});
afterAll(async () => {
  for (const source of Object.values(sources)) await source.close();
  await snowflake.close();
});

/** The rows of a query in the order of their keys. */
async function keyed(source: Source, statement: Statement, names: readonly string[]) {
  const described = await source.execute(describeStatement(statement));
  const key = checkKey(described.columns, names);
  const result = keyedResult(await source.execute(keyStatement(statement, key)));
  const rows: (readonly unknown[])[] = [];
  const keys: (string | undefined)[] = [];
  for await (const batch of result.read()) {
    rows.push(...batch.rows);
    keys.push(...batch.keys.map((hash) => hash?.toString('hex')));
    expect(batch.keys).toEqual(batch.rows.map((values) => keyHash(key, values)));
  }
  return { columns: result.columns.map(({ name }) => name), rows, keys };
}

const sorted = (rows: readonly (readonly unknown[])[]): unknown[][] =>
  [...rows].map((row) => [...row]).sort((a, b) => (String(a) < String(b) ? -1 : 1));

const QUERIES: Record<string, readonly [text: string, key: string, params?: Record<string, QueryParam>]> = {
  'an order of its own': ['SELECT ID AS "userId", EMAIL FROM PEOPLE ORDER BY EMAIL DESC', 'userId'],
  'an order that a limit needs': ['SELECT ID, EMAIL FROM PEOPLE ORDER BY EMAIL DESC LIMIT 2', 'EMAIL'],
  'a common table expression': ['WITH P AS (SELECT ID FROM PEOPLE) SELECT ID, ID + 1 AS NEXT FROM P', 'NEXT'],
  'a union': ['SELECT ID FROM PEOPLE UNION ALL SELECT ID + 10 FROM PEOPLE', 'ID'],
  'a union in brackets': ['(SELECT ID FROM PEOPLE) UNION (SELECT ID + 10 FROM PEOPLE)', 'ID'],
  values: ["VALUES (1, 'x'), (2, 'y')", 'column2'],
  'comments everywhere': ['-- people\nSELECT ID /* the id */, EMAIL // mail\nFROM PEOPLE -- all of them; ', 'ID'],
  'a semicolon and a comment behind it': ['SELECT ID FROM PEOPLE; -- that was it', 'ID'],
  'odd names': [`SELECT ID AS "a ""b"" 'c' ; -- d", EMAIL AS "ключ 🔑" FROM PEOPLE`, 'ключ 🔑'],
  'a name like a word of SQL': ['SELECT ID AS "ORDER", EMAIL AS "SELECT" FROM PEOPLE', 'ORDER'],
  'names that differ by case': ['SELECT ID AS "id", EMAIL AS "ID" FROM PEOPLE', 'ID'],
  'a name of the SQL around it': ['SELECT ID AS "SHA2", EMAIL AS "KEY" FROM PEOPLE', 'SHA2'],
  'columns of one name in two tables': ['SELECT A.ID, B.EMAIL FROM PEOPLE A JOIN PEOPLE B ON A.ID = B.ID', 'ID'],
  binds: [
    'SELECT ID, {{first}} AS FIRST, EMAIL FROM PEOPLE WHERE EMAIL <> {{second}} AND ID >= {{third}} OR EMAIL = {{first}}',
    'first',
    { first: 'd@x', second: "it's", third: 2 },
  ],
  'the time of the last sync': [
    'SELECT ID FROM PEOPLE WHERE AT >= {{last_sync_time}} AND {{sync_time:epoch}} > 0',
    'ID',
  ],
  'no rows': ['SELECT ID FROM PEOPLE WHERE FALSE', 'ID'],
};

describe.each(['SnowflakeSource', 'SqlApiSource'])('the query with its key, by %s', (name) => {
  it.each(Object.entries(QUERIES))('has the same rows and columns: %s', async (_, [text, key, params = {}]) => {
    const source = sources[name]!;
    const undeclared = Object.fromEntries(Object.keys(params).map((param) => [param, undefined]));
    const statement = new QueryTemplate(text, { params: undeclared }).render({
      lastSyncTime: 200,
      syncTime: 900,
      params,
    });
    const plain = await source.execute(statement);
    const rows: (readonly unknown[])[] = [];
    for await (const batch of plain.read()) rows.push(...batch.rows);
    const found = await keyed(source, statement, [key]);
    expect(found.columns).toEqual(plain.columns.map((column) => column.name));
    expect(sorted(found.rows)).toEqual(sorted(rows));
    const hashes = found.keys.filter((hash) => hash !== undefined);
    expect(found.keys.slice(0, hashes.length)).toEqual([...hashes].sort());
  });

  it('puts rows without a key behind all others', async () => {
    const found = await keyed(sources[name]!, { sql: 'SELECT EMAIL, ID FROM PEOPLE', binds: [] }, ['ID', 'EMAIL']);
    expect(found.keys.map((hash) => hash === undefined)).toEqual([false, false, false, true]);
    expect(found.rows.at(-1)).toEqual(['d@x', null]);
  });

  it('has its errors on the lines of the query', async () => {
    const statement = { sql: 'SELECT ID,\n  NOPE\nFROM PEOPLE', binds: [] };
    await expect(sources[name]!.execute(describeStatement(statement))).rejects.toMatchObject({ details: { line: 2 } });
  });
});

it.each(['SHOW TABLES', 'DESCRIBE TABLE PEOPLE', '(SHOW TABLES)', 'CALL P()', 'SHOW TABLES ->> SELECT * FROM $1'])(
  'refuses what cannot stand in FROM: %s',
  (sql) => {
    const key = checkKey([{ name: 'ID', type: 'fixed', nullable: true }], ['ID']);
    for (const make of [() => describeStatement({ sql, binds: [] }), () => keyStatement({ sql, binds: [] }, key)]) {
      expect(make).toThrow(/cannot stand in FROM/);
      expect(make).toThrow(expect.objectContaining({ name: 'ConfigError', code: 'CONFIG_INVALID' }));
    }
  },
);

it('looks like this, so that a change of it is seen', () => {
  const key = checkKey(
    [
      { name: 'userId', type: 'text', nullable: true },
      { name: 'AT', type: 'timestamp_tz', nullable: true },
    ],
    ['userId', 'AT'],
  );
  const moment = `TO_VARCHAR(CONVERT_TIMEZONE('UTC', "AT"), 'YYYY-MM-DD"T"HH24:MI:SS.FF9')`;
  expect(keyStatement({ sql: 'SELECT 1', binds: [] }, key).sql).toBe(
    `SELECT *, LEFT(SHA2('t' || TO_VARCHAR(OCTET_LENGTH(COLLATE("userId", ''))) || ':' || COLLATE("userId", '')` +
      ` || 'i' || TO_VARCHAR(OCTET_LENGTH(${moment})) || ':' || ${moment}, 256), 32) AS "${KEY_COLUMN}"` +
      ` FROM (SELECT 1\n) ORDER BY "${KEY_COLUMN}" NULLS LAST`,
  );
});
