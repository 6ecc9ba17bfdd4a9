import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startSnowflake, type EmbeddedSnowflake } from '../../../src/testing/index.js';
import { connect, execute, failure, type Connection } from './driver.js';
import { SqlApiClient } from './sql-api-client.js';

// By Snowflake's documentation, "Transactions".
let server: EmbeddedSnowflake;
let one: Connection;
let two: Connection;

beforeAll(async () => {
  server = await startSnowflake();
  [one, two] = [await connect(server), await connect(server)];
});
afterAll(() => server.close());

beforeEach(async () => {
  for (const each of [one, two]) await execute(each, 'ROLLBACK');
  await server.query('CREATE OR REPLACE TABLE T AS SELECT COLUMN1 AS ID, COLUMN2 AS V FROM VALUES (1, 10), (2, 20)');
});

const rows = async (connection: Connection): Promise<unknown[][]> =>
  (await execute(connection, 'SELECT * FROM T ORDER BY ID, V')).rows.map((row) => Object.values(row));

describe('a transaction', () => {
  test.each(['BEGIN', 'BEGIN WORK', 'BEGIN TRANSACTION NAME T1', 'START TRANSACTION', 'begin transaction;'])(
    'that starts with %s is seen by its session alone until COMMIT',
    async (begin) => {
      await execute(one, begin);
      await execute(one, 'INSERT INTO T VALUES (3, 30)');
      await execute(one, 'UPDATE T SET V = V + 1 WHERE ID = 1');
      await execute(one, 'DELETE FROM T WHERE ID = 2');
      expect(await rows(one)).toEqual([[1, 11], [3, 30]]); // prettier-ignore
      expect(await rows(two)).toEqual([[1, 10], [2, 20]]); // prettier-ignore
      await execute(one, 'COMMIT');
      expect(await rows(two)).toEqual([[1, 11], [3, 30]]); // prettier-ignore
    },
  );

  test('is undone by ROLLBACK, whatever it did to the same row', async () => {
    await execute(one, 'BEGIN');
    await execute(one, 'UPDATE T SET V = V * 2');
    await execute(one, 'UPDATE T SET V = V + 1');
    await execute(one, 'INSERT INTO T VALUES (3, 30)');
    await execute(one, 'UPDATE T SET V = 0 WHERE ID = 3');
    await execute(one, 'DELETE FROM T WHERE ID IN (1, 3)');
    await execute(one, "MERGE INTO T USING (SELECT 2 AS ID UNION ALL SELECT 4) S ON T.ID = S.ID WHEN MATCHED THEN UPDATE SET V = 7 WHEN NOT MATCHED THEN INSERT VALUES (S.ID, 40)"); // prettier-ignore
    expect(await rows(one)).toEqual([[2, 7], [4, 40]]); // prettier-ignore
    await execute(one, 'ROLLBACK');
    for (const each of [one, two]) expect(await rows(each)).toEqual([[1, 10], [2, 20]]); // prettier-ignore
  });

  test('reads what others committed meanwhile (READ COMMITTED)', async () => {
    await execute(one, 'BEGIN');
    await execute(one, 'INSERT INTO T VALUES (3, 30)');
    await execute(two, 'INSERT INTO T VALUES (4, 40)');
    expect((await rows(one)).map(([id]) => id)).toEqual([1, 2, 3, 4]);
    await execute(one, 'ROLLBACK');
    expect((await rows(one)).map(([id]) => id)).toEqual([1, 2, 4]);
  });

  test('goes on behind a statement that failed', async () => {
    await execute(one, 'BEGIN');
    await execute(one, 'INSERT INTO T VALUES (3, 30)');
    expect(await failure(execute(one, "INSERT INTO T VALUES (4, 40), (5, 'x')"))).toMatchObject({ code: '100038' });
    await execute(one, 'COMMIT');
    expect((await rows(two)).map(([id]) => id)).toEqual([1, 2, 3]);
  });

  test('is committed by DDL', async () => {
    await execute(one, 'BEGIN');
    await execute(one, 'INSERT INTO T VALUES (3, 30)');
    await execute(one, 'CREATE OR REPLACE TABLE OTHER (A NUMBER)');
    await execute(one, 'ROLLBACK');
    expect((await rows(two)).map(([id]) => id)).toEqual([1, 2, 3]);
  });

  test('is rolled back with its session', async () => {
    const third = await connect(server);
    await execute(third, 'BEGIN');
    await execute(third, 'DELETE FROM T');
    await new Promise((resolve) => third.destroy(resolve));
    await execute(two, 'UPDATE T SET V = 1');
    expect(await rows(two)).toEqual([[1, 1], [2, 1]]); // prettier-ignore
  });

  test('has a number that CURRENT_TRANSACTION tells', async () => {
    const current = async () => (await execute(one, 'SELECT CURRENT_TRANSACTION() AS T')).rows[0]?.['T'];
    expect(await current()).toBeNull();
    await execute(one, 'BEGIN');
    expect(Number(await current())).toBeGreaterThan(1.6e12);
  });

  test('can be asked for its last result', async () => {
    await execute(one, 'BEGIN');
    await execute(one, 'INSERT INTO T VALUES (3, 30)');
    await execute(one, 'SELECT COUNT(*) AS N FROM T');
    expect((await execute(one, 'SELECT N FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))')).rows).toEqual([{ N: 3 }]);
  });
});

