import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlSession } from '../sql/sql-session.js';

let session: SqlSession;
beforeAll(async () => {
  session = await SqlSession.open();
  await session.run(
    `CREATE TABLE C (N NUMBER, PLAIN VARCHAR, ANY_CASE VARCHAR(20) COLLATE 'en-ci' NOT NULL, BYTES VARCHAR COLLATE '')`,
  );
  await session.run(`INSERT INTO C SELECT COLUMN1, COLUMN2, COLUMN2, COLUMN2 FROM VALUES (1, 'b'), (2, 'B'), (3, 'a')`);
});
afterAll(() => session.engine.close());

const shown = async (sql: string): Promise<string> =>
  (await session.run(sql)).rows.map((row) => row.map((value) => value ?? 'NULL').join(' | ')).join(' ; ');

// "Collation support" and "COLLATE", docs.snowflake.com.
describe('a column with a collation', () => {
  it.each([
    ['is compared by it', `SELECT N FROM C WHERE ANY_CASE = 'B' ORDER BY N`, '1 ; 2'],
    ['leaves other columns alone', `SELECT N FROM C WHERE PLAIN = 'B' OR BYTES = 'A'`, '2'],
    ['keeps its texts', 'SELECT ANY_CASE FROM C ORDER BY N', 'b ; B ; a'],
    ['is ordered by it', 'SELECT N FROM C ORDER BY ANY_CASE, N', '3 ; 1 ; 2'],
    ['is grouped by it', 'SELECT COUNT(*) FROM C GROUP BY ANY_CASE ORDER BY 1', '1 ; 2'],
    ['keeps it through a subquery', `SELECT N FROM (SELECT * FROM C) WHERE ANY_CASE = 'A'`, '3'],
    ['loses it by COLLATE', `SELECT N FROM C WHERE COLLATE(ANY_CASE, '') = 'B' OR ANY_CASE COLLATE 'utf8' = 'A'`, '2'],
    ['is ordered without it', `SELECT N FROM C ORDER BY COLLATE(ANY_CASE, ''), N`, '2 ; 3 ; 1'],
    ['gets another one by COLLATE', `SELECT N FROM C WHERE COLLATE(PLAIN, 'en-ci') = 'B' ORDER BY N`, '1 ; 2'],
    [
      'is digested as it is',
      `SELECT SHA2(COLLATE(ANY_CASE, '')) = SHA2(PLAIN) AND OCTET_LENGTH(ANY_CASE) = 1 FROM C WHERE N = 2`,
      '1',
    ],
  ])('%s', async (_, sql, expected) => {
    expect(await shown(sql)).toBe(expected);
  });

  it('tells its collation with the result', async () => {
    const { columns } = await session.run(`SELECT *, COLLATE(ANY_CASE, '') AS NONE FROM C`);
    expect(columns.map(({ collation }) => collation)).toEqual([null, null, 'en-ci', null, null]);
    expect(columns[2]).toMatchObject({ nullable: false, length: 20 });
  });

  it('is found by it in UPDATE and DELETE', async () => {
    await session.run('CREATE TABLE D AS SELECT * FROM C');
    await session.run(`CREATE TABLE E (N NUMBER, V VARCHAR COLLATE 'en-ci')`);
    await session.run(`INSERT INTO E SELECT N, PLAIN FROM C`);
    await session.run(`UPDATE E SET N = 9 WHERE V = 'B'`);
    await session.run(`DELETE FROM E WHERE V = 'A'`);
    expect(await shown('SELECT N, V FROM E ORDER BY V COLLATE $$$$')).toBe('9 | B ; 9 | b');
  });

  it.each([
    ['a specifier that orders otherwise', `CREATE TABLE F (V VARCHAR COLLATE 'de-ai')`],
    ['another one in a query', `SELECT COLLATE('a', 'sp-upper')`],
    ['one that is computed', `SELECT COLLATE(PLAIN, PLAIN) FROM C`],
  ])('is refused with %s', async (_, sql) => {
    await expect(session.run(sql)).rejects.toMatchObject({ code: '000002' });
  });
});

// The columns TM9 of the last example of "SQL format models" and TO_CHAR's.
it('writes numbers as TM9 does: with all digits of the scale', async () => {
  const values = 'VALUES (-12.391), (0), (-1), (0.10), (0.01), (3987), (1.111)';
  expect(await shown(`SELECT TO_CHAR(COLUMN1, 'TM9') FROM ${values}`)).toBe(
    '-12.391 ; 0.000 ; -1.000 ; 0.100 ; 0.010 ; 3987.000 ; 1.111',
  );
  expect(await shown(`SELECT TO_VARCHAR(0.5::NUMBER(2,2), 'TM9'), TO_VARCHAR(${'9'.repeat(38)}, 'TM9')`)).toBe(
    `0.50 | ${'9'.repeat(38)}`,
  );
  await expect(session.run(`SELECT TO_CHAR(1.5::FLOAT, 'TM9')`)).rejects.toMatchObject({ code: '000002' });
});

it('writes all digits of a year', async () => {
  const sql = `SELECT TO_CHAR(TO_TIMESTAMP_NTZ(253402300800), 'YYYY-MM-DD'), TO_CHAR('0001-02-03'::DATE, 'YYYY'), TO_CHAR('0987-02-03'::DATE, 'YYYY')`;
  expect(await shown(sql)).toBe('10000-01-01 | 0001 | 0987');
});
