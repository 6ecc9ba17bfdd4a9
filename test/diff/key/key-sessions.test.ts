import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { columnType } from '../../../src/source/column-type.js';
import { checkKey } from '../../../src/diff/key/check-key.js';
import { keyHashSql } from '../../../src/diff/key/key-statement.js';
import { SqlSession } from '../../testing/snowflake/sql/sql-session.js';
import { KINDS, rows, tableSql } from './key-values.js';

let session: SqlSession;
beforeAll(async () => {
  session = await SqlSession.open();
});
afterAll(() => session.engine.close());

it('gives the same hashes whatever time zone and formats a session has', async () => {
  const [all = []] = fc.sample(rows(50), 1);
  for (const sql of tableSql('KEYS', all)) await session.run(sql);
  const { columns } = await session.run('SELECT * FROM KEYS LIMIT 0');
  const described = columns.map(({ name, type }) => ({ name, type: columnType(type), nullable: true }));
  const hashes = KINDS.map(({ column }) => keyHashSql(checkKey(described, [column])));
  const read = async (): Promise<unknown> =>
    (await session.run(`SELECT ${hashes.join(', ')} FROM KEYS ORDER BY N`)).rows;
  const before = await read();
  const texts =
    'SELECT WALL::VARCHAR, LOCAL::VARCHAR, ZONED::VARCHAR, DAY::VARCHAR, CLOCK::VARCHAR, BYTES::VARCHAR FROM KEYS';
  const plain = (await session.run(texts)).rows;
  for (const setting of [
    "TIMEZONE = 'America/Los_Angeles'",
    "TIMESTAMP_OUTPUT_FORMAT = 'DD.MM.YY HH12:MI AM'",
    "TIMESTAMP_NTZ_OUTPUT_FORMAT = 'HH24'",
    "TIMESTAMP_LTZ_OUTPUT_FORMAT = 'HH24'",
    "TIMESTAMP_TZ_OUTPUT_FORMAT = 'HH24'",
    "DATE_OUTPUT_FORMAT = 'YY'",
    "TIME_OUTPUT_FORMAT = 'MI'",
    "BINARY_OUTPUT_FORMAT = 'BASE64'",
    'WEEK_START = 1',
  ]) {
    await session.run(`ALTER SESSION SET ${setting}`);
    expect(await read(), setting).toEqual(before);
  }
  expect((await session.run(texts)).rows).not.toEqual(plain);
});
