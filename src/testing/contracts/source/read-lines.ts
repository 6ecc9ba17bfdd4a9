import assert from 'node:assert/strict';
import { batchesOf, numbersOf, range, refusal } from './reading.js';
import type { SourceLines } from './source-lines.js';

const LOOPS = 12;
const PAUSE_MS = 20;

/** Rows, batches, ranges, several readers, readers that are slow or leave. */
export function readLines({ rows, counting, check }: SourceLines): void {
  const middle = Math.floor(rows / 2);

  check('gives all rows in order, none missing and none twice', async ({ source }) => {
    const batches = await batchesOf(await source.execute(counting(rows)));
    const numbers = batches.flatMap((batch) => batch.rows.map((row) => Number(row[0])));
    assert.deepEqual(numbers, range(0, rows));
  });

  check('says of every batch where it begins, and gives no empty one', async ({ source }) => {
    let next = 0;
    for await (const batch of (await source.execute(counting(rows))).read()) {
      assert.equal(batch.firstRow, next);
      assert.ok(batch.rows.length > 0, 'an empty batch');
      next += batch.rows.length;
    }
  });

  check('hands a large result out in several batches', async ({ source }) => {
    const batches = await batchesOf(await source.execute(counting(rows)));
    assert.ok(batches.length > 1, `all ${rows} rows in ${batches.length} batch`);
  });

  check('gives the same rows when a result is read again', async ({ source }) => {
    const result = await source.execute(counting(rows));
    await numbersOf(result);
    assert.deepEqual(await numbersOf(result), range(0, rows));
  });

  check('gives the rows of a range, and only those', async ({ source }) => {
    const result = await source.execute(counting(rows));
    assert.deepEqual(await numbersOf(result, { from: 0, to: 1 }), [0]);
    assert.deepEqual(await numbersOf(result, { from: middle, to: middle + 7 }), range(middle, middle + 7));
    assert.deepEqual(await numbersOf(result, { from: 1, to: rows - 1 }), range(1, rows - 1));
    assert.deepEqual(await numbersOf(result, { from: rows - 1 }), [rows - 1]);
    assert.deepEqual(await numbersOf(result, { to: 2 }), [0, 1]);
  });

  check('gives nothing for an empty range', async ({ source }) => {
    const result = await source.execute(counting(rows));
    for (const at of [0, middle, rows]) assert.deepEqual(await batchesOf(result, { from: at, to: at }), []);
  });

  check('ends a range where the result ends', async ({ source }) => {
    const result = await source.execute(counting(rows));
    assert.deepEqual(await numbersOf(result, { from: rows - 3, to: rows + 100 }), range(rows - 3, rows));
    assert.deepEqual(await batchesOf(result, { from: rows }), []);
    assert.deepEqual(await batchesOf(result, { from: rows + 5, to: rows + 9 }), []);
  });

  check('refuses a range that is not one', async ({ source }) => {
    const result = await source.execute(counting(rows));
    for (const wrong of [{ from: -1 }, { from: 0.5 }, { from: 5, to: 4 }, { to: 1.5 }, { from: Number.NaN }]) {
      await refusal(numbersOf(result, wrong), 'ConfigError', 'CONFIG_INVALID');
    }
  });

  check('can be read by several readers at once', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const parts = await Promise.all([
      numbersOf(result),
      numbersOf(result, { from: middle }),
      numbersOf(result, { from: 10, to: middle }, PAUSE_MS),
    ]);
    assert.deepEqual(parts, [range(0, rows), range(middle, rows), range(10, middle)]);
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
    assert.deepEqual(numbers, [range(0, rows), range(0, rows - 1)]);
  });

  check('waits for a slow reader, and loses nothing', async ({ source }) => {
    assert.deepEqual(await numbersOf(await source.execute(counting(rows)), {}, PAUSE_MS), range(0, rows));
  });

  check('goes on working after many loops were left early', async ({ source }) => {
    const result = await source.execute(counting(rows));
    for (let loop = 0; loop < LOOPS; loop++) {
      for await (const batch of result.read()) {
        assert.equal(batch.firstRow, 0);
        break;
      }
    }
    assert.deepEqual(await numbersOf(result), range(0, rows));
    assert.deepEqual(await numbersOf(await source.execute(counting(2))), [0, 1]);
  });

  check('leaves rows that it handed out as they are', async ({ source }) => {
    const kept: { readonly rows: readonly (readonly unknown[])[]; readonly text: string }[] = [];
    for await (const batch of (await source.execute(counting(rows))).read()) {
      kept.push({ rows: batch.rows, text: JSON.stringify(batch.rows) });
    }
    for (const batch of kept) assert.equal(JSON.stringify(batch.rows), batch.text);
  });
}
