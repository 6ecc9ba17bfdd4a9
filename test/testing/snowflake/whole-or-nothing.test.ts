import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSnowflake, type EmbeddedSnowflake } from '../../../src/testing/index.js';
import { connect, execute, failure, type Connection } from './driver.js';
import { PrivateProtocol } from './private-protocol.js';
import { SqlApiClient } from './sql-api-client.js';

let server: EmbeddedSnowflake;
let driver: Connection;

beforeAll(async () => {
  server = await startSnowflake();
  driver = await connect(server);
});

afterAll(() => server.close());

/** The values that are set on a level. */
async function set(where: string): Promise<unknown> {
  const { rows } = await execute(driver, `SHOW PARAMETERS ${where}`);
  return rows.filter(({ level }) => level !== '').map(({ key, value, level }) => [key, value, level]);
}

describe('a statement that fails at its second part has changed nothing of the first', () => {
  test.each([
    ["ALTER SESSION SET TIMEZONE = 'UTC', WEEK_START = 9", '001008', 'IN SESSION'],
    ["ALTER SESSION SET TIMEZONE = 'UTC' TIMESTAMP_TYPE_MAPPING = TIMESTAMP_LTZ", '000002', 'IN SESSION'],
    ["ALTER SESSION SET TIMEZONE = 'UTC', NO_SUCH = 1", '001420', 'IN SESSION'],
    ['ALTER SESSION UNSET QUERY_TAG, NO_SUCH', '001420', 'IN SESSION'],
    ['ALTER SESSION UNSET QUERY_TAG, TIMEZONE = 1', '001003', 'IN SESSION'],
    ["ALTER USER SNOWMELT SET TIMEZONE = 'UTC', WEEK_START = 9", '001008', 'FOR USER SNOWMELT'],
    ['ALTER USER SNOWMELT UNSET QUERY_TAG, NO_SUCH', '001420', 'FOR USER SNOWMELT'],
    ["ALTER ACCOUNT SET TIMEZONE = 'UTC', WEEK_START = 9", '001008', 'IN ACCOUNT'],
    ['ALTER ACCOUNT UNSET QUERY_TAG, NO_SUCH', '001420', 'IN ACCOUNT'],
    ['ALTER ACCOUNT SET WEEK_START = 1, SSO_LOGIN_PAGE = TRUE', '000002', 'IN ACCOUNT'],
  ])('%s', async (sql, code, where) => {
    const target = where.replace(/^(IN|FOR) /, '');
    await execute(driver, `ALTER ${target} SET QUERY_TAG = 'kept'`);
    const before = await set(where);
    expect(before).toContainEqual(['QUERY_TAG', 'kept', where.split(' ')[1]]);
    expect(await failure(execute(driver, sql))).toMatchObject({ code });
    expect(await set(where)).toEqual(before);
    await execute(driver, `ALTER ${target} UNSET QUERY_TAG`);
  });

  test('ALTER USER, of its keys and defaults too', async () => {
    await server.query("CREATE USER HALF RSA_PUBLIC_KEY = 'abc' DEFAULT_ROLE = PUBLIC");
    const before = await server.query('SHOW USERS');
    const wrong = "ALTER USER HALF SET DISABLED = TRUE, DEFAULT_ROLE = SYSADMIN, RSA_PUBLIC_KEY = '', TYPE = ROBOT";
    expect(await failure(server.query(wrong))).toMatchObject({ code: '001008' });
    expect(await failure(server.query('ALTER USER HALF UNSET RSA_PUBLIC_KEY, NO_SUCH'))).toMatchObject({
      code: '001420',
    });
    expect(await server.query('SHOW USERS')).toEqual(before);
  });

  test('CREATE USER, which leaves the user that it would have replaced', async () => {
    await server.query("CREATE USER OLD DEFAULT_WAREHOUSE = COMPUTE_WH QUERY_TAG = 'old'");
    const before = await server.query('SHOW USERS');
    const replaced = failure(server.query('CREATE OR REPLACE USER OLD DISABLED = TRUE WEEK_START = 9'));
    expect(await replaced).toMatchObject({ code: '001008' });
    expect(await failure(server.query('CREATE USER NEWER WEEK_START = 9'))).toMatchObject({ code: '001008' });
    expect(await server.query('SHOW USERS')).toEqual(before);
  });

  test('a login, which opens no session', async () => {
    const open = server.stats().openSessions;
    const refused = await PrivateProtocol.tryLogin(server, { TIMEZONE: 'UTC', WEEK_START: 9 });
    expect(refused).toMatchObject({ success: false, code: '001008' });
    const named = await PrivateProtocol.tryLogin(server, { ROWS_PER_RESULT: 9 });
    expect(named).toMatchObject({ success: false, code: '001420' });
    const ofDrivers = { CLIENT_OF_A_DRIVER: 1, GCS_USE_DOWNSCOPED_CREDENTIAL: true, QUERY_TAG: 'x' };
    expect(await PrivateProtocol.tryLogin(server, ofDrivers)).toMatchObject({ success: true });
    expect(server.stats().openSessions).toBe(open + 1);
  });

  test('a request of the SQL API, whose statement does not run', async () => {
    const api = new SqlApiClient(server.connection());
    const parameters = { query_tag: 'x', timezone: 'Mars/Olympus' };
    const answer = await api.submit({ statement: 'CREATE TABLE NEVER (A NUMBER)', parameters });
    expect(answer).toMatchObject({ status: 422, body: { code: '001008' } });
    expect(await failure(server.query('SELECT * FROM NEVER'))).toMatchObject({ code: '002003' });
  });
});

