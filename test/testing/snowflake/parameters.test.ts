import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startSnowflake, type EmbeddedSnowflake } from '../../../src/testing/index.js';
import { PARAMETERS } from '../../../src/testing/snowflake/sql/parameters/parameter-table.js';
import { connect, execute, failure, numbers, type Connection } from './driver.js';
import { SqlApiClient } from './sql-api-client.js';

let server: EmbeddedSnowflake;
let driver: Connection;
let api: SqlApiClient;

beforeAll(async () => {
  server = await startSnowflake();
  driver = await connect(server);
  api = new SqlApiClient(server.connection());
});

afterAll(() => server.close());

const SET_HERE = [
  'ROWS_PER_RESULTSET',
  'DATE_INPUT_FORMAT',
  'TIMEZONE',
  'WEEK_START',
  'QUERY_TAG',
  'TIME_INPUT_FORMAT',
];

beforeEach(async () => {
  const names = [...SET_HERE, 'TIMESTAMP_INPUT_FORMAT', 'TWO_DIGIT_CENTURY_START', 'BINARY_OUTPUT_FORMAT'].join(', ');
  await execute(driver, `ALTER SESSION UNSET ${names}`);
  await server.query(`ALTER USER SNOWMELT UNSET ${names}; ALTER ACCOUNT UNSET ${names}`);
});

/** The first value, by the driver's open session. */
async function one(sql: string, binds: (string | number)[] = []): Promise<unknown> {
  const { rows } = await execute(driver, sql, { binds });
  return Object.values(rows[0] ?? {})[0];
}

/** How many rows a new session of the driver and a request of the SQL API get. */
async function rowsAnew(sql: string): Promise<readonly [number, number]> {
  const fresh = await connect(server);
  const { rows } = await execute(fresh, sql);
  const answer = await api.submit({ statement: sql });
  expect(answer.body.resultSetMetaData.numRows).toBe(answer.body.data.length);
  return [rows.length, answer.body.data.length];
}

describe('ROWS_PER_RESULTSET ("Parameters": the most rows of a result set, 0 for no limit)', () => {
  test('cuts results of both protocols without an error, whether user or account has it', async () => {
    await server.query('ALTER ACCOUNT SET ROWS_PER_RESULTSET = 7');
    expect(await rowsAnew(numbers(20))).toEqual([7, 7]);
    await server.query('ALTER USER SNOWMELT SET ROWS_PER_RESULTSET = 3');
    expect(await rowsAnew(numbers(20))).toEqual([3, 3]);
    expect(await rowsAnew(numbers(2))).toEqual([2, 2]);
    await server.query('ALTER USER SNOWMELT SET ROWS_PER_RESULTSET = 0');
    expect(await rowsAnew(numbers(20))).toEqual([20, 20]);
    expect(await server.query(numbers(20))).toHaveLength(20);
  });

  test('keeps the first rows in their order, across chunks, and leaves changes whole', async () => {
    await execute(driver, 'ALTER SESSION SET ROWS_PER_RESULTSET = 30000');
    const { rows, statement } = await execute(driver, `SELECT N FROM (${numbers(60_000)}) ORDER BY N DESC`);
    expect(statement.getNumRows()).toBe(30_000);
    expect([rows.length, rows[0], rows.at(-1)]).toEqual([30_000, { N: 59_999 }, { N: 30_000 }]);
    await execute(driver, 'ALTER SESSION SET ROWS_PER_RESULTSET = 2');
    await execute(driver, `CREATE OR REPLACE TABLE CUT AS ${numbers(9)}`);
    await execute(driver, 'INSERT INTO CUT SELECT * FROM CUT');
    expect(await one('SELECT COUNT(*) FROM CUT')).toBe(18);
    expect((await execute(driver, 'SHOW PARAMETERS')).rows).toHaveLength(2);
    await execute(driver, 'ALTER SESSION UNSET ROWS_PER_RESULTSET');
    expect((await execute(driver, 'SELECT * FROM CUT')).rows).toHaveLength(18);
  });

  test('is taken by the SQL API’s request, over the user’s', async () => {
    await server.query('ALTER USER SNOWMELT SET ROWS_PER_RESULTSET = 3');
    const answer = await api.submit({ statement: numbers(20), parameters: { rows_per_resultset: 5 } });
    expect(answer.body.data).toHaveLength(5);
    const refused = await api.submit({ statement: numbers(20), parameters: { rows_per_resultset: 'many' } });
    expect(refused).toMatchObject({ status: 422, body: { code: '001008' } });
  });
});

