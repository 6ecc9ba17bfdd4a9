import { inspect } from 'node:util';
import type { ReadOptions } from '../../../source/source.js';
import { held, same } from '../rule.js';
import { batchesOf, numbersOf, range, readsNothing, readsRows, refusal } from './reading.js';
import type { SourceLines } from './source-lines.js';

const LOOPS = 12;
const PAUSE_MS = 20;

/** Rows, batches, ranges, several readers, readers that are slow or leave. */
export function readLines({ rows, counting, check }: SourceLines): void {
  const middle = Math.floor(rows / 2);

  check('gives all rows in order, none missing and none twice', async ({ source }) => {
    const batches = await batchesOf(await source.execute(counting(rows)));
    const numbers = batches.flatMap((batch) => batch.rows.map((row) => Number(row[0])));
    same(numbers, range(0, rows), 'a reading gave');
  });

  check('says of every batch where it begins, and gives no empty one', async ({ source }) => {
    let next = 0;
    for await (const batch of (await source.execute(counting(rows))).read()) {
      held(batch.firstRow === next, `the batch with row ${next} says that it begins with row ${batch.firstRow}`);
      held(batch.rows.length > 0, `it gave an empty batch at row ${next}`);
      next += batch.rows.length;
    }
  });

  check('hands a large result out in several batches', async ({ source }) => {
    const batches = await batchesOf(await source.execute(counting(rows)));
    held(batches.length > 1, `it gave all ${rows} rows in ${batches.length} batch`);
  });

  check('gives the same rows when a result is read again', async ({ source }) => {
    const result = await source.execute(counting(rows));
    await numbersOf(result);
    await readsRows(result, 0, rows, 'the second reading');
  });

  check('gives the rows of a range, and only those', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const gives = (from: number, to: number, options: ReadOptions): Promise<void> =>
      readsRows(result, from, to, `of ${rows} rows, ${inspect(options)}`, options);
    await gives(0, 1, { from: 0, to: 1 });
    await gives(middle, middle + 7, { from: middle, to: middle + 7 });
    await gives(1, rows - 1, { from: 1, to: rows - 1 });
    await gives(rows - 1, rows, { from: rows - 1 });
    await gives(0, 2, { to: 2 });
  });

  check('gives nothing for an empty range', async ({ source }) => {
    const result = await source.execute(counting(rows));
    for (const at of [0, middle, rows]) {
      await readsNothing(result, `the range from ${at} to ${at}`, { from: at, to: at });
    }
  });

  check('ends a range where the result ends', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const past = { from: rows - 3, to: rows + 100 };
    await readsRows(result, rows - 3, rows, `a range that goes past the ${rows} rows`, past);
    await readsNothing(result, `a range from row ${rows} of ${rows}`, { from: rows });
    await readsNothing(result, `a range behind the ${rows} rows`, { from: rows + 5, to: rows + 9 });
  });

  check('refuses a range that is not one', async ({ source }) => {
    const result = await source.execute(counting(rows));
    for (const wrong of [{ from: -1 }, { from: 0.5 }, { from: 5, to: 4 }, { to: 1.5 }, { from: Number.NaN }]) {
      await refusal(numbersOf(result, wrong), 'ConfigError', 'CONFIG_INVALID', `the range ${inspect(wrong)}`);
    }
  });

  check('can be read by several readers at once', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const parts = await Promise.all([
      numbersOf(result),
      numbersOf(result, { from: middle }),
      numbersOf(result, { from: 10, to: middle }, PAUSE_MS),
    ]);
    const expected = [range(0, rows), range(middle, rows), range(10, middle)];
    for (const [index, part] of parts.entries())
      same(part, expected[index], `reader ${index + 1} of three at once gave`);
  });

  check('reads several results in turn', async ({ source }) => {
    const results = [await source.execute(counting(rows)), await source.execute(counting(rows - 1))];
    const readers = results.map((result) => result.read()[Symbol.asyncIterator]());
    const numbers: number[][] = [[], []];
    for (let open = true; open;) {
      open = false;
      for (const [index, reader] of readers.entries()) {
        const next = await reader.next();
        if (next.done === true) continue;
        open = true;
        numbers[index]?.push(...next.value.rows.map((row) => Number(row[0])));
      }
    }
    same(numbers[0], range(0, rows), 'the first of two results read in turn gave');
    same(numbers[1], range(0, rows - 1), 'the second of two results read in turn gave');
  });

  check('waits for a slow reader, and loses nothing', async ({ source }) => {
    const numbers = await numbersOf(await source.execute(counting(rows)), {}, PAUSE_MS);
    same(numbers, range(0, rows), 'to a slow reader it gave');
  });

  check('goes on working after many loops were left early', async ({ source }) => {
    const result = await source.execute(counting(rows));
    for (let loop = 0; loop < LOOPS; loop++) {
      for await (const batch of result.read()) {
        held(batch.firstRow === 0, `reading number ${loop + 1} began with row ${batch.firstRow}`);
        break;
      }
    }
    await readsRows(result, 0, rows, `after ${LOOPS} loops that were left, a reading`);
    await readsRows(await source.execute(counting(2)), 0, 2, `after ${LOOPS} loops that were left, another result`);
  });

  check('leaves rows that it handed out as they are', async ({ source }) => {
    const kept: { readonly rows: readonly (readonly unknown[])[]; readonly text: string }[] = [];
    for await (const batch of (await source.execute(counting(rows))).read()) {
      kept.push({ rows: batch.rows, text: JSON.stringify(batch.rows) });
    }
    for (const [index, batch] of kept.entries()) {
      held(
        JSON.stringify(batch.rows) === batch.text,
        `after the reading batch ${index} had other rows than when it came`,
      );
    }
  });
}
