import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startSnowflake, type EmbeddedSnowflake } from '../../../src/testing/index.js';
import { connect, execute, failure, type Connection } from './driver.js';

let server: EmbeddedSnowflake;
let driver: Connection;

beforeAll(async () => {
  server = await startSnowflake();
  driver = await connect(server);
  await run(
    'CREATE TABLE PEOPLE AS SELECT COLUMN1::NUMBER AS ID, COLUMN2 AS NAME FROM VALUES (1, $$Ann$$), (2, $$Bob$$)',
  );
});
afterAll(() => server.close());

const run = async (sql: string): Promise<unknown[][]> =>
  (await execute(driver, sql)).rows.map((row) => Object.values(row));
const refusal = async (sql: string) => failure(run(sql));

// "CREATE SEQUENCE", "Using Sequences"
describe('a sequence', () => {
  test('counts from its start by its step, in every place anew', async () => {
    await run('CREATE SEQUENCE S1 START = 10 INCREMENT = 5');
    expect(await run('SELECT S1.NEXTVAL AS A, S1.NEXTVAL AS B')).toEqual([[10, 15]]);
    expect(await run('SELECT S1.NEXTVAL FROM PEOPLE ORDER BY 1')).toEqual([[20], [25]]);
    await run('CREATE SEQUENCE S2 WITH START WITH -5 INCREMENT BY -1 ORDER COMMENT = $$down$$');
    expect(await run('SELECT PUBLIC.S2.NEXTVAL UNION ALL SELECT TEST.PUBLIC.S2.NEXTVAL ORDER BY 1')).toEqual([
      [-6],
      [-5],
    ]);
  });

  test('is a default, wherever the rows are inserted from', async () => {
    await run('CREATE OR REPLACE SEQUENCE S3');
    await run('CREATE OR REPLACE TABLE NUMBERED (ID NUMBER DEFAULT S3.NEXTVAL, V TEXT)');
    await run("INSERT INTO NUMBERED (V) VALUES ('a'), ('b')");
    await run('CREATE SCHEMA ELSEWHERE');
    await run("INSERT INTO PUBLIC.NUMBERED (V) SELECT 'c'");
    await run('USE SCHEMA PUBLIC');
    expect(await run('SELECT * FROM NUMBERED ORDER BY ID')).toEqual([[1, 'a'], [2, 'b'], [3, 'c']]); // prettier-ignore
  });

  test('is created once, replaced and dropped', async () => {
    await run('CREATE OR REPLACE SEQUENCE S4');
    expect(await refusal('CREATE SEQUENCE S4')).toMatchObject({ code: '002002' });
    await run('SELECT S4.NEXTVAL');
    await run('CREATE SEQUENCE IF NOT EXISTS S4 START 7');
    expect(await run('SELECT S4.NEXTVAL')).toEqual([[2]]);
    await run('CREATE OR REPLACE SEQUENCE S4 START 7');
    expect(await run('SELECT S4.NEXTVAL')).toEqual([[7]]);
    await run('DROP SEQUENCE S4');
    expect(await refusal('SELECT S4.NEXTVAL')).toMatchObject({ code: '002003' });
    expect(await refusal('DROP SEQUENCE S4')).toMatchObject({ code: '002003' });
    await run('DROP SEQUENCE IF EXISTS S4');
  });
});