describe('levels ("Parameters", parameter hierarchy: account, user, session)', () => {
  const shown = async (connection: Connection, from = '') => {
    const { rows } = await execute(connection, `SHOW PARAMETERS LIKE 'TIMEZONE'${from}`);
    return rows.map(({ value, default: standard, level }) => [value, standard, level]);
  };

  test('SHOW PARAMETERS tells the value and the level that it comes from', async () => {
    expect(await shown(driver)).toEqual([['America/Los_Angeles', 'America/Los_Angeles', '']]);
    await server.query("ALTER ACCOUNT SET TIMEZONE = 'Asia/Tokyo'");
    const first = await connect(server);
    expect(await shown(first)).toEqual([['Asia/Tokyo', 'America/Los_Angeles', 'ACCOUNT']]);
    await server.query("ALTER USER SNOWMELT SET TIMEZONE = 'Europe/Rome'");
    const second = await connect(server);
    expect(await shown(second)).toEqual([['Europe/Rome', 'America/Los_Angeles', 'USER']]);
    await execute(second, "ALTER SESSION SET TIMEZONE = 'UTC'");
    expect(await shown(second)).toEqual([['UTC', 'America/Los_Angeles', 'SESSION']]);
    expect(await shown(second, ' FOR USER SNOWMELT')).toEqual([['Europe/Rome', 'America/Los_Angeles', 'USER']]);
    expect(await shown(second, ' IN ACCOUNT')).toEqual([['Asia/Tokyo', 'America/Los_Angeles', 'ACCOUNT']]);
    await execute(second, 'ALTER SESSION UNSET TIMEZONE');
    expect(await shown(second)).toEqual([['Europe/Rome', 'America/Los_Angeles', 'USER']]);
    await server.query('ALTER USER SNOWMELT UNSET TIMEZONE');
    expect(await shown(await connect(server))).toEqual([['Asia/Tokyo', 'America/Los_Angeles', 'ACCOUNT']]);
    expect(await failure(shown(driver, ' FOR USER NOBODY'))).toMatchObject({ code: '002003' });
  });

  test('an inherited value works like the session’s own, in both protocols and for the driver', async () => {
    await server.query("ALTER ACCOUNT SET TIMEZONE = 'Asia/Tokyo', DATE_OUTPUT_FORMAT = 'DD.MM.YYYY'");
    const sql = "SELECT '2024-01-01 00:00:00 +0000'::TIMESTAMP_LTZ::TIMESTAMP_NTZ::VARCHAR, '2024-02-01'::DATE";
    const { rows } = await execute(await connect(server), sql, { rowMode: 'array', fetchAsString: ['Date'] });
    const [row] = rows as unknown as unknown[][];
    expect(row).toEqual(['2024-01-01 09:00:00.000', '01.02.2024']);
    const answer = await api.submit({ statement: sql });
    expect(answer.body.data[0]?.[0]).toBe('2024-01-01 09:00:00.000');
    await server.query('ALTER ACCOUNT UNSET DATE_OUTPUT_FORMAT');
  });

  test('CREATE USER takes them, and only an administrator sets the account’s', async () => {
    await server.query('CREATE OR REPLACE USER WITHIN DEFAULT_ROLE = PUBLIC ROWS_PER_RESULTSET = 4 WEEK_START = 1');
    const { rows } = await execute(driver, "SHOW PARAMETERS LIKE 'WEEK%START' FOR USER WITHIN");
    expect(rows).toMatchObject([{ key: 'WEEK_START', value: '1', level: 'USER' }]);
    const guest = await connect(server, { role: 'PUBLIC' });
    const refused = failure(execute(guest, 'ALTER ACCOUNT SET ROWS_PER_RESULTSET = 1'));
    expect(await refused).toMatchObject({ code: '003001' });
  });
});

