import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSqlEngine } from '../../../../src/testing/snowflake/sql/engine.js';
import { sessionContext, SqlSession } from './sql-session.js';

let session: SqlSession;

beforeAll(async () => {
  session = await SqlSession.open();
});
afterAll(async () => {
  await session.engine.close();
});

const inZone = (zone: string): SqlSession =>
  new SqlSession(
    session.engine,
    sessionContext({ database: 'DB', schema: 'PUBLIC', parameters: new Map([['TIMEZONE', zone]]) }),
  );

it('goes through the session zone between wall clocks and instants', async () => {
  const pacific = inZone('America/Los_Angeles');
  const { rows } = await pacific.run(`SELECT '2024-01-01 00:00:00'::TIMESTAMP_LTZ, '2024-07-01 00:00:00'::TIMESTAMP_TZ,
    TO_TIMESTAMP_LTZ(0)::TIMESTAMP_NTZ, TO_TIMESTAMP_NTZ(0), '2024-01-01'::TIMESTAMP_NTZ = '2024-01-01'::TIMESTAMP_LTZ,
    TO_TIMESTAMP_LTZ(0)::VARCHAR, DATE_TRUNC('day', TO_TIMESTAMP_LTZ(0)), PARSE_JSON('0')::TIMESTAMP_NTZ,
    DATEADD(day, 1, '2024-03-09 12:00:00'::TIMESTAMP_LTZ)`);
  expect(rows[0]).toEqual([
    '1704096000.000000000',
    '1719817200.000000000 1020',
    '-28800.000000000',
    '0.000000000',
    '1',
    '1969-12-31 16:00:00.000 -0800',
    '-57600.000000000',
    '-28800.000000000',
    '1710097200.000000000',
  ]);
});

it('keeps the day of a timestamp one nanosecond before midnight', async () => {
  const { rows } = await session.run(
    `SELECT '2023-12-31 23:59:59.999999999'::TIMESTAMP_NTZ::DATE, '2023-12-31 23:59:59.999999999'::TIMESTAMP_NTZ::TIME,
      DATE_TRUNC('second', '1969-12-31 23:59:59.999999999'::TIMESTAMP_NTZ)`,
  );
  expect(rows[0]).toEqual(['19722', '86399.999999999', '-1.000000000']);
});

it('compares a cursor bound as text with every kind of column', async () => {
  await session.run(`CREATE TABLE CURSORS (N TIMESTAMP_NTZ, L TIMESTAMP_LTZ, Z TIMESTAMP_TZ, D DATE, I NUMBER) AS
    SELECT '2024-01-01', '2024-01-01', '2024-01-01', '2024-01-01', 1704067200`);
  for (const column of ['N', 'L', 'Z', 'D', 'I']) {
    const count = async (value: string) =>
      session.value(`SELECT COUNT(*) FROM CURSORS WHERE ${column} >= ?`, [{ type: 'TEXT', value }]);
    expect(await count('1704067200'), column).toBe('1');
    expect(await count('1704153600'), column).toBe('0');
  }
});

it('takes binds of every type, and never as SQL', async () => {
  const binds = [
    { type: 'FIXED', value: '12.50' },
    { type: 'REAL', value: '1.5' },
    { type: 'TEXT', value: `'; DROP TABLE T; --` },
    { type: 'BOOLEAN', value: 'true' },
    { type: 'DATE', value: '1704067200000' },
    { type: 'TIME', value: '3600000000001' },
    { type: 'TIMESTAMP_NTZ', value: '1704067200000000001' },
    { type: 'TIMESTAMP_LTZ', value: '1704067200000000001' },
    { type: 'TIMESTAMP_TZ', value: '1704067200000000001 1560' },
    { type: 'TEXT', value: null },
    { type: 'VARIANT', value: '{"a":1}' },
    { type: 'BINARY', value: 'ab01' },
  ];
  const { rows } = await session.run(`SELECT ${binds.map(() => '?').join(', ')}`, binds);
  expect(rows[0]).toEqual([
    '12.50',
    '1.5',
    `'; DROP TABLE T; --`,
    '1',
    '19723',
    '3600.000000001',
    '1704067200.000000001',
    '1704067200.000000001',
    '1704067200.000000001 1560',
    null,
    '{"a":1}',
    'AB01',
  ]);
});

it('gives back any text as it was bound', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 40 }), async (value) => {
      expect(await session.value('SELECT ?', [{ type: 'TEXT', value }])).toBe(value);
    }),
    { numRuns: 60 },
  );
  expect(await session.value('SELECT ?', [{ type: 'TEXT', value: 'a\0b\u0001"\\\u2028' }])).toBe('a\0b\u0001"\\\u2028');
});

it('gives ranges of a result in one fixed order', async () => {
  await session.run('CREATE TABLE MANY AS SELECT SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => 300000))');
  const request = { sql: 'SELECT N FROM MANY ORDER BY N DESC', binds: [], queryId: randomUUID() };
  const result = await session.engine.execute(session.context, { ...request, signal: new AbortController().signal });
  expect(result.rowCount).toBe(300_000);
  expect(await result.rows(0, 2)).toBe('["299999"],["299998"]');
  expect(await result.rows(250_000, 250_001)).toBe('["49999"]');
  expect(await result.rows(5, 5)).toBe('');
  await result.release();
});

it('describes without running', async () => {
  const request = {
    sql: 'SELECT ID, ? AS X FROM (SELECT 1 AS ID)',
    binds: [],
    queryId: randomUUID(),
    describeOnly: true,
  };
  const result = await session.engine.execute(session.context, { ...request, signal: new AbortController().signal });
  expect(result.columns.map(({ name }) => name)).toEqual(['ID', 'X']);
  expect(result.rowCount).toBe(0);
});

it('stops a running statement when the signal aborts', async () => {
  const abort = new AbortController();
  const sql = 'SELECT COUNT(*) FROM MANY A, MANY B, MANY C WHERE A.N + B.N + C.N = 7';
  const running = session.engine.execute(session.context, {
    sql,
    binds: [],
    queryId: randomUUID(),
    signal: abort.signal,
  });
  setTimeout(() => abort.abort(new Error('enough')), 100);
  await expect(running).rejects.toThrow('enough');
  expect(await session.value('SELECT 1')).toBe('1');
});

it('upper-cases quoted names when QUOTED_IDENTIFIERS_IGNORE_CASE is set', async () => {
  const ignoring = inZone('UTC');
  await ignoring.run('ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = TRUE');
  expect((await ignoring.run('SELECT 1 AS "userId"')).columns[0]?.name).toBe('USERID');
});

it('keeps tables, users and grants in a database file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snowmelt-sql-'));
  try {
    const databaseFile = join(folder, 'test.duckdb');
    const first = await createSqlEngine({ account: 'A', databaseFile });
    const writer = new SqlSession(first, sessionContext());
    await writer.run('CREATE DATABASE KEPT');
    await writer.run(`CREATE TABLE T ("id" NUMBER, Z TIMESTAMP_TZ) AS SELECT 1, '2024-01-01 00:00:00 +02:00'`);
    await writer.run('CREATE ROLE R');
    await writer.run('CREATE USER U');
    await first.close();
    const second = await createSqlEngine({ account: 'A', databaseFile });
    const reader = new SqlSession(second, sessionContext({ database: 'KEPT', schema: 'PUBLIC' }));
    expect((await reader.run('SELECT "id", Z FROM T')).rows).toEqual([['1', '1704060000.000000000 1560']]);
    expect([second.catalog.roles.has('R'), second.catalog.users.has('U')]).toEqual([true, true]);
    await second.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
