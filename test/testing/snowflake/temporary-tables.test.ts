import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSnowflake, type EmbeddedSnowflake } from '../../../src/testing/index.js';
import { connect, execute, failure, type Connection } from './driver.js';
import { SqlApiClient } from './sql-api-client.js';

// By Snowflake's documentation, "Working with Temporary and Transient Tables".
let server: EmbeddedSnowflake;
let one: Connection;
let two: Connection;

beforeAll(async () => {
  server = await startSnowflake({
    databases: ['SNOWMELT'],
    users: [
      { name: 'ADMIN', roles: ['ACCOUNTADMIN'] },
      { name: 'READER', roles: ['READERS'] },
    ],
    seedSql: 'GRANT USAGE ON DATABASE SNOWMELT TO ROLE READERS; GRANT USAGE ON SCHEMA SNOWMELT.PUBLIC TO ROLE READERS; GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE READERS', // prettier-ignore
  });
  [one, two] = [await connect(server, { user: 'ADMIN' }), await connect(server, { user: 'ADMIN' })];
});
afterAll(() => server.close());

const value = async (connection: Connection, sql: string): Promise<unknown> =>
  Object.values((await execute(connection, sql)).rows[0] ?? {})[0];

test.each(['TEMPORARY', 'TEMP', 'LOCAL TEMPORARY', 'GLOBAL TEMP', 'VOLATILE'])(
  'CREATE %s TABLE makes one of the session alone, which ends with it',
  async (word) => {
    const third = await connect(server, { user: 'ADMIN' });
    await execute(third, `CREATE ${word} TABLE MINE (A NUMBER AUTOINCREMENT, B TEXT)`);
    await execute(third, "INSERT INTO MINE (B) VALUES ('x'), ('y')");
    expect(await value(third, 'SELECT SUM(A) FROM MINE')).toBe(3);
    expect(await value(third, "SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'MINE'")).toBe(1);
    expect(await failure(execute(two, 'SELECT * FROM MINE'))).toMatchObject({ code: '002003' });
    expect((await execute(two, "SHOW TABLES LIKE 'MINE'")).rows).toEqual([]);
    await new Promise((resolve) => third.destroy(resolve));
    expect(await failure(execute(two, 'DROP TABLE MINE'))).toMatchObject({ code: '002003' });
  },
);

test('it hides a permanent table of its name, for reading, changing and dropping', async () => {
  await server.query('CREATE OR REPLACE TABLE BOTH AS SELECT 1 AS A');
  await execute(one, 'CREATE TEMP TABLE BOTH AS SELECT 2::NUMBER AS A');
  expect(await failure(execute(one, 'CREATE TEMP TABLE BOTH (A NUMBER)'))).toMatchObject({ code: '002002' });
  await execute(one, 'UPDATE BOTH SET A = A + 10');
  expect([await value(one, 'SELECT A FROM BOTH'), await value(two, 'SELECT A FROM BOTH')]).toEqual([12, 1]);
  await execute(one, 'CREATE OR REPLACE TEMP TABLE BOTH AS SELECT 3 AS A');
  await execute(one, 'ALTER TABLE BOTH RENAME COLUMN A TO Z');
  expect(await value(one, 'SELECT Z FROM BOTH')).toBe(3);
  await execute(one, 'DROP TABLE BOTH');
  expect(await value(one, 'SELECT A FROM BOTH')).toBe(1);
});

test('a temporary view is one of the session too', async () => {
  await execute(one, 'CREATE TEMPORARY VIEW SEEN AS SELECT 5 AS A');
  expect(await value(one, 'SELECT A FROM SEEN')).toBe(5);
  expect(await failure(execute(two, 'SELECT A FROM SEEN'))).toMatchObject({ code: '002003' });
});

test('it needs no privilege to create tables', async () => {
  const reader = await connect(server, { user: 'READER', role: 'READERS', warehouse: 'COMPUTE_WH' });
  expect(await failure(execute(reader, 'CREATE TABLE NEVER (A NUMBER)'))).toMatchObject({ code: '003001' });
  await execute(reader, 'CREATE TEMPORARY TABLE OWN AS SELECT 1 AS A');
  await execute(reader, 'DELETE FROM OWN');
  expect(await value(reader, 'SELECT COUNT(*) FROM OWN')).toBe(0);
});

test('a request of the SQL API has its own', async () => {
  const api = new SqlApiClient(server.connection({ user: 'ADMIN' }));
  const statement = 'CREATE TEMP TABLE REQUESTED AS SELECT 1 AS A; SELECT * FROM REQUESTED';
  expect(await api.submit({ statement, parameters: { multi_statement_count: '0' } })).toMatchObject({ status: 200 });
  expect(await api.submit({ statement: 'SELECT * FROM REQUESTED' })).toMatchObject({ body: { code: '002003' } });
});

test.each(['DATABASE', 'SCHEMA', 'WAREHOUSE'])('CREATE TEMPORARY %s is refused', async (kind) => {
  expect((await failure(execute(one, `CREATE TEMPORARY ${kind} X`))).message).toContain(`CREATE TEMPORARY ${kind}`);
});
