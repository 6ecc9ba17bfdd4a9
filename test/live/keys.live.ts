import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnowflakeSource, SqlApiSource, type SnowflakeSourceOptions, type Source } from 'snowmelt';
import { checkKey } from '../../src/diff/key/check-key.js';
import { keyHash } from '../../src/diff/key/key-hash.js';
import { describeStatement, keyHashSql, keyStatement } from '../../src/diff/key/key-statement.js';
import { keyedResult } from '../../src/diff/key/keyed-result.js';
import { expectedHash, KINDS, rows, selectSql } from '../diff/key/key-values.js';
import { liveAccount, NEEDED } from './account.js';

const account = liveAccount();
const connection: SnowflakeSourceOptions = account ?? { username: '' };
const withoutAccount = account === undefined ? ` [skipped: set ${NEEDED}]` : '';

const names = KINDS.map(({ column }) => column);

describe.skipIf(account === undefined)(`keys on a Snowflake account${withoutAccount}`, () => {
  it.each<readonly [string, () => Source]>([
    ['SnowflakeSource', () => new SnowflakeSource(connection)],
    ['SqlApiSource', () => new SqlApiSource(connection)],
  ])('hash as in TypeScript, for every type: %s', async (_, make) => {
    const source = make();
    try {
      const [all = []] = fc.sample(rows(12), 1);
      const statement = { sql: selectSql(all), binds: [] };
      const { columns } = await source.execute(describeStatement(statement));
      const keys = [...names.map((name) => [name]), ['userId', 'ID', 'ZONED']];
      const checked = keys.map((key) => checkKey(columns, key));
      const list = checked.map((key, n) => `${keyHashSql(key)} AS H${n}`).join(', ');
      const together = { sql: `SELECT *, ${list} FROM (${statement.sql})`, binds: [] };
      const result = keyedResult(await source.execute(keyStatement(together, checkKey(columns, ['N']))));
      const found = new Map<number, unknown>();
      const order: string[] = [];
      for await (const batch of result.read()) {
        order.push(...batch.keys.map((hash) => hash?.toString('hex') ?? 'none'));
        for (const values of batch.rows) {
          const inSql = values.slice(names.length + 1).map((hash) => hash ?? undefined);
          expect(checked.map((key) => keyHash(key, values)?.toString('hex'))).toEqual(inSql);
          found.set(Number(values[0]), inSql);
        }
      }
      const expected = (key: readonly string[], n: number): string | undefined =>
        expectedHash(key.map((name) => all[n]?.[names.indexOf(name)]));
      expect(found).toEqual(new Map(all.map((__, n) => [n, keys.map((key) => expected(key, n))])));
      expect(order).toEqual([...order].sort());
    } finally {
      await source.close();
    }
  });
});
