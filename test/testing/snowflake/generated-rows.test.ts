import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSnowflake, type EmbeddedSnowflake } from '../../../src/testing/index.js';
import { connect, execute, failure, type Connection } from './driver.js';
import { SqlApiClient } from './sql-api-client.js';

let server: EmbeddedSnowflake;
let driver: Connection;
let api: SqlApiClient;

beforeAll(async () => {
  server = await startSnowflake({ seedSql: 'CREATE TABLE T AS SELECT COLUMN1 AS A FROM VALUES (1), (2)' });
  driver = await connect(server);
  api = new SqlApiClient(server.connection());
});

afterAll(() => server.close());

/** The rows by the SQL API, after the driver gave as many. */
async function rows(statement: string): Promise<(string | null)[][]> {
  const ofDriver = (await execute(driver, statement)).rows;
  const { body } = await api.submit({ statement });
  expect(body.data).toHaveLength(ofDriver.length);
  return body.data;
}

const generator = (count: number) => `TABLE(GENERATOR(ROWCOUNT => ${count}))`;

describe('SEQ1, SEQ2, SEQ4, SEQ8 ("SEQ1 / SEQ2 / SEQ4 / SEQ8")', () => {
  test('wrap around as the documentation’s example shows', async () => {
    const sql = `SELECT * FROM (SELECT SEQ2(0), SEQ1(1) FROM ${generator(132)}) ORDER BY 1 LIMIT 7 OFFSET 125`;
    expect(await rows(sql)).toEqual([
      ['125', '125'],
      ['126', '126'],
      ['127', '127'],
      ['128', '-128'],
      ['129', '-127'],
      ['130', '-126'],
      ['131', '-125'],
    ]);
    expect(await rows(`SELECT MAX(S), COUNT_IF(S = 0) FROM (SELECT SEQ1() AS S FROM ${generator(132)})`)).toEqual([
      ['127', '2'],
    ]);
  });

  test('order a window, as in the documentation’s example', async () => {
    const sql = `SELECT ROW_NUMBER() OVER (ORDER BY SEQ4()) FROM ${generator(10)}`;
    expect(await rows(sql)).toEqual(Array.from({ length: 10 }, (_, n) => [String(n + 1)]));
    expect(await rows(`SELECT SUM(SEQ4()) OVER (ORDER BY SEQ8() DESC) AS S FROM ${generator(3)} ORDER BY S`)).toEqual([
      ['2'],
      ['3'],
      ['3'],
    ]);
  });

  test.each([
    [`SELECT SEQ4() FROM ${generator(6)} WHERE SEQ4() > 3`, ['4', '5']],
    [`SELECT SEQ8() AS N FROM ${generator(6)} G WHERE N BETWEEN 1 AND 2`, ['1', '2']],
    [`SELECT COUNT(*) FROM ${generator(10)} WHERE MOD(SEQ2(), 3) = 0`, ['4']],
    [`SELECT MOD(SEQ4(), 2) AS M FROM ${generator(5)} GROUP BY M ORDER BY M`, ['0', '1']],
    [`SELECT SUM(SEQ4()) FROM ${generator(5)}`, ['10']],
    [`SELECT SEQ4() FROM ${generator(4)} ORDER BY SEQ4() DESC`, ['3', '2', '1', '0']],
    [`SELECT SEQ4() FROM ${generator(9)} QUALIFY ROW_NUMBER() OVER (ORDER BY SEQ4() DESC) = 1`, ['8']],
    ['SELECT SEQ4() FROM T', ['0', '1']],
    [`SELECT COUNT(DISTINCT S) FROM (SELECT SEQ4() AS S FROM T, ${generator(3)})`, ['6']],
  ])('%s', async (sql, expected) => {
    expect((await rows(sql)).map(([value]) => value)).toEqual(expected);
  });

  test('make the usual date spines', async () => {
    const day = "TO_VARCHAR(DATEADD(day, SEQ4(), '2024-02-27'::DATE))";
    expect(await rows(`SELECT ${day} AS D FROM ${generator(400)} WHERE D <= '2024-03-01'`)).toEqual([
      ['2024-02-27'],
      ['2024-02-28'],
      ['2024-02-29'],
      ['2024-03-01'],
    ]);
    const numbered = `SELECT TO_VARCHAR(DATEADD(month, ROW_NUMBER() OVER (ORDER BY SEQ4()) - 1, '2024-01-31'::DATE)) FROM ${generator(3)}`;
    expect(await rows(numbered)).toEqual([['2024-01-31'], ['2024-02-29'], ['2024-03-31']]);
    const hours = `WITH H AS (SELECT DATEADD('hour', SEQ4(), '2024-01-01'::TIMESTAMP_NTZ) AS AT FROM ${generator(48)})
      SELECT COUNT(*), TO_VARCHAR(MAX(AT)) FROM H WHERE AT::DATE = '2024-01-02'`;
    expect(await rows(hours)).toEqual([['24', '2024-01-02 23:00:00.000']]);
  });

  test('are refused over tables where their rows have no number yet, and with another sign', async () => {
    expect(await failure(execute(driver, 'SELECT A FROM T WHERE SEQ4() > 0'))).toMatchObject({ code: '000002' });
    expect(await failure(execute(driver, `SELECT SEQ4(2) FROM ${generator(1)}`))).toMatchObject({
      code: '000002',
      message: expect.stringContaining('SEQ4'),
    });
  });
});

