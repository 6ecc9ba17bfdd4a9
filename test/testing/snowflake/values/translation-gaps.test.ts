import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlSession } from '../sql/sql-session.js';

let session: SqlSession;
beforeAll(async () => {
  session = await SqlSession.open();
  await session.run('CREATE TABLE T (K VARCHAR, N NUMBER(10,2), V VARIANT, AT TIMESTAMP_TZ, S VARCHAR)');
  await session.run(`INSERT INTO T SELECT COLUMN1, COLUMN2, PARSE_JSON(COLUMN3), COLUMN4, COLUMN5 FROM VALUES
    ('a', 1, '{"x":1}', '2024-01-01 00:00:00 +01:00', 'p,q'), ('a', 4, '{"x":2}', '2024-01-02 00:00:00 +02:00', 'r'),
    ('b', 7, '{"x":3}', '2024-02-03 00:00:00 +00:00', 's')`);
});
afterAll(() => session.engine.close());

const shown = async (sql: string): Promise<string> =>
  (await session.run(sql)).rows.map((row) => row.map((value) => value ?? 'NULL').join(' | ')).join(' ; ');

// "HAVING", "QUALIFY", "ORDER BY": any expression of aggregates may stand there.
describe('what is made of aggregates', () => {
  it.each([
    'AVG(N) > 2.5',
    'SUM(N) / COUNT(*) > 2.4',
    'SUM(N) * 2 % 7 >= 0',
    'ROUND(AVG(N), 1) >= 2.5 AND CEIL(SUM(N) / 3) > 1',
    'DIV0(SUM(N), 0) = 0 AND MEDIAN(N) > 1',
    'MAX(V:x) >= 2 AND MAX(V):x::NUMBER >= 2',
    'ARRAY_AGG(N)[0] IS NOT NULL AND ARRAY_SIZE(ARRAY_AGG(V)) > 0',
    `OBJECT_AGG(S, N) IS NOT NULL AND {'n': SUM(N)}:n > 1`,
    `MAX(AT) > '2024-01-01'::TIMESTAMP_TZ AND MAX(AT)::VARCHAR > '2024'`,
    `DATE_TRUNC('week', MAX(AT)) > '2023-12-01'::DATE AND DATEDIFF('week', MIN(AT), MAX(AT)) >= 0`,
    `MAX(AT::VARCHAR)::TIMESTAMP_TZ IS NOT NULL AND TO_CHAR(MAX(AT), 'YYYY') = '2024'`,
    `TO_DATE(MAX('20240105'), 'YYYYMMDD') = '2024-01-05'`,
    `SPLIT(MAX(S), ',')[0] IS NOT NULL AND STRTOK(MAX(S), ',') <> '' AND INITCAP(MAX(S)) <> ''`,
    `REVERSE(TO_BINARY(MAX('AB'))) = X'AB' AND TRY_TO_BINARY(MAX('!'), 'BASE64') IS NULL`,
    'SUM(N)::FLOAT::VARIANT > 1 AND SUM(N)::VARCHAR::NUMBER(10,2) > 1',
    `CASE WHEN AVG(N) > 1 THEN LISTAGG(S, ';') END IS NOT NULL`,
  ])('HAVING %s', async (condition) => {
    const kept = await shown(
      `SELECT K FROM T GROUP BY K HAVING ${condition} ORDER BY ${condition.split(' AND ')[0] ?? ''}, K`,
    );
    const computed = await shown(`SELECT K FROM (SELECT K, ${condition} AS C FROM T GROUP BY K) WHERE C ORDER BY K`);
    expect(kept).toBe(computed);
    expect(kept).not.toBe('');
    expect(await shown(`SELECT K FROM T GROUP BY K QUALIFY ${condition} AND COUNT(*) OVER () > 0 ORDER BY K`)).toBe(
      kept,
    );
  });

  it('without groups, beside windows and under an alias', async () => {
    expect(await shown('SELECT COUNT(*) FROM T HAVING AVG(N) > 3')).toBe('3');
    expect(await shown('SELECT COUNT(*) FROM T HAVING AVG(N) > 4')).toBe('');
    const ranked =
      'SELECT K, RANK() OVER (ORDER BY AVG(N) DESC) AS R FROM T GROUP BY K HAVING AVG(N) > 2 QUALIFY R = 1';
    expect(await shown(ranked)).toBe('b | 1');
    expect(await shown('SELECT K, SUM(N) / COUNT(*) AS MEAN FROM T GROUP BY K HAVING MEAN < 5 ORDER BY MEAN')).toBe(
      'a | 2.50000000',
    );
  });
});

