import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowHash, SnowflakeSource, SqlApiSource, type ResultSet, type Source } from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { checkKey, KEY_COLUMN, type Key } from '../../../src/diff/key/check-key.js';
import { keyHash } from '../../../src/diff/key/key-hash.js';
import { keyStatement } from '../../../src/diff/key/key-statement.js';
import { keyedResult, wholeRow } from '../../../src/diff/key/keyed-result.js';
import type { Column } from '../../../src/source/source.js';

let snowflake: EmbeddedSnowflake;
const sources: Record<string, Source> = {};
beforeAll(async () => {
  snowflake = await startSnowflake();
  sources['SnowflakeSource'] = new SnowflakeSource(snowflake.connection());
  sources['SqlApiSource'] = new SqlApiSource(snowflake.connection());
});
afterAll(async () => {
  for (const source of Object.values(sources)) await source.close();
  await snowflake.close();
});

const text = (name: string): Column => ({ name, type: 'text', nullable: true });
const MANY = {
  sql: "SELECT SEQ4() AS ID, NULLIF(SEQ4() % 5, 0) || 'x' AS SOME FROM TABLE(GENERATOR(ROWCOUNT => 4000))",
  binds: [],
};

async function rowsOf(result: ResultSet, options?: { from?: number; to?: number }): Promise<unknown[][]> {
  const found: unknown[][] = [];
  for await (const { rows } of result.read(options)) found.push(...rows.map((row) => [...row]));
  return found;
}

describe.each(['SnowflakeSource', 'SqlApiSource'])('a result of a %s without its key', (name) => {
  let key: Key;
  let whole: ResultSet;
  beforeAll(async () => {
    key = checkKey([{ ...text('ID'), type: 'fixed' }, text('SOME')], ['SOME', 'ID']);
    whole = await sources[name]!.execute(keyStatement(MANY, key));
  });

  it('hands few rows on at once, in order, from any row', async () => {
    let next = 700;
    for await (const { firstRow, rows, keys } of keyedResult(whole).read({ from: next })) {
      expect(firstRow).toBe(next);
      expect(rows.length).toBeLessThanOrEqual(256);
      expect(keys).toHaveLength(rows.length);
      next += rows.length;
    }
    expect(next).toBe(4000);
  });

  it('has all but the last column, and the key beside each row', async () => {
    const all = await rowsOf(whole);
    const result = keyedResult(whole);
    expect(result.columns).toEqual(whole.columns.slice(0, 2));
    expect([result.ref, result.rowCount]).toEqual([whole.ref, 4000]);
    let row = 0;
    for await (const { firstRow, rows, keys } of result.read()) {
      expect(firstRow).toBe(row);
      expect(rows).toEqual(all.slice(row, row + rows.length).map((values) => values.slice(0, 2)));
      expect(keys.map((hash) => hash?.toString('hex') ?? null)).toEqual(
        all.slice(row, row + rows.length).map((values) => values[2]),
      );
      expect(keys).toEqual(rows.map((values) => keyHash(key, values)));
      row += rows.length;
    }
    expect(row).toBe(4000);
    expect(all.filter((values) => values[2] === null)).toHaveLength(800);
  });

  it('is read by range as before, and opened again with the check of a whole row', async () => {
    const result = keyedResult(whole);
    const all = await rowsOf(whole);
    expect(await rowsOf(result, { from: 3198, to: 3203 })).toEqual(all.slice(3198, 3203).map((row) => row.slice(0, 2)));
    for (const row of [10, 3999]) {
      for await (const batch of result.read({ from: row, to: row + 1 })) {
        const values = wholeRow(batch.rows[0] ?? [], batch.keys[0]);
        const check = { row, hash: rowHash(values) };
        const again = keyedResult(await sources[name]!.reopen({ ...result.ref, check }));
        expect(again.columns).toEqual(result.columns);
        expect(await rowsOf(again, { from: row })).toEqual(await rowsOf(result, { from: row }));
      }
    }
  });
});

const fake = (columns: readonly Column[], rows: readonly (readonly unknown[])[]): ResultSet => ({
  ref: { queryId: 'q1', columnsHash: '' },
  columns,
  rowCount: rows.length,
  async *read() {
    yield { firstRow: 5, rows };
  },
});

it('does not take off a column that is not the key', () => {
  for (const columns of [[text('ID')], [text(KEY_COLUMN), text('ID')], []]) {
    expect(() => keyedResult(fake(columns, []))).toThrow(
      expect.objectContaining({ name: 'ResultExpiredError', code: 'RESULT_EXPIRED' }),
    );
  }
});

it.each([['x'.repeat(32)], ['ab'], ['A'.repeat(32)], [5], [undefined]])(
  'refuses a key that is none: %j',
  async (wire) => {
    const result = keyedResult(
      fake(
        [text('ID'), text(KEY_COLUMN)],
        [
          ['a', null],
          ['b', wire],
        ],
      ),
    );
    await expect(rowsOf(result)).rejects.toMatchObject({
      name: 'SourceError',
      code: 'SOURCE_FAILED',
      message: 'Row 6 came without the hash of its key.',
    });
  },
);

it('passes on warnings that come while rows are read', () => {
  const warnings: { code: string; message: string }[] = [];
  const result = keyedResult({ ...fake([text(KEY_COLUMN)], []), warnings });
  warnings.push({ code: 'X', message: 'x' });
  expect(result.warnings).toEqual([{ code: 'X', message: 'x' }]);
});
