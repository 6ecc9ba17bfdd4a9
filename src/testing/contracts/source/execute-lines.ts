import { types as valueTypes } from 'node:util';
import { held, same } from '../rule.js';
import { shown } from '../shown.js';
import { batchesOf, numbersOf, readsNothing, readsRows, refusal, valueOf } from './reading.js';
import type { SourceLines } from './source-lines.js';

const TEN_MINUTES_MS = 600_000;

/** Statements, binds, columns and values, refused statements, the clock. */
export function executeLines({ rows, counting, empty, refused, check, checkIf }: SourceLines): void {
  check('has a name that is a text, or none', async ({ source: { name } }) => {
    held(name === undefined || (typeof name === 'string' && name.length > 0), `its name is ${shown(name)}`);
  });

  checkIf('types', 'gives columns with their names and types, in order', async ({ source }, types) => {
    const { columns } = await source.execute(types.statement);
    const described = columns.map(({ name, type, nullable }) => ({ name, type, nullable: typeof nullable }));
    const expected = types.columns.map(({ name, type }) => ({ name, type, nullable: 'boolean' }));
    same(described, expected, 'the columns are');
  });

  checkIf('types', 'gives every value as the wire text of its type', async ({ source }, types) => {
    const batches = await batchesOf(await source.execute(types.statement));
    const [values, ...others] = batches.flatMap((batch) => batch.rows);
    held(others.length === 0, `a statement of one row gave ${others.length + 1}`);
    const count = values?.length;
    held(count === types.columns.length, `it gave ${count ?? 0} values for ${types.columns.length} columns`);
    for (const [index, { name, value, same: form = asIs }] of types.columns.entries()) {
      same(form(values?.[index]), form(value), `of the column ${name} it gave`);
    }
  });

  checkIf('types', 'has one columnsHash for one shape, and another for another', async ({ source }, types) => {
    const few = await source.execute(counting(1));
    const many = await source.execute(counting(2));
    const hash = few.ref.columnsHash;
    held(hash === many.ref.columnsHash, 'it gave two hashes for the same columns');
    const other = (await source.execute(types.statement)).ref.columnsHash;
    held(other !== hash, 'it gave one hash for different columns');
  });

  checkIf('echo', 'binds a text as it is, and never as a part of the statement', async ({ source }, echo) => {
    for (const text of ["it's; --", '?', ' 12 ', 'Zoë ☃ 💥 "x" \\ \n']) {
      same(await valueOf(await source.execute(echo(text))), text, 'of a text that was bound it gave back');
    }
  });

  checkIf('echo', 'binds null, and tells it from an empty text', async ({ source }, echo) => {
    same(await valueOf(await source.execute(echo(null))), null, 'of null it gave back');
    same(await valueOf(await source.execute(echo(''))), '', 'of an empty text it gave back');
  });

  checkIf('echo', 'binds numbers, whole ones and fractions', async ({ source }, echo) => {
    for (const number of [0, 42, -7, 1.5, 1_700_000_000_123]) {
      same(Number(await valueOf(await source.execute(echo(number)))), number, 'of a number it gave back');
    }
  });

  checkIf('echo', 'binds true and false', async ({ source }, echo) => {
    for (const [bound, wire] of [[true, /^(1|true)$/i] as const, [false, /^(0|false)$/i] as const]) {
      const value = await valueOf(await source.execute(echo(bound)));
      held(wire.test(String(value)), `of ${bound} it gave back ${shown(value)}`);
    }
  });

  check('leaves a statement and its binds as they are', async ({ source }) => {
    const statement = counting(2);
    const before = JSON.stringify(statement);
    Object.freeze(statement.binds);
    await source.execute(Object.freeze(statement));
    await source.execute(statement);
    same(JSON.stringify(statement), before, 'after execute the statement was');
  });

  check('knows how many rows there are', async ({ source }) => {
    for (const count of [1, rows]) {
      const result = await source.execute(counting(count));
      const told = { rowCount: result.rowCount, 'ref.rowCount': result.ref.rowCount };
      same(told, { rowCount: count, 'ref.rowCount': count }, `of a result of ${count} rows it told`);
    }
  });

  check('gives columns and no rows for an empty result', async ({ source }) => {
    const result = await source.execute(empty);
    const told = { rowCount: result.rowCount, 'ref.rowCount': result.ref.rowCount };
    same(told, { rowCount: 0, 'ref.rowCount': 0 }, 'of an empty result it told');
    held(result.columns.length > 0, 'of an empty result it gave no columns');
    await readsNothing(result, 'an empty result');
  });

  check('gives every execution a query id of its own', async ({ source }) => {
    const ids = [];
    for (let time = 0; time < 3; time++) ids.push((await source.execute(counting(1))).ref.queryId);
    held(new Set(ids).size === 3, `three executions had the ids ${ids.join(', ')}`);
  });

  check('runs statements side by side', async ({ source }) => {
    const results = await Promise.all([3, 2, 1].map((count) => source.execute(counting(count))));
    const read = await Promise.all(results.map((result) => numbersOf(result)));
    same(read, [[0, 1, 2], [0, 1], [0]], 'three statements at once, of 3, 2 and 1 rows, gave');
  });

  check('refuses a wrong statement with a SourceError that says not to try again', async ({ source }) => {
    const error = await refusal(source.execute(refused), 'SourceError', 'SOURCE_SQL', 'a wrong statement');
    const isFinal = 'retryable' in error && error.retryable === false;
    held(isFinal, 'its error is not marked `retryable: false`, and a wrong statement stays wrong');
    held(error.hint, 'its error has no `hint` that says what to do');
  });

  check('goes on working after a refused statement', async ({ source }) => {
    await source.execute(refused).catch(() => undefined);
    await readsRows(await source.execute(counting(2)), 0, 2, 'after a refused statement a right one');
  });

  check("tells the server's time, within ten minutes of this machine's", async ({ source }) => {
    const now = await source.now();
    held(valueTypes.isDate(now), `now gave ${shown(now)}, which is no Date`);
    held(Math.abs(now.getTime() - Date.now()) < TEN_MINUTES_MS, `now gave ${now.toISOString()}`);
  });

  check('has a clock that goes on', async ({ source }) => {
    const first = await source.now();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const passed = (await source.now()).getTime() - first.getTime();
    held(passed > 0 && passed < TEN_MINUTES_MS, `now moved by ${passed} ms in a second`);
  });
}

function asIs(value: unknown): unknown {
  return value;
}
