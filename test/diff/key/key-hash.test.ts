import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SnowflakeSource, SqlApiSource, type Column, type Source } from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';
import { checkKey, type Key } from '../../../src/diff/key/check-key.js';
import { keyHash } from '../../../src/diff/key/key-hash.js';
import { describeStatement, keyHashSql, keyStatement } from '../../../src/diff/key/key-statement.js';
import { keyedResult } from '../../../src/diff/key/keyed-result.js';
import { expectedHash, KINDS, rows, tableSql, type Row } from './key-values.js';

let snowflake: EmbeddedSnowflake;
let sources: readonly Source[];
beforeAll(async () => {
  snowflake = await startSnowflake();
  sources = [new SnowflakeSource(snowflake.connection()), new SqlApiSource(snowflake.connection())];
});
afterAll(async () => {
  for (const source of sources) await source.close();
  await snowflake.close();
});

const names = KINDS.map(({ column }) => column);
const TABLE = { sql: 'SELECT * FROM KEYS', binds: [] };

async function put(all: readonly Row[]): Promise<void> {
  for (const sql of tableSql('KEYS', all)) await snowflake.query(sql);
}

async function read(source: Source, sql: string): Promise<(readonly unknown[])[]> {
  const found: (readonly unknown[])[] = [];
  for await (const batch of (await source.execute({ sql, binds: [] })).read()) found.push(...batch.rows);
  return found;
}

const described = async (source: Source): Promise<readonly Column[]> =>
  (await source.execute(describeStatement(TABLE))).columns;
const keyOf = async (source: Source, columns: readonly string[]): Promise<Key> =>
  checkKey(await described(source), columns);

describe('the hash of a key', () => {
  it('is the same in SQL, in TypeScript and by its definition, for every type and both sources', async () => {
    await fc.assert(
      fc.asyncProperty(rows(40), fc.uniqueArray(fc.nat(names.length - 1), { minLength: 2 }), async (all, several) => {
        await put(all);
        // All keys in one statement: each type alone, and some together.
        const keys = [...names.map((_, at) => [at]), several];
        for (const source of sources) {
          const columns = await described(source);
          const checked = keys.map((key) =>
            checkKey(
              columns,
              key.map((at) => names[at] ?? ''),
            ),
          );
          const list = checked.map((key, n) => `${keyHashSql(key)} AS H${n}`).join(', ');
          const found = await read(source, `SELECT *, ${list} FROM KEYS ORDER BY N`);
          const inSql = found.map((values) => values.slice(names.length + 1).map((hash) => hash ?? undefined));
          expect(inSql).toEqual(all.map((row) => keys.map((key) => expectedHash(key.map((at) => row[at])))));
          expect(found.map((values) => checked.map((key) => keyHash(key, values)?.toString('hex')))).toEqual(inSql);
        }
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });

  it.each(['SnowflakeSource', 'SqlApiSource'])('orders the rows of a %s, those without a key last', async (name) => {
    const source = sources.find((one) => one.constructor.name === name)!;
    const [all = []] = fc.sample(rows(200), 1);
    await put(all);
    const key = await keyOf(source, ['ID', 'userId']);
    const result = keyedResult(await source.execute(keyStatement({ ...TABLE, sql: `${TABLE.sql} ORDER BY N` }, key)));
    const found: (string | undefined)[] = [];
    for await (const batch of result.read()) found.push(...batch.keys.map((hash) => hash?.toString('hex')));
    const at = [names.indexOf('ID'), names.indexOf('userId')];
    const expected = all.map((row) => expectedHash(at.map((index) => row[index])));
    const hashes = expected.filter((hash) => hash !== undefined).sort();
    expect(found).toEqual([...hashes, ...expected.filter((hash) => hash === undefined)]);
    expect(hashes.length).toBeGreaterThan(100);
    expect(hashes.length).toBeLessThan(200);
  });

  it('takes keys of 16 kB', async () => {
    const long = ['a'.repeat(16_384), '😀'.repeat(4096), `${'€'.repeat(5000)}x`, `${'€'.repeat(5000)}y`];
    const all = long.map((text) => names.map((_, at) => (at === 0 ? { input: text, letter: 't', text } : null)));
    await put(all);
    for (const source of sources) {
      const key = await keyOf(source, ['userId']);
      const found = await read(source, `SELECT *, ${keyHashSql(key)} FROM KEYS ORDER BY N`);
      expect(found.map((values) => values.at(-1))).toEqual(all.map((row) => expectedHash([row[0]])));
      expect(found.map((values) => keyHash(key, values)?.toString('hex'))).toEqual(
        found.map((values) => values.at(-1)),
      );
    }
  });
});