describe('input formats ("Date and time input and output formats", session parameters for input)', () => {
  const day = "SELECT ?::DATE::VARCHAR || ' ' || TO_DATE(?)::VARCHAR";

  test('DATE_INPUT_FORMAT decides how casts, functions, binds and comparisons read text', async () => {
    await execute(driver, "ALTER SESSION SET DATE_INPUT_FORMAT = 'DD/MM/YYYY'");
    expect(await one(day, ['05/03/2024', '05/03/2024'])).toBe('2024-03-05 2024-03-05');
    expect(await one("SELECT COUNT(*) FROM (SELECT DATE_FROM_PARTS(2024, 3, 5) AS D) WHERE D = '05/03/2024'")).toBe(1);
    expect(await one("SELECT TRY_TO_DATE('2024-03-05')")).toBeNull();
    expect(await one("SELECT TO_DATE('2024-03-05', 'AUTO')::VARCHAR")).toBe('2024-03-05');
    expect(await one(`SELECT PARSE_JSON('"05/03/2024"')::DATE::VARCHAR`)).toBe('2024-03-05');
    expect((await failure(one(day, ['2024-03-05', '05/03/2024']))).message).toContain('2024-03-05');
    await execute(driver, 'CREATE OR REPLACE TABLE DAYS (D DATE)');
    await execute(driver, 'INSERT INTO DAYS VALUES (?)', { binds: ['05/03/2024'] });
    expect(await one('SELECT D::VARCHAR FROM DAYS')).toBe('2024-03-05');
    await execute(driver, 'ALTER SESSION UNSET DATE_INPUT_FORMAT');
    expect(await one(day, ['05/03/2024', '2024-03-05'])).toBe('2024-05-03 2024-03-05');
  });

  test('TIMESTAMP_INPUT_FORMAT and TIME_INPUT_FORMAT do, as user’s or account’s too', async () => {
    await server.query("ALTER ACCOUNT SET TIME_INPUT_FORMAT = 'HH12:MI AM'");
    await server.query("ALTER USER SNOWMELT SET TIMESTAMP_INPUT_FORMAT = 'DD.MM.YYYY HH24:MI'");
    const sql = "SELECT TO_VARCHAR(?::TIMESTAMP_NTZ) || ' ' || TO_VARCHAR(?::TIME)";
    const bindings = { 1: { type: 'TEXT', value: '02.01.2024 03:04' }, 2: { type: 'TEXT', value: '03:04 PM' } };
    const answer = await api.submit({ statement: sql, bindings });
    expect(answer.body.data).toEqual([['2024-01-02 03:04:00.000 15:04:00']]);
    const fresh = await connect(server);
    const { rows } = await execute(fresh, `${sql} AS V`, { binds: ['02.01.2024 03:04', '03:04 PM'] });
    expect(rows).toEqual([{ V: '2024-01-02 03:04:00.000 15:04:00' }]);
    const refused = failure(execute(fresh, sql, { binds: ['2024-01-02 03:04', '03:04 PM'] }));
    expect((await refused).message).toContain("'2024-01-02 03:04' is not recognized");
  });

  // The examples of the documentation page "Parameters", TWO_DIGIT_CENTURY_START.
  test.each([
    ['1900', ['1900', '1979', '1989']],
    ['1970', ['2000', '1979', '1989']],
    ['1980', ['2000', '2079', '1989']],
    ['1990', ['2000', '2079', '2089']],
    ['2000', ['2000', '2079', '2089']],
  ])('TWO_DIGIT_CENTURY_START = %s', async (start, years) => {
    await execute(driver, `ALTER SESSION SET TWO_DIGIT_CENTURY_START = ${start} DATE_INPUT_FORMAT = 'YY-MM-DD'`);
    const found = await Promise.all(['00', '79', '89'].map((yy) => one('SELECT YEAR(?::DATE)', [`${yy}-01-01`])));
    expect(found.map(String)).toEqual(years);
    expect(String(await one("SELECT YEAR(TO_DATE('79', 'YY'))"))).toBe(years[1]);
  });
});

test('BINARY_OUTPUT_FORMAT is the text of a binary ("Parameters": HEX or BASE64)', async () => {
  await execute(driver, 'ALTER SESSION SET BINARY_OUTPUT_FORMAT = BASE64');
  expect(await one("SELECT TO_BINARY('48656C6C6F', 'HEX')::VARCHAR")).toBe('SGVsbG8=');
});