describe('a refusal of DuckDB', () => {
  // Snowflake would refuse these too: the statement is to blame, with the column.
  it.each([
    ['SELECT K, N FROM T GROUP BY K', 'N'],
    ['SELECT K, SUM(N) FROM T', 'K'],
    ['SELECT K, UPPER(T.S), SUM(N) FROM T GROUP BY K', 'T.S'],
    ['SELECT LEFT(K, 1), SUM(N) FROM T GROUP BY LEFT(K, 1) HAVING N / 2 > 1', 'N'],
    ['SELECT K AS X, X || S, SUM(N) FROM T GROUP BY X', 'S'],
    ['SELECT K, AVG(N) + N FROM T GROUP BY K', 'N'],
    ['SELECT * FROM (SELECT K, COUNT(S), AT FROM T GROUP BY 1)', 'AT'],
  ])('%s is a wrong group by expression', async (sql, column) => {
    const refusal = shown(sql);
    await expect(refusal).rejects.toMatchObject({ code: '000979' });
    await expect(refusal).rejects.toThrow(`[${column}] is not a valid group by expression`);
  });

  // These it only refuses because of what they were translated to: that is said, and of which part.
  it.each([
    ['SELECT K, LISTAGG(S, K) FROM T GROUP BY K HAVING AVG(N) > 1', 'LISTAGG(S, K)'],
    ['SELECT 1 + PERCENTILE_CONT(N) WITHIN GROUP (ORDER BY N) FROM T', 'PERCENTILE_CONT(N) WITHIN GROUP (ORDER BY N)'],
    [
      'SELECT N, SUM(N) OVER (ORDER BY S RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM T',
      'SUM(N) OVER (ORDER BY S RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)',
    ],
    ['SELECT UPPER(K), NTILE(0) OVER (ORDER BY N) FROM T', 'NTILE(0) OVER (ORDER BY N)'],
    [`SELECT UPPER(K), RPAD(S, 9, '') FROM T`, `RPAD(S, 9, '')`],
    [`SELECT K FROM T WHERE S LIKE 'p' ESCAPE 'xy'`, `S LIKE 'p' ESCAPE 'xy'`],
    [`UPDATE T SET S = LOWER(RPAD(S, 9, ''))`, `RPAD(S, 9, '')`],
    [`CREATE TABLE U AS SELECT RPAD(S, 9, '') AS R FROM T`, `RPAD(S, 9, '')`],
    ['SELECT K FROM T GROUP BY K QUALIFY AVG(N) > 1', 'SELECT K FROM T GROUP BY K QUALIFY AVG(N) > 1'],
  ])('%s is a gap of the embedded Snowflake', async (sql, construct) => {
    const refusal = shown(sql);
    await expect(refusal).rejects.toMatchObject({ code: '000002' });
    await expect(refusal).rejects.toThrow(`the embedded Snowflake cannot translate ${construct} (DuckDB: `);
  });

  it('changes nothing while it is looked into', async () => {
    await expect(shown(`UPDATE T SET K = 'z', S = RPAD(S, 9, '')`)).rejects.toMatchObject({ code: '000002' });
    await expect(shown(`INSERT INTO T (K, S) SELECT 'z', RPAD(S, 9, '') FROM T`)).rejects.toMatchObject({
      code: '000002',
    });
    expect(await shown(`SELECT COUNT(*), COUNT_IF(K = 'z') FROM T`)).toBe('3 | 0');
  });

  // Faults of the data have Snowflake's own errors.
  it.each([
    ['SELECT 1 / (N - 1) FROM T', '100051'],
    ['SELECT SQRT(-N) FROM T', '100041'],
    ['SELECT LN(0 * N) FROM T', '100041'],
    ['SELECT FACTORIAL(40)', '100046'],
    ['SELECT N::NUMBER(2,2) FROM T', '100046'],
    ['SELECT S::NUMBER FROM T', '100038'],
    ['SELECT (SELECT N FROM T)', '090150'],
    [`SELECT REGEXP_LIKE(S, '(') FROM T`, '100048'],
    ['SELECT BASE64_DECODE_STRING(S) FROM T', '100071'],
  ])('%s is a fault of the data', async (sql, code) => {
    await expect(shown(sql)).rejects.toMatchObject({ code });
  });
});