describe('so does a change of tables', () => {
  const cases: [string, string][] = [
    ['CREATE OR REPLACE TABLE T AS SELECT 1 / N AS A FROM (SELECT 0 AS N)', '100051'],
    ['CREATE OR REPLACE TABLE T (A NUMBER AUTOINCREMENT, B NO_SUCH_TYPE)', ''],
    ["INSERT OVERWRITE INTO T SELECT TO_NUMBER(V) FROM (SELECT 'x' AS V)", '100038'],
    ["INSERT INTO T VALUES (8), ('x')", '100038'],
    ["ALTER TABLE T ADD COLUMN B NUMBER DEFAULT 1, C NUMBER DEFAULT 'x'", '100038'],
    ['ALTER TABLE T ADD COLUMN B NUMBER, A NUMBER', ''],
    ['ALTER TABLE T DROP COLUMN A, NO_SUCH', ''],
    ['ALTER TABLE T RENAME COLUMN A TO B NO_SUCH', '001003'],
    ['ALTER TABLE T RENAME TO U NO_SUCH', '001003'],
    ['UPDATE T SET A = 1 / (A - 2)', '100051'],
    ["MERGE INTO T USING (SELECT 1 AS A UNION ALL SELECT 9) S ON T.A = S.A WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1 / (S.A - 9))", '100051'], // prettier-ignore
  ];
  test.each(cases)('%s', async (sql, code) => {
    await server.query('CREATE OR REPLACE TABLE T AS SELECT COLUMN1 AS A FROM VALUES (1), (2)');
    const looks = async () => [
      await server.query('SELECT * FROM T ORDER BY 1'),
      (await server.query('DESCRIBE TABLE T')).map(({ name, type }) => [name, type]),
      (await server.query('SHOW TABLES')).map(({ name }) => name),
    ];
    const before = await looks();
    const error = await failure(execute(driver, sql));
    if (code !== '') expect(error).toMatchObject({ code });
    expect(await looks()).toEqual(before);
    // Nothing is left locked or half open.
    await execute(driver, 'INSERT INTO T VALUES (3)');
    expect(await server.query('SELECT COUNT(*) AS N FROM T')).toEqual([{ N: '3' }]);
  });
});

test.each([
  'CREATE VIEW DESCRIBED AS SELECT 1 AS A',
  'CREATE OR REPLACE VIEW DESCRIBED AS SELECT 1 AS A',
  'CREATE TABLE DESCRIBED AS SELECT 1 AS A',
  'CREATE DATABASE DESCRIBED',
  'CREATE USER DESCRIBED',
  "ALTER SESSION SET TIMEZONE = 'Asia/Tokyo'",
  'ALTER TABLE KEPT ADD COLUMN B NUMBER',
  'DROP TABLE KEPT',
  'TRUNCATE TABLE KEPT',
  'GRANT SELECT ON TABLE KEPT TO ROLE PUBLIC',
  'USE SCHEMA INFORMATION_SCHEMA',
  'SET X = 1',
])('a statement that is only described changes nothing: %s', async (sql) => {
  await server.query('CREATE OR REPLACE TABLE KEPT AS SELECT 1 AS A');
  const looks = async () => [
    ...(await Promise.all(
      ['SELECT * FROM KEPT', 'SHOW OBJECTS', 'SHOW DATABASES', 'SHOW USERS', 'SHOW GRANTS TO ROLE PUBLIC'].map((each) =>
        server.query(each),
      ),
    )),
    await set('IN SESSION'),
    (await execute(driver, 'SELECT CURRENT_SCHEMA() AS S')).rows,
  ];
  const before = await looks();
  const { rows, statement } = await execute(driver, sql, { describeOnly: true });
  expect(rows).toEqual([]);
  expect(statement.getColumns()?.map((column) => column.getName())).toEqual(['status']);
  expect(await looks()).toEqual(before);
});