// "CREATE FUNCTION", "Scalar SQL UDFs", "Tabular SQL UDFs (UDTFs)"
describe('a function in SQL', () => {
  test('stands for its expression or its query', async () => {
    await run('CREATE FUNCTION TWICE(X NUMBER) RETURNS NUMBER LANGUAGE SQL IMMUTABLE AS $$ X * 2 $$');
    await run("CREATE FUNCTION NAMED(I NUMBER) RETURNS TEXT AS 'SELECT MAX(NAME) FROM PEOPLE WHERE ID = I'");
    await run("CREATE FUNCTION TWICE(X NUMBER, N NUMBER) RETURNS NUMBER AS 'TWICE(X) * N'");
    await run("CREATE FUNCTION PI_ISH() RETURNS FLOAT NOT NULL MEMOIZABLE COMMENT = 'c' AS '3.14::FLOAT'");
    expect(await run("SELECT TWICE('4'), NAMED(2), TWICE(3, 5), PI_ISH(), PUBLIC.TWICE(1)")).toEqual([
      [8, 'Bob', 30, 3.14, 2],
    ]);
    expect(await run('SELECT NAMED(ID), TWICE(ID) FROM PEOPLE WHERE TWICE(ID) > 1 ORDER BY ID')).toEqual([
      ['Ann', 2],
      ['Bob', 4],
    ]);
  });

  test('gives a table', async () => {
    await run("CREATE FUNCTION FROM_ID(LEAST_ID NUMBER) RETURNS TABLE (N TEXT, I NUMBER) AS 'SELECT NAME, ID FROM PEOPLE WHERE ID >= LEAST_ID'"); // prettier-ignore
    expect(await run('SELECT I, N FROM TABLE(FROM_ID(2))')).toEqual([[2, 'Bob']]);
    expect(await run('SELECT P.ID, F.N FROM PEOPLE P, TABLE(PUBLIC.FROM_ID(P.ID)) F ORDER BY 1, 2')).toEqual([
      [1, 'Ann'],
      [1, 'Bob'],
      [2, 'Bob'],
    ]);
  });

  test('does not see the names around its call', async () => {
    await run("CREATE OR REPLACE FUNCTION OWN(X NUMBER) RETURNS NUMBER AS 'X + 1'");
    expect(await run('SELECT OWN(10) FROM (SELECT 5 AS X)')).toEqual([[11]]);
    expect(await refusal("CREATE FUNCTION OUTER_NAME() RETURNS TEXT AS 'NAME'")).toMatchObject({ code: '000904' });
  });

  test('is dropped by its arguments', async () => {
    await run("CREATE FUNCTION GONE(X NUMBER) RETURNS NUMBER AS 'X'");
    expect(await refusal("CREATE FUNCTION GONE(X NUMBER) RETURNS NUMBER AS 'X'")).toMatchObject({ code: '002002' });
    expect(await refusal('DROP FUNCTION GONE()')).toMatchObject({ code: '002003' });
    await run('DROP FUNCTION GONE(NUMBER)');
    expect(await refusal('SELECT GONE(1)')).toMatchObject({ code: '002140' });
  });

  test.each([
    ["CREATE FUNCTION F() RETURNS NUMBER LANGUAGE JAVASCRIPT AS 'return 1'", 'LANGUAGE JAVASCRIPT'],
    ["CREATE FUNCTION F() RETURNS NUMBER LANGUAGE PYTHON HANDLER = 'f' AS 'x'", 'LANGUAGE PYTHON'],
    ["CREATE FUNCTION F(A NUMBER DEFAULT 1) RETURNS NUMBER AS 'A'", 'default arguments'],
    ["CREATE FUNCTION F() RETURNS NUMBER AS 'BEGIN RETURN 1; END'", 'BEGIN … END'],
    ["CREATE FUNCTION UPPER(A TEXT) RETURNS TEXT AS 'A'", 'UPPER'],
    ["CREATE FUNCTION TWICE(X TEXT) RETURNS TEXT AS 'X'", 'types of their arguments'],
    ['SELECT TWICE(RANDOM())', 'another each time'],
    ["CREATE AGGREGATE FUNCTION F(A NUMBER) RETURNS NUMBER AS 'A'", 'CREATE AGGREGATE'],
    ["CREATE PROCEDURE P() RETURNS TEXT AS 'x'", 'CREATE PROCEDURE'],
    ['CALL P()', 'CALL'],
    ['CREATE STAGE S', 'CREATE STAGE'],
    ['CREATE STREAM S ON TABLE PEOPLE', 'CREATE STREAM'],
    ['LIST @~', 'LIST'],
  ])('else it is refused by name: %s', async (sql, named) => {
    const error = await refusal(sql);
    expect(error).toMatchObject({ code: '000002' });
    expect(error.message).toContain(named);
  });
});

