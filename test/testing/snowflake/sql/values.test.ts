import { afterAll, beforeAll, expect, it } from 'vitest';
import { SEED } from './constructs.js';
import { SqlSession } from './sql-session.js';

let session: SqlSession;
beforeAll(async () => {
  session = await SqlSession.open();
  for (const statement of SEED) await session.run(statement);
});
afterAll(() => session.engine.close());

/** The result as text: columns by `|`, rows by ` ; `. */
const shown = async (sql: string): Promise<string> =>
  (await session.run(`SELECT ${sql}`)).rows.map((row) => row.map((value) => value ?? 'NULL').join('|')).join(' ; ');

it.each([
  // numbers: the scales of the documentation's examples
  ['AVG of NUMBER(10,5)', 'AVG(COLUMN1::NUMBER(10,5)) FROM VALUES (1.1), (10), (2.4), (9.9)', '5.85000000000'],
  ['AVG over a window', 'AVG(ID) OVER () FROM PEOPLE LIMIT 1', '2.000'],
  ['SUM and AVG of text', "SUM(COLUMN1), AVG(COLUMN1) FROM VALUES ('1.1234567'), ('2')", '3.1234567|1.56172835'],
  ['COALESCE of text and number', "COALESCE(COLUMN1, 0) FROM VALUES ('1.123456789')", '1.12346'],
  [
    'RATIO_TO_REPORT with ORDER BY',
    'RATIO_TO_REPORT(COLUMN1::NUMBER(11,2)) OVER (ORDER BY COLUMN1) FROM VALUES (300), (250), (450) ORDER BY COLUMN1',
    '0.25000000 ; 0.30000000 ; 0.45000000',
  ],
  ['the sign of a VARIANT', "-PARSE_JSON('5')", '-5'],
  ['TO_NUMBER with a format', "TO_NUMBER('$1,234.5', '$9,999.99', 10, 2), TRY_TO_NUMBER('1,2', '99')", '1234.50|NULL'],
  ['the 0 before the point', "0.5, -0.50::NUMBER(2,2), 0.5 || 'x', MD5(0.5) = MD5('0.5')", '0.5|-0.50|0.5x|1'],
  [
    'the 0 before the point in a VARIANT',
    "ARRAY_CONSTRUCT(0.00, -0.5), TO_JSON(OBJECT_CONSTRUCT('r', 0.1))",
    '[0,-0.5]|{"r":0.1}',
  ],
  ['GREATEST by its first argument', "GREATEST('10', 9), GREATEST(9, '10'), LEAST('10', 9)", '9|10|10'],
  [
    'GREATEST of a date and a timestamp',
    "GREATEST('2024-01-01'::DATE, '2024-01-01 10:00:00'::TIMESTAMP)::VARCHAR",
    '2024-01-01',
  ],
  ['COUNT_IF of nothing', 'COUNT_IF(NULL), COUNT_IF(SALARY > 1) FROM PEOPLE WHERE ID = 3', '0|0'],
  // text
  ['NULL as a length', "LEFT('abc', NULL), RIGHT('abc', NULL), LPAD('abc', NULL)", 'NULL|NULL|NULL'],
  ['NULL as a position', "POSITION('b', 'abc', NULL)", 'NULL'],
  ['SPLIT by nothing and by NULL', "SPLIT('abc', ''), SPLIT('a', NULL)", '["abc"]|NULL'],
  ['LIKE() with an escape', "LIKE('a_c', 'a^_c', '^'), LIKE('abc', 'a^_c', '^')", '1|0'],
  ['a line break under .', "'a' || CHR(10) || 'b' RLIKE 'a.b'", '0'],
  ['HASH of equal numbers', "HASH(10) = HASH(10.00), HASH(10) = HASH(10::FLOAT), HASH(10) = HASH('10')", '1|1|0'],
  // VARIANT
  ['VARIANTs compared', "PARSE_JSON('10') > PARSE_JSON('9'), PARSE_JSON('\"1\"') = PARSE_JSON('1')", '1|0'],
  [
    'MAX and MIN of VARIANT',
    "MAX(PARSE_JSON(COLUMN1)), MIN(PARSE_JSON(COLUMN1)) FROM VALUES ('10'), ('9'), (NULL)",
    '10|9',
  ],
  [
    'ORDER BY VARIANT',
    "PARSE_JSON(COLUMN1) FROM VALUES ('10'), ('9'), (NULL), ('\"a\"'), ('2.5') ORDER BY 1",
    '2.5 ; 9 ; 10 ; "a" ; NULL',
  ],
  ['MAX_BY a VARIANT', "MAX_BY(COLUMN1, PARSE_JSON(COLUMN1)) FROM VALUES ('10'), ('9')", '10'],
  [
    'ARRAY_CONTAINS of NULL',
    'ARRAY_CONTAINS(NULL, ARRAY_CONSTRUCT(1)), ARRAY_CONTAINS(NULL, ARRAY_CONSTRUCT(NULL))',
    'NULL|1',
  ],
  [
    'ARRAY_CAT and ARRAY_APPEND of NULL',
    'ARRAY_CAT(V, ARRAY_CONSTRUCT(1)), ARRAY_APPEND(V, 1) FROM PEOPLE WHERE ID = 3',
    'NULL|NULL',
  ],
  ['ARRAY_UNIQUE_AGG of nothing', 'ARRAY_UNIQUE_AGG(DEPT) FROM PEOPLE WHERE ID = 9', '[]'],
  ['TRY_PARSE_JSON of a repeated key', `TRY_PARSE_JSON('{"a":1,"a":2}')`, 'NULL'],
  // dates
  [
    'MONTHS_BETWEEN with times',
    "MONTHS_BETWEEN('2019-03-01 02:00:00'::TIMESTAMP, '2019-02-15 01:00:00'::TIMESTAMP)",
    '0.549731',
  ],
  [
    'MONTHS_BETWEEN last days',
    "MONTHS_BETWEEN('2019-03-31 01:00:00'::TIMESTAMP, '2019-02-28 13:00:00'::TIMESTAMP)",
    '1',
  ],
  ['TRY_TO_TIMESTAMP past midnight', "TRY_TO_TIMESTAMP('2024-01-05 24:00', 'YYYY-MM-DD HH24:MI')", 'NULL'],
  ['CURRENT_TIMESTAMP with a precision', 'CURRENT_TIMESTAMP(3)', '1706702400.000'],
  // queries
  ['NTH_VALUE without a frame', 'NTH_VALUE(ID, 2) OVER (ORDER BY ID) FROM PEOPLE', '2 ; 2 ; 2'],
  ['ORDER BY behind FROM VALUES', "COLUMN2 FROM VALUES (1, 'b'), (2, 'a') ORDER BY 1", 'a ; b'],
  ['UNION ALL behind FROM VALUES', '7 FROM VALUES (1) UNION ALL SELECT 8', '7 ; 8'],
])('%s gives what Snowflake gives', async (_, sql, expected) => {
  expect(await shown(sql)).toBe(expected);
});