describe('a parameter is honoured or refused by name', () => {
  test('every default can be set, but the indent that values never have', async () => {
    const refused: string[] = [];
    for (const [name, { standard }] of PARAMETERS) {
      const value = typeof standard === 'string' ? `'${standard}'` : String(standard);
      await execute(driver, `ALTER SESSION SET ${name} = ${value}`).catch(() => refused.push(name));
    }
    expect(refused).toEqual(['JSON_INDENT']);
    await execute(driver, `ALTER SESSION UNSET ${[...PARAMETERS.keys()].join(', ')}`);
    await execute(driver, 'ALTER SESSION SET JSON_INDENT = 0');
  });

  test.each([
    ['TIMESTAMP_TYPE_MAPPING', 'TIMESTAMP_LTZ'],
    ['TIMESTAMP_DAY_IS_ALWAYS_24H', 'TRUE'],
    ['JSON_INDENT', '4'],
    ['BINARY_INPUT_FORMAT', 'BASE64'],
    ['GEOGRAPHY_OUTPUT_FORMAT', 'WKT'],
    ['GEOMETRY_OUTPUT_FORMAT', 'WKB'],
    ['DATE_INPUT_FORMAT', "'DD/QQ/YYYY'"],
    ['ABORT_DETACHED_QUERY', 'TRUE'],
    ['LOCK_TIMEOUT', '5'],
    ['TRANSACTION_ABORT_ON_ERROR', 'TRUE'],
    ['ERROR_ON_NONDETERMINISTIC_MERGE', 'FALSE'],
    ['ERROR_ON_NONDETERMINISTIC_UPDATE', 'TRUE'],
    ['DEFAULT_NULL_ORDERING', 'FIRST'],
    ['DEFAULT_DDL_COLLATION', "'en-ci'"],
    ['CLIENT_STAGE_ARRAY_BINDING_THRESHOLD', '1000'],
  ])('%s = %s, which the server does not work by, on every level', async (name, value) => {
    for (const target of ['SESSION', 'USER SNOWMELT', 'ACCOUNT']) {
      const error = await failure(execute(driver, `ALTER ${target} SET ${name} = ${value}`));
      expect(error).toMatchObject({ code: '000002', message: expect.stringContaining(name) });
    }
    const ofStatement = { parameters: { [name]: value.replaceAll("'", '') } };
    expect(await failure(execute(driver, 'SELECT 1', ofStatement))).toMatchObject({ code: '000002' });
  });

  test.each([
    ['ROWS_PER_RESULTSET', '-1'],
    ['STATEMENT_TIMEOUT_IN_SECONDS', '604801'],
    ['TWO_DIGIT_CENTURY_START', '1899'],
    ['TIMEZONE', 'Mars/Olympus'],
    ['QUOTED_IDENTIFIERS_IGNORE_CASE', 'maybe'],
    ['BINARY_OUTPUT_FORMAT', 'OCTAL'],
    ['WEEK_START', '8'],
  ])('%s = %s, which Snowflake does not take', async (name, value) => {
    const error = await failure(execute(driver, `ALTER SESSION SET ${name} = '${value}'`));
    expect(error).toMatchObject({ code: '001008', message: expect.stringContaining(`[${value}]`) });
  });

  test.each(['SESSION', 'USER SNOWMELT', 'ACCOUNT'])('one that there is not, on %s', async (target) => {
    const error = await failure(execute(driver, `ALTER ${target} SET ROWS_PER_RESULT = 1`));
    expect(error).toMatchObject({ code: '001420', message: expect.stringContaining("'ROWS_PER_RESULT'") });
    expect(await failure(execute(driver, `ALTER ${target} UNSET ROWS_PER_RESULT`))).toMatchObject({ code: '001420' });
  });

  test('one of the account alone', async () => {
    const error = await failure(execute(driver, 'ALTER ACCOUNT SET PERIODIC_DATA_REKEYING = TRUE'));
    expect(error).toMatchObject({ code: '000002', message: expect.stringContaining('PERIODIC_DATA_REKEYING') });
  });
});