// "INSERT (multi-table)"
describe('INSERT ALL', () => {
  beforeAll(async () => {
    await run('CREATE TABLE LOW (ID NUMBER, V TEXT DEFAULT $$none$$)');
    await run('CREATE TABLE HIGH LIKE LOW');
  });
  const both = async () => [
    await run('SELECT * FROM LOW ORDER BY ID, V'),
    await run('SELECT * FROM HIGH ORDER BY ID, V'),
  ];
  const clear = () => run('DELETE FROM LOW').then(() => run('DELETE FROM HIGH'));

  test('writes every row to every table', async () => {
    await clear();
    const { rows } = await execute(driver, 'INSERT ALL INTO LOW INTO LOW (ID) VALUES (ID * 10) INTO HIGH (V, ID) VALUES (DEFAULT, ID) SELECT ID, NAME FROM PEOPLE'); // prettier-ignore
    expect(rows).toEqual([{ 'number of rows inserted into LOW': 2, 'number of rows inserted into HIGH': 2 }]);
    expect(await both()).toEqual([
      [[1, 'Ann'], [2, 'Bob'], [10, 'none'], [20, 'none']], // prettier-ignore
      [[1, 'none'], [2, 'none']], // prettier-ignore
    ]);
  });

  test.each([
    ['ALL', [[1, 'x'], [2, 'x'], [3, 'x']], [[2, 'x'], [3, 'x']]], // prettier-ignore
    ['FIRST', [[1, 'x'], [2, 'x'], [3, 'x']], []], // prettier-ignore
  ])('INSERT %s looks at conditions, and at ELSE', async (word, low, high) => {
    await clear();
    await run(`INSERT ${word} WHEN N < 4 THEN INTO LOW WHEN N BETWEEN 2 AND 3 THEN INTO HIGH ELSE INTO HIGH VALUES (N, 'else') SELECT COLUMN1 AS N, 'x' FROM VALUES (1), (2), (3), (NULL)`); // prettier-ignore
    expect(await both()).toEqual([low, [...high, [null, 'else']]]);
  });

  test('OVERWRITE empties the tables first; a failure changes nothing', async () => {
    await run('INSERT OVERWRITE ALL INTO LOW INTO HIGH SELECT ID, NAME FROM PEOPLE WHERE ID = 1');
    expect(await both()).toEqual([[[1, 'Ann']], [[1, 'Ann']]]);
    expect(await refusal('INSERT OVERWRITE ALL INTO LOW INTO HIGH VALUES (NAME, NAME) SELECT ID, NAME FROM PEOPLE')).toMatchObject({ code: '100038' }); // prettier-ignore
    expect(await refusal('INSERT ALL INTO LOW VALUES (1) SELECT ID FROM PEOPLE')).toMatchObject({ code: '002020' });
    expect(await both()).toEqual([[[1, 'Ann']], [[1, 'Ann']]]);
  });
});

// "EXPLAIN"
test('EXPLAIN names the tables and does not run', async () => {
  const { rows } = await execute(driver, 'EXPLAIN USING TABULAR SELECT P.ID FROM PEOPLE P JOIN LOW ON P.ID = LOW.ID');
  expect(rows.map(({ operation, objects }) => [operation, objects])).toEqual([
    ['GlobalStats', null],
    ['Result', null],
    ['TableScan', 'TEST.PUBLIC.PEOPLE'],
    ['TableScan', 'TEST.PUBLIC.LOW'],
  ]);
  expect(await refusal('EXPLAIN SELECT NO_SUCH FROM PEOPLE')).toMatchObject({ code: '000904' });
  expect((await refusal('EXPLAIN USING JSON SELECT 1')).message).toContain('EXPLAIN USING JSON');
  expect((await refusal('EXPLAIN DELETE FROM PEOPLE')).message).toContain('EXPLAIN DELETE');
});

