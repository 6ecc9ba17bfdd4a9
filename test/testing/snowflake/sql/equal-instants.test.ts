import { afterAll, beforeAll, expect, it } from 'vitest';
import { SqlSession } from './sql-session.js';

const TIMES = `SELECT COLUMN1::TIMESTAMP_TZ AS T, COLUMN2 AS N FROM VALUES
  ('2024-01-01 12:00:00 +00:00', 1), ('2024-01-01 14:00:00 +02:00', 2), ('2024-01-01 12:00:01 +00:00', 3), (NULL, 4), (NULL, 5)`;

let session: SqlSession;
beforeAll(async () => {
  session = await SqlSession.open();
  await session.run(`CREATE TABLE TIMES AS ${TIMES}`);
});
afterAll(() => session.engine.close());

it.each([
  ['GROUP BY', 'SELECT COUNT(*) FROM (SELECT T, SUM(N) AS S FROM TIMES GROUP BY T)', '3'],
  [
    'GROUP BY, the sums',
    "SELECT LISTAGG(S, ',') WITHIN GROUP (ORDER BY S) FROM (SELECT T, SUM(N) AS S FROM TIMES GROUP BY T)",
    '3,3,9',
  ],
  ['GROUP BY position', 'SELECT COUNT(*) FROM (SELECT T, SUM(N) FROM TIMES GROUP BY 1 ORDER BY 1)', '3'],
  ['GROUP BY ALL', 'SELECT COUNT(*) FROM (SELECT T, SUM(N) FROM TIMES GROUP BY ALL)', '3'],
  ['GROUP BY alias', 'SELECT COUNT(*) FROM (SELECT T AS X, MAX(N) FROM TIMES GROUP BY X HAVING MAX(N) > 0)', '3'],
  ['DISTINCT', 'SELECT COUNT(*) FROM (SELECT DISTINCT T FROM TIMES ORDER BY T DESC)', '3'],
  ['DISTINCT beside another column', 'SELECT COUNT(*) FROM (SELECT DISTINCT T, N > 3 AS B FROM TIMES)', '3'],
  ['COUNT(DISTINCT …)', 'SELECT COUNT(DISTINCT T) FROM TIMES', '2'],
  ['UNION', 'SELECT COUNT(*) FROM (SELECT T FROM TIMES UNION SELECT T FROM TIMES)', '3'],
  ['UNION ALL keeps all', 'SELECT COUNT(*) FROM (SELECT T FROM TIMES UNION ALL SELECT T FROM TIMES)', '10'],
  ['JOIN', 'SELECT COUNT(*) FROM TIMES A JOIN TIMES B ON A.T = B.T', '5'],
  ['JOIN … USING', 'SELECT COUNT(*) FROM TIMES A JOIN TIMES B USING (T)', '5'],
  ['IN a subquery', 'SELECT COUNT(*) FROM TIMES WHERE T IN (SELECT T FROM TIMES WHERE N = 2)', '2'],
  ['IN a list', "SELECT COUNT(*) FROM TIMES WHERE T IN ('2024-01-01 13:00:00 +01:00'::TIMESTAMP_TZ)", '2'],
  [
    'PARTITION BY',
    'SELECT MAX(C) FROM (SELECT COUNT(*) OVER (PARTITION BY T) AS C FROM TIMES WHERE T IS NOT NULL)',
    '2',
  ],
  ['EQUAL_NULL', "SELECT COUNT(*) FROM TIMES WHERE EQUAL_NULL(T, '2024-01-01 13:00:00 +01:00'::TIMESTAMP_TZ)", '2'],
  ['NULLIF', "SELECT COUNT(NULLIF(T, '2024-01-01 13:00:00 +01:00'::TIMESTAMP_TZ)) FROM TIMES", '1'],
  ['CASE', "SELECT SUM(CASE T WHEN '2024-01-01 13:00:00 +01:00'::TIMESTAMP_TZ THEN N END) FROM TIMES", '3'],
  ['DECODE', "SELECT SUM(DECODE(T, '2024-01-01 13:00:00 +01:00'::TIMESTAMP_TZ, N)) FROM TIMES", '3'],
])('takes two TIMESTAMP_TZ of one instant as equal: %s', async (_, sql, value) => {
  expect(await session.value(sql)).toBe(value);
});

it('shows a group with the offset of one of its values', async () => {
  const { rows } = await session.run('SELECT T, COUNT(*) FROM TIMES WHERE N <= 2 GROUP BY T');
  expect(rows).toHaveLength(1);
  expect(['1704110400.000000000 1440', '1704110400.000000000 1560']).toContain(rows[0]?.[0]);
});

it.each([
  'SELECT T FROM TIMES MINUS SELECT T FROM TIMES',
  'SELECT T FROM TIMES INTERSECT SELECT T FROM TIMES',
  'SELECT T, COUNT(*) FROM TIMES GROUP BY ROLLUP (T)',
  'SELECT ARRAY_AGG(DISTINCT T) FROM TIMES',
  'SELECT MODE(T) FROM TIMES',
])('refuses what would tell them apart: %s', async (sql) => {
  await expect(session.run(sql)).rejects.toMatchObject({ code: '000002' });
});
