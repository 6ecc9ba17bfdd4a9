import { afterAll, beforeAll, expect, it } from 'vitest';
import { SnowflakeSqlError } from '../../../../src/testing/snowflake/sql/types/sql-engine.js';
import { SqlSession } from './sql-session.js';

let session: SqlSession;

beforeAll(async () => {
  session = await SqlSession.open();
});
afterAll(async () => {
  await session.engine.close();
});

it('keeps every type exactly, down to the nanosecond and the offset', async () => {
  await session.run(`CREATE TABLE T (ID NUMBER, "id" VARCHAR(10), V VARIANT, NTZ TIMESTAMP_NTZ, TZ TIMESTAMP_TZ,
    LTZ TIMESTAMP_LTZ, D DATE, B BOOLEAN, F FLOAT, N NUMBER(12,2), BIN BINARY, TM TIME)`);
  await session.run(`INSERT INTO T SELECT 1, 'x', PARSE_JSON('{"a":[1,"q"]}'), '2024-01-02 03:04:05.123456789',
    '2024-01-02 03:04:05 +05:30', '2024-01-02 03:04:05', '2024-01-02', TRUE, 1.5, 12.5, TO_BINARY('ab', 'HEX'), '12:34:56.5'`);
  const { rows, columns } = await session.run('SELECT * FROM T');
  expect(rows).toEqual([
    [
      '1',
      'x',
      '{"a":[1,"q"]}',
      '1704164645.123456789',
      '1704144845.000000000 1770',
      '1704164645.000000000',
      '19724',
      '1',
      '1.5',
      '12.50',
      'AB',
      '45296.500000000',
    ],
  ]);
  expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'ID fixed',
    'id text',
    'V variant',
    'NTZ timestamp_ntz',
    'TZ timestamp_tz',
    'LTZ timestamp_ltz',
    'D date',
    'B boolean',
    'F real',
    'N fixed',
    'BIN binary',
    'TM time',
  ]);
});

it.each([
  ['SELECT id AS USERID As userId FROM T', '001003', "syntax error line 1 at position 20 unexpected 'As'."],
  ['SELECT AFAF FROM T', '000904', "error line 1 at position 7\ninvalid identifier 'AFAF'"],
  ['SELECT * FROM NOPE', '002003', "Object 'NOPE' does not exist or not authorized."],
  ['SELECT 1/0', '100051', 'Division by zero'],
  [
    'SELECT * FROM T WHERE NTZ >= 0',
    '001065',
    "Can not convert parameter '0' of type [NUMBER(1,0)] into expected type [TIMESTAMP_NTZ(9)]",
  ],
])("fails with Snowflake's error: %s", async (sql, code, message) => {
  const error = await session.run(sql).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(SnowflakeSqlError);
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
});