// "GET_DDL"
test('GET_DDL makes the same table and view again', async () => {
  await run(`CREATE OR REPLACE TABLE MADE ("id" NUMBER(10,2) NOT NULL DEFAULT 5, T VARCHAR(10) COMMENT 'it''s', Z TIMESTAMP_TZ, PRIMARY KEY ("id"))`); // prettier-ignore
  await run('CREATE OR REPLACE VIEW SHOWN (A) AS SELECT "id" FROM MADE');
  const ddl = async (kind: string, name: string) => String((await run(`SELECT GET_DDL('${kind}', '${name}')`))[0]?.[0]);
  const table = await ddl('TABLE', 'MADE');
  expect(table).toContain("\t\"id\" NUMBER(10,2) NOT NULL DEFAULT 5,\n\tT VARCHAR(10) COMMENT 'it''s'");
  const view = await ddl('view', 'public.shown');
  const described = async () => [await run('DESCRIBE TABLE MADE'), await run('DESCRIBE VIEW SHOWN')];
  const before = await described();
  await run(table);
  await run(view);
  expect(await described()).toEqual(before);
  expect(await ddl('TABLE', 'MADE')).toBe(table);
  expect(await refusal("SELECT GET_DDL('TABLE', 'NO_SUCH')")).toMatchObject({ code: '002003' });
  expect((await refusal("SELECT GET_DDL('SCHEMA', 'PUBLIC')")).message).toContain('GET_DDL of SCHEMA');
});

// "QUERY_HISTORY , QUERY_HISTORY_BY_*"
test('QUERY_HISTORY tells of the statements, the latest first', async () => {
  const mine = await connect(server);
  await execute(mine, "ALTER SESSION SET QUERY_TAG = 'tagged'");
  const { statement } = await execute(mine, 'SELECT * FROM PEOPLE');
  await failure(execute(mine, 'SELECT NO_SUCH'));
  const { rows } = await execute(mine, 'SELECT QUERY_ID, QUERY_TEXT, QUERY_TYPE, QUERY_TAG, EXECUTION_STATUS, ERROR_CODE, ROWS_PRODUCED FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY_BY_SESSION(RESULT_LIMIT => 3))'); // prettier-ignore
  expect(rows.map((row) => [row['QUERY_TEXT'], row['EXECUTION_STATUS'], row['ERROR_CODE']]).slice(1)).toEqual([
    ['SELECT NO_SUCH', 'FAILED_WITH_ERROR', '000904'],
    ['SELECT * FROM PEOPLE', 'SUCCESS', null],
  ]);
  expect(rows[0]).toMatchObject({ EXECUTION_STATUS: 'RUNNING', QUERY_TYPE: 'SELECT', QUERY_TAG: 'tagged' });
  expect(rows[2]).toMatchObject({ QUERY_ID: statement.getQueryId(), ROWS_PRODUCED: 2 });
  const ended = await execute(mine, "SELECT COUNT(*) AS N FROM TABLE(TEST.INFORMATION_SCHEMA.QUERY_HISTORY(END_TIME_RANGE_START => '2000-01-01'::TIMESTAMP_LTZ, END_TIME_RANGE_END => DATEADD(hour, -1, CURRENT_TIMESTAMP())))"); // prettier-ignore
  expect(ended.rows).toEqual([{ N: 0 }]);
});

test('sequences and functions go with their schema', async () => {
  await run('CREATE SCHEMA SHORT');
  await run('CREATE SEQUENCE SHORT.S');
  await run("CREATE FUNCTION SHORT.F() RETURNS NUMBER AS '1'");
  await run('DROP SCHEMA SHORT');
  await run('CREATE SCHEMA SHORT');
  expect(await refusal('SELECT SHORT.S.NEXTVAL')).toMatchObject({ code: '002003' });
  expect(await refusal('SELECT SHORT.F()')).toMatchObject({ code: '002140' });
  await run('USE SCHEMA PUBLIC');
});

test('a database file keeps sequences and functions', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'snowmelt-definitions-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const databaseFile = join(folder, 'db.duckdb');
  const first = await startSnowflake({ databaseFile });
  await first.query("CREATE SEQUENCE S; SELECT S.NEXTVAL; CREATE FUNCTION F(X NUMBER) RETURNS NUMBER AS 'X + 1'");
  await first.close();
  const second = await startSnowflake({ databaseFile });
  onTestFinished(() => second.close());
  expect(await second.query('SELECT S.NEXTVAL AS A, F(1) AS B')).toEqual([{ A: '2', B: '2' }]);
});
