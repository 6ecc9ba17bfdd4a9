import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startSnowflake } from '../../../src/testing/index.js';
import { connect, execute, failure } from './driver.js';
import { SqlApiClient } from './sql-api-client.js';
import { testServer } from './test-server.js';

const people = "CREATE TABLE PEOPLE (ID NUMBER, NAME TEXT, OK BOOLEAN); INSERT INTO PEOPLE VALUES (1, 'a;b', TRUE)";

test('seeds tables that clients see and query() shows', async () => {
  const server = await testServer({ seedSql: people });
  const { rows } = await execute(await connect(server), 'SELECT * FROM PEOPLE');
  expect(rows).toEqual([{ ID: 1, NAME: 'a;b', OK: true }]);
  expect(await server.query('SELECT ID, NAME FROM PEOPLE')).toEqual([{ ID: '1', NAME: 'a;b' }]);
  await expect(server.query('SELECT NO_SUCH')).rejects.toMatchObject({ code: '000904' });
});

test('keeps a database file between starts', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'snowmelt-'));
  const databaseFile = path.join(folder, 'data.duckdb');
  const first = await startSnowflake({ databaseFile, seedSql: people });
  await first.close();
  const second = await startSnowflake({ databaseFile });
  try {
    expect(await second.query('SELECT NAME FROM PEOPLE')).toEqual([{ NAME: 'a;b' }]);
  } finally {
    await second.close();
    await rm(folder, { recursive: true });
  }
});

test('a wrong seed fails the start with Snowflake’s error', async () => {
  await expect(startSnowflake({ seedSql: 'CREATE TABEL X (A NUMBER)' })).rejects.toMatchObject({
    name: 'SnowflakeSqlError',
  });
});

test('the driver inserts rows in bulk and counts them', async () => {
  const server = await testServer({ seedSql: people });
  const connection = await connect(server);
  const binds = [
    [2, 'b', true],
    [3, 'c', false],
  ];
  const { statement } = await execute(connection, 'INSERT INTO PEOPLE VALUES (?, ?, ?)', { binds: binds as never });
  expect(statement.getNumUpdatedRows()).toBe(2);
  expect(await server.query('SELECT COUNT(*) AS N FROM PEOPLE')).toEqual([{ N: '3' }]);
});

test('a user without grants may read nothing', async () => {
  const server = await testServer({
    users: [{ name: 'READER', roles: ['READER'] }],
    seedSql: `${people}; GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE READER; GRANT USAGE ON DATABASE TEST TO ROLE READER;
      GRANT USAGE ON SCHEMA TEST.PUBLIC TO ROLE READER`,
  });
  const connection = await connect(server, { warehouse: 'COMPUTE_WH' });
  expect(await failure(execute(connection, 'SELECT * FROM TEST.PUBLIC.PEOPLE'))).toMatchObject({ code: '002003' });
  await server.query('GRANT SELECT ON TABLE TEST.PUBLIC.PEOPLE TO ROLE READER');
  expect((await execute(connection, 'SELECT * FROM TEST.PUBLIC.PEOPLE')).rows).toHaveLength(1);
  await failure(execute(connection, 'DELETE FROM TEST.PUBLIC.PEOPLE'));
  expect(await server.query('SELECT COUNT(*) AS N FROM PEOPLE')).toEqual([{ N: '1' }]);
});

test('the SQL API writes booleans as words, takes epoch binds and counts DML', async () => {
  const server = await testServer({ seedSql: people });
  const client = new SqlApiClient(server.connection());
  expect((await client.submit({ statement: 'SELECT OK, ID FROM PEOPLE' })).body.data).toEqual([['true', '1']]);
  const typed = await client.submit({
    statement: 'SELECT ?, ?, ?, ?, ?',
    bindings: {
      1: { type: 'DATE', value: '1709164800000' },
      2: { type: 'TIME', value: '3600000000001' },
      3: { type: 'TIMESTAMP_NTZ', value: '1700000000123456789' },
      4: { type: 'TIMESTAMP_LTZ', value: '1700000000123456789' },
      5: { type: 'TIMESTAMP_TZ', value: '1700000000123456789 1500' },
    },
  });
  expect(typed.body.data).toEqual([
    ['19782', '3600.000000001', '1700000000.123456789', '1700000000.123456789', '1700000000.123456789 1500'],
  ]);
  const update = await client.submit({ statement: "UPDATE PEOPLE SET NAME = 'z'" });
  expect(update.body.stats).toMatchObject({ numRowsUpdated: 1, numRowsInserted: 0 });
});