describe('RANDSTR ("RANDSTR": length and generator, of 0-9, a-z and A-Z)', () => {
  test('gives one text for one seed and others for RANDOM()', async () => {
    const fixed = await rows(`SELECT RANDSTR(5, 1234) FROM ${generator(5)}`);
    expect(new Set(fixed.flat()).size).toBe(1);
    expect(fixed[0]?.[0]).toMatch(/^[0-9a-zA-Z]{5}$/);
    const random = (await rows(`SELECT RANDSTR(40, RANDOM()) FROM ${generator(300)}`)).flat();
    expect(new Set(random).size).toBe(300);
    expect([...new Set(random.join(''))].sort().join('')).toMatch(/^0123456789A.*Za.*z$/);
    expect(new Set(random.join('')).size).toBe(62);
  });

  test('takes a computed length and a column as seed', async () => {
    const answer = await rows(`SELECT LENGTH(RANDSTR(N, N)), RANDSTR(3, NULL), RANDSTR(8, N) = RANDSTR(8, N)
      FROM (SELECT SEQ4() AS N FROM ${generator(3)})`);
    expect(answer).toEqual([
      ['0', null, 'true'],
      ['1', null, 'true'],
      ['2', null, 'true'],
    ]);
    expect(await failure(execute(driver, 'SELECT RANDSTR(-1, 1)'))).toMatchObject({ code: '000002' });
    expect(await failure(execute(driver, 'SELECT RANDSTR(5)'))).toMatchObject({ code: '000938' });
  });
});

// Snowflake's own words: "Single-row subquery returns more than one row."
describe('a scalar subquery of several rows is an error ("Working with subqueries", scalar subqueries)', () => {
  test.each([
    'SELECT (SELECT A FROM T) AS X',
    'SELECT 1 WHERE 1 = (SELECT A FROM T)',
    'SELECT T1.A, (SELECT T2.A FROM T T2 WHERE T2.A >= T1.A) AS X FROM T T1',
    'SELECT A FROM T T1 WHERE A = (SELECT T2.A FROM T T2 WHERE T2.A >= T1.A)',
    'INSERT INTO T SELECT (SELECT A FROM T)',
    'UPDATE T SET A = (SELECT A FROM T)',
    'DELETE FROM T WHERE A = (SELECT A FROM T)',
  ])('%s', async (statement) => {
    const error = await failure(execute(driver, statement));
    expect(error).toMatchObject({ code: '090150', message: 'Single-row subquery returns more than one row.' });
    const answer = await api.submit({ statement });
    expect(answer).toMatchObject({ status: 422, body: { code: '090150' } });
    expect(await server.query('SELECT COUNT(*) AS N FROM T')).toEqual([{ N: '2' }]);
  });

  test('and one of no rows is NULL', async () => {
    expect(await rows('SELECT (SELECT A FROM T WHERE A > 5)')).toEqual([[null]]);
  });
});
