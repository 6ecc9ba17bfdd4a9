import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startSnowflake, type EmbeddedSnowflake } from '../../../src/testing/index.js';
import { connect, execute, failure, type Connection } from './driver.js';

// By Snowflake's documentation, "AT | BEFORE" and "Understanding & using Time Travel".
let server: EmbeddedSnowflake;
let driver: Connection;
/** Query ids of the changes, and times behind them. */
const changes: { id: string; time: string }[] = [];

const run = async (sql: string) => {
  const { statement, rows } = await execute(driver, sql);
  return { id: statement.getQueryId(), rows };
};
const look = async (point: string, table = 'T'): Promise<unknown> => {
  const { rows } = await run(`SELECT LISTAGG(A, ',') WITHIN GROUP (ORDER BY A) AS A FROM ${table} ${point}`);
  return rows[0]?.['A'];
};

beforeAll(async () => {
  server = await startSnowflake();
  driver = await connect(server);
  await run("ALTER SESSION SET TIMEZONE = 'UTC', TIMESTAMP_NTZ_OUTPUT_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF9'");
  for (const sql of [
    'CREATE TABLE T AS SELECT 1::NUMBER AS A',
    'INSERT INTO T VALUES (2)',
    'UPDATE T SET A = A + 10 WHERE A = 1',
    'DELETE FROM T WHERE A = 2',
    'MERGE INTO T USING (SELECT 11 AS A UNION ALL SELECT 5) S ON T.A = S.A WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (S.A)',
    'TRUNCATE TABLE T',
    'INSERT OVERWRITE INTO T VALUES (8), (9)',
  ]) {
    const { id } = await run(sql);
    const { rows } = await run('SELECT SYSDATE()::VARCHAR AS N');
    changes.push({ id, time: String(rows[0]?.['N']) });
    server.faults.moveClock(60_000);
  }
});
afterAll(() => server.close());

const STATES = ['1', '1,2', '2,11', '11', '5', '', '8,9'];

test.each(STATES.map((state, i) => [state, i] as const))('shows %s behind change %i', async (state, i) => {
  const { id, time } = changes[i] ?? { id: '', time: '' };
  expect(await look(`AT (TIMESTAMP => '${time}'::TIMESTAMP_LTZ)`)).toBe(state);
  expect(await look(`AT (TIMESTAMP => TO_TIMESTAMP_NTZ('${time}')) AS X`)).toBe(state);
  expect(await look(`AT (STATEMENT => '${id}')`)).toBe(state);
  if (i > 0) expect(await look(`BEFORE (STATEMENT => '${id}')`)).toBe(STATES[i - 1]);
});

test('goes back by an offset in seconds', async () => {
  expect(await look('AT (OFFSET => -90)')).toBe('');
  expect(await look('AT (OFFSET => -60 * 2.5)')).toBe('5');
});

test('joins the past with the present, and copies it', async () => {
  const id = changes[1]?.id ?? '';
  const both = await run(`SELECT COUNT(*) AS N FROM T JOIN T AT (STATEMENT => '${id}') OLD ON T.A > OLD.A`);
  expect(both.rows).toEqual([{ N: 4 }]);
  await run(`CREATE OR REPLACE TABLE COPY CLONE T AT (STATEMENT => '${id}')`);
  expect(await look('', 'COPY')).toBe('1,2');
});

test('does not show what a transaction had not committed', async () => {
  await run('CREATE OR REPLACE TABLE TX AS SELECT 1 AS A');
  server.faults.moveClock(60_000);
  await run('BEGIN');
  const { id } = await run('INSERT INTO TX VALUES (2)');
  server.faults.moveClock(60_000);
  await run('COMMIT');
  expect(await look('AT (OFFSET => -30)', 'TX')).toBe('1');
  expect(await look('AT (OFFSET => 0)', 'TX')).toBe('1,2');
  const refused = await failure(look(`AT (STATEMENT => '${id}')`, 'TX'));
  expect(refused.message).toContain('with a statement of a transaction');
});

test.each([
  ['000707', 'AT (OFFSET => -3600)', 'before the object creation time'],
  ['000707', "AT (TIMESTAMP => '2000-01-01'::TIMESTAMP)", 'beyond the allowed time travel period'],
  ['000709', "BEFORE (STATEMENT => '01b2c3d4-0000-0000-0000-000000000000')", 'not found'],
  ['001003', 'BEFORE (OFFSET => -1)', 'syntax error'],
  ['001003', 'AT (YESTERDAY => 1)', 'syntax error'],
  ['000002', "AT (STREAM => 'S')", 'AT (STREAM => …)'],
])('fails with %s for %s', async (code, point, message) => {
  const error = await failure(look(point));
  expect(error).toMatchObject({ code });
  expect(error.message).toContain(message);
});

test('refuses to show rows of before an ALTER TABLE, and views', async () => {
  await run('CREATE OR REPLACE TABLE SHAPED AS SELECT 1 AS A');
  server.faults.moveClock(60_000);
  await run('ALTER TABLE SHAPED ADD COLUMN B NUMBER DEFAULT 5');
  expect((await failure(look('AT (OFFSET => -30)', 'SHAPED'))).message).toContain('before its last ALTER TABLE');
  expect(await look('AT (OFFSET => 0)', 'SHAPED')).toBe('1');
  await run('CREATE OR REPLACE VIEW V AS SELECT 1 AS A');
  expect((await failure(look('AT (OFFSET => 0)', 'V'))).message).toContain('AT on a view');
});

test('a database file keeps the rows and not their history', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'snowmelt-history-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const databaseFile = join(folder, 'db.duckdb');
  const first = await startSnowflake({ databaseFile });
  await first.query('CREATE TABLE KEPT AS SELECT COLUMN1::NUMBER AS A FROM VALUES (1), (2), (3)');
  await first.query('UPDATE KEPT SET A = 20 WHERE A = 2; DELETE FROM KEPT WHERE A = 3');
  // A transaction that the end of the server cuts off.
  await first.query('BEGIN; DELETE FROM KEPT WHERE A = 1; INSERT INTO KEPT VALUES (4)');
  await first.close();
  const second = await startSnowflake({ databaseFile });
  onTestFinished(() => second.close());
  expect(await second.query('SELECT A FROM KEPT ORDER BY A')).toEqual([{ A: '1' }, { A: '20' }]);
  await second.query('UPDATE KEPT SET A = A + 1');
  expect(await second.query('SELECT A FROM KEPT ORDER BY A')).toEqual([{ A: '2' }, { A: '21' }]);
});