describe('two transactions', () => {
  test.each(['UPDATE T SET V = V + 1', 'DROP TABLE T', 'CREATE OR REPLACE TABLE T (ID NUMBER, V NUMBER)'])(
    'that change one table wait for each other: %s',
    async (sql) => {
      await execute(one, 'BEGIN');
      await execute(one, 'UPDATE T SET V = 0');
      let ended = false;
      const waiting = execute(two, sql).finally(() => {
        ended = true;
      });
      // Others are not held up.
      await server.query('CREATE OR REPLACE TABLE ELSEWHERE AS SELECT 1 AS A');
      expect(await server.query('SELECT MIN(V) AS V FROM T')).toEqual([{ V: '10' }]);
      expect(ended).toBe(false);
      await execute(one, 'COMMIT');
      await waiting;
      if (sql.startsWith('UPDATE')) expect(await rows(one)).toEqual([[1, 1], [2, 1]]); // prettier-ignore
    },
  );

  test('that wait for each other are told so', async () => {
    await server.query('CREATE OR REPLACE TABLE U AS SELECT 1 AS A');
    for (const each of [one, two]) await execute(each, 'BEGIN');
    await execute(one, 'UPDATE T SET V = 0');
    await execute(two, 'UPDATE U SET A = 0');
    const first = execute(one, 'UPDATE U SET A = 5');
    const second = failure(execute(two, 'UPDATE T SET V = 5'));
    const refused = await Promise.race([second, failure(first)]);
    expect(refused).toMatchObject({ code: '000625' });
    await Promise.all([one, two].map((each) => execute(each, 'ROLLBACK')));
    await first.catch(() => undefined);
  });
});

test('AUTOCOMMIT = FALSE starts a transaction with the first change, and a change of it commits', async () => {
  await execute(one, 'ALTER SESSION SET AUTOCOMMIT = FALSE');
  await execute(one, 'INSERT INTO T VALUES (3, 30)');
  expect(await rows(two)).toHaveLength(2);
  await execute(one, 'ROLLBACK');
  await execute(one, 'INSERT INTO T VALUES (4, 40)');
  expect(await rows(two)).toHaveLength(2);
  await execute(one, 'ALTER SESSION UNSET AUTOCOMMIT');
  expect((await rows(two)).map(([id]) => id)).toEqual([1, 2, 4]);
  await execute(one, 'INSERT INTO T VALUES (5, 50)');
  expect(await rows(two)).toHaveLength(4);
});

test('a request of the SQL API with several statements is a session of its own', async () => {
  const api = new SqlApiClient(server.connection());
  const statement = 'BEGIN; INSERT INTO T VALUES (3, 30); SELECT COUNT(*) FROM T';
  expect(await api.submit({ statement, parameters: { multi_statement_count: '3' } })).toMatchObject({ status: 200 });
  await execute(two, 'UPDATE T SET V = 1');
  expect(await rows(two)).toEqual([[1, 1], [2, 1]]); // prettier-ignore
});

test.each(['BEGIN SELECT 1', 'COMMIT NOW', 'START SOMETHING', 'ROLLBACK TO SAVEPOINT A'])(
  '%s is refused',
  async (sql) => {
    expect((await failure(execute(one, sql))).message).toMatch(/syntax error|Unsupported feature/);
  },
);