it.each([
  ['a sum of booleans', 'SUM(ID = 1) FROM PEOPLE', '001044'],
  ['an argument too many', "ROUND(2.5, 0, 'HALF_TO_EVEN')", '000939'],
  ['text beside a number', "COALESCE(ID, 'none') FROM PEOPLE", '100038'],
  ['an empty text beside a number', "IFF(ID > 0, ID, '') FROM PEOPLE", '100038'],
  ['a default of more digits', 'LAG(ID, 1, 0.5) OVER (ORDER BY ID) FROM PEOPLE', '000002'],
  ['GREATEST of VARIANT', "GREATEST(PARSE_JSON('10'), PARSE_JSON('9'))", '000002'],
  ['a repeated key of OBJECT_AGG', 'OBJECT_AGG(DEPT, ID) FROM PEOPLE', '100131'],
  ['a repeated computed key', 'OBJECT_CONSTRUCT(DEPT, 1, DEPT, 2) FROM PEOPLE', '100131'],
  ['a repeated key', `PARSE_JSON('{"a":1,"a":2}')`, '100069'],
  ['more digits than the format', "TO_NUMBER('1,234', '9999')", '100038'],
  ['a day of a TIME', "DATE_TRUNC('day', '10:20:30'::TIME)", '001044'],
  ['hour 25', "TO_TIMESTAMP('2024-01-05 25:00:00', 'YYYY-MM-DD HH24:MI:SS')", '100035'],
  ['minute 61', "TO_TIMESTAMP('2024-01-05 10:61:00', 'YYYY-MM-DD HH24:MI:SS')", '100035'],
  ['an unknown element of a format', "TO_CHAR('2024-01-05'::DATE, 'YYYY-Q')", '000002'],
  ['one while reading', "TRY_TO_DATE('2024-1', 'YYYY-Q')", '000002'],
  ['HH with PM', "TO_CHAR('2024-01-05 13:04:05'::TIMESTAMP, 'HH:MI PM')", '000002'],
  ['one name of two columns', 'A FROM (SELECT 1 AS A, 2 AS A)', '000957'],
  [
    'an order by one name of two columns',
    'L.ID, R.AMOUNT AS ID FROM PEOPLE L JOIN SALES R ON L.DEPT = R.WHO ORDER BY ID',
    '000957',
  ],
  ['DISTINCT ordered by another column', 'DISTINCT DEPT FROM PEOPLE ORDER BY ID', '000002'],
])('%s is refused', async (_, sql, code) => {
  await expect(shown(sql)).rejects.toMatchObject({ code });
});

it('a MERGE that finds several rows for one is refused and changes nothing, unless they all delete', async () => {
  const twice = `MERGE INTO TARGET T USING (SELECT 1 AS ID, 'a' AS S UNION ALL SELECT 1, 'b') U ON T.ID = U.ID WHEN MATCHED`;
  await expect(session.run(`${twice} THEN UPDATE SET S = U.S`)).rejects.toMatchObject({ code: '100090' });
  expect(await shown('S FROM TARGET')).toBe('old');
  await session.run(`${twice} AND U.S = 'b' THEN UPDATE SET S = U.S`);
  expect(await shown('S FROM TARGET')).toBe('b');
  await session.run(`${twice} THEN DELETE`);
  expect(await shown('COUNT(*) FROM TARGET')).toBe('0');
});
