import assert from 'node:assert/strict';
import { types as valueTypes } from 'node:util';
import { batchesOf, numbersOf, refusal, valueOf } from './reading.js';
import type { SourceLines } from './source-lines.js';

const TEN_MINUTES_MS = 600_000;

/** Statements, binds, columns and values, refused statements, the clock. */
export function executeLines({ rows, counting, empty, refused, check, checkIf }: SourceLines): void {
  check('has a name that is a text, or none', async ({ source: { name } }) => {
    assert.ok(name === undefined || (typeof name === 'string' && name.length > 0), 'name');
  });

  checkIf('types', 'gives columns with their names and types, in order', async ({ source }, types) => {
    const { columns } = await source.execute(types.statement);
    const described = columns.map(({ name, type, nullable }) => [name, type, typeof nullable]);
    assert.deepEqual(
      described,
      types.columns.map(({ name, type }) => [name, type, 'boolean']),
    );
  });

  checkIf('types', 'gives every value as the wire text of its type', async ({ source }, types) => {
    const batches = await batchesOf(await source.execute(types.statement));
    const [values, ...others] = batches.flatMap((batch) => batch.rows);
    assert.equal(others.length, 0, 'more than one row');
    assert.equal(values?.length, types.columns.length, 'not a value for every column');
    for (const [index, { name, value, same = asIs }] of types.columns.entries()) {
      assert.deepEqual(same(values[index]), same(value), name);
    }
  });

  checkIf('types', 'has one columnsHash for one shape, and another for another', async ({ source }, types) => {
    const few = await source.execute(counting(1));
    const many = await source.execute(counting(2));
    assert.equal(few.ref.columnsHash, many.ref.columnsHash, 'one shape');
    assert.notEqual((await source.execute(types.statement)).ref.columnsHash, few.ref.columnsHash, 'two shapes');
  });

  checkIf('echo', 'binds a text as it is, and never as a part of the statement', async ({ source }, echo) => {
    for (const text of ["it's; --", '?', ' 12 ', 'Zoë ☃ 💥 "x" \\ \n']) {
      assert.equal(await valueOf(await source.execute(echo(text))), text);
    }
  });

  checkIf('echo', 'binds null, and tells it from an empty text', async ({ source }, echo) => {
    assert.equal(await valueOf(await source.execute(echo(null))), null);
    assert.equal(await valueOf(await source.execute(echo(''))), '');
  });

  checkIf('echo', 'binds numbers, whole ones and fractions', async ({ source }, echo) => {
    for (const number of [0, 42, -7, 1.5, 1_700_000_000_123]) {
      assert.equal(Number(await valueOf(await source.execute(echo(number)))), number);
    }
  });

  checkIf('echo', 'binds true and false', async ({ source }, echo) => {
    assert.match(String(await valueOf(await source.execute(echo(true)))), /^(1|true)$/i);
    assert.match(String(await valueOf(await source.execute(echo(false)))), /^(0|false)$/i);
  });

  check('leaves a statement and its binds as they are', async ({ source }) => {
    const statement = counting(2);
    const before = JSON.stringify(statement);
    Object.freeze(statement.binds);
    await source.execute(Object.freeze(statement));
    await source.execute(statement);
    assert.equal(JSON.stringify(statement), before);
  });

  check('knows how many rows there are', async ({ source }) => {
    for (const count of [1, rows]) {
      const result = await source.execute(counting(count));
      assert.deepEqual([result.rowCount, result.ref.rowCount], [count, count]);
    }
  });

  check('gives columns and no rows for an empty result', async ({ source }) => {
    const result = await source.execute(empty);
    assert.deepEqual([result.rowCount, result.ref.rowCount], [0, 0]);
    assert.ok(result.columns.length > 0, 'no columns');
    assert.deepEqual(await batchesOf(result), []);
  });

  check('gives every execution a query id of its own', async ({ source }) => {
    const ids = [];
    for (let time = 0; time < 3; time++) ids.push((await source.execute(counting(1))).ref.queryId);
    assert.equal(new Set(ids).size, 3, ids.join(', '));
  });

  check('runs statements side by side', async ({ source }) => {
    const results = await Promise.all([3, 2, 1].map((count) => source.execute(counting(count))));
    assert.deepEqual(await Promise.all(results.map((result) => numbersOf(result))), [[0, 1, 2], [0, 1], [0]]);
  });

  check('refuses a wrong statement with a SourceError that says not to try again', async ({ source }) => {
    const error = await refusal(source.execute(refused), 'SourceError', 'SOURCE_SQL');
    assert.ok('retryable' in error);
    assert.equal(error.retryable, false, 'a wrong statement stays wrong');
    assert.ok(error.hint, 'no hint what to do');
  });

  check('goes on working after a refused statement', async ({ source }) => {
    await source.execute(refused).catch(() => undefined);
    assert.deepEqual(await numbersOf(await source.execute(counting(2))), [0, 1]);
  });

  check("tells the server's time, within ten minutes of this machine's", async ({ source }) => {
    const now = await source.now();
    assert.ok(valueTypes.isDate(now), 'not a Date');
    assert.ok(Math.abs(now.getTime() - Date.now()) < TEN_MINUTES_MS, `now is ${String(now)}`);
  });

  check('has a clock that goes on', async ({ source }) => {
    const first = await source.now();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const passed = (await source.now()).getTime() - first.getTime();
    assert.ok(passed > 0 && passed < TEN_MINUTES_MS, `now moved by ${passed} ms in a second`);
  });
}

function asIs(value: unknown): unknown {
  return value;
}
