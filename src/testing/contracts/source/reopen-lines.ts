import assert from 'node:assert/strict';
import { isSnowmeltError } from '../../../errors/errors.js';
import type { ResultRef, Source } from '../../../source/source.js';
import { batchesOf, checkpointOf, numbersOf, range, refusal, stored } from './reading.js';
import type { SourceLines } from './source-lines.js';

const NO_QUERY = '01b00000-0000-0000-0000-000000000000';

/** Stored results: opened again, by anyone, and refused when gone or different. */
export function reopenLines({ rows, counting, check, checkIf }: SourceLines): void {
  const middle = Math.floor(rows / 2);
  const expired = async (source: Source, ref: ResultRef): Promise<void> => {
    await refusal(source.reopen(ref), 'ResultExpiredError', 'RESULT_EXPIRED');
  };

  check('gives a reference that is plain JSON', async ({ source }) => {
    const { ref } = await source.execute(counting(3));
    assert.deepEqual(stored(ref), { queryId: ref.queryId, rowCount: 3, columnsHash: ref.columnsHash });
    for (const text of [ref.queryId, ref.columnsHash]) assert.ok(typeof text === 'string' && text.length > 0);
  });

  check('opens a result again: the same reference, columns and rows', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const again = await source.reopen(stored(result.ref));
    assert.deepEqual(stored(again.ref), stored(result.ref));
    assert.deepEqual([again.rowCount, again.columns], [result.rowCount, result.columns]);
    assert.deepEqual(await numbersOf(again), range(0, rows));
  });

  check('reads a range of a result that was opened again', async ({ source }) => {
    const { ref } = await source.execute(counting(rows));
    const again = await source.reopen(stored(ref));
    assert.deepEqual(await numbersOf(again, { from: middle }), range(middle, rows));
    assert.deepEqual(await numbersOf(again, { from: 3, to: 5 }), [3, 4]);
  });

  check('opens a result whose settled row is what it was', async ({ source }) => {
    const result = await source.execute(counting(rows));
    for (const row of [0, middle, rows - 1]) {
      const again = await source.reopen(await checkpointOf(result, row));
      assert.deepEqual(await numbersOf(again, { from: rows - 2 }), [rows - 2, rows - 1]);
    }
  });

  checkIf('another', 'opens a result of another source', async ({ source }, another) => {
    const ref = await checkpointOf(await source.execute(counting(rows)), middle);
    await using(await another(), async (other) => {
      assert.deepEqual(await numbersOf(await other.reopen(ref), { from: middle }), range(middle, rows));
    });
  });

  checkIf('another', 'opens a result of a source that was closed', async ({ source }, another) => {
    const { ref } = await source.execute(counting(rows));
    await source.close();
    await using(await another(), async (other) => {
      assert.deepEqual(await numbersOf(await other.reopen(stored(ref)), { to: 5 }), range(0, 5));
    });
  });

  check('refuses a reference to a result that never was', async ({ source }) => {
    const { ref } = await source.execute(counting(1));
    await expired(source, { ...ref, queryId: NO_QUERY });
  });

  check('refuses a result with another number of rows', async ({ source }) => {
    const { ref } = await source.execute(counting(rows));
    await expired(source, { ...ref, rowCount: rows + 1 });
    await expired(source, { ...ref, rowCount: rows - 1 });
  });

  check('refuses a result with other columns', async ({ source }) => {
    const { ref } = await source.execute(counting(rows));
    await expired(source, { ...ref, columnsHash: 'other' });
  });

  check('refuses a result whose settled row has other values, or is missing', async ({ source }) => {
    const ref = await checkpointOf(await source.execute(counting(rows)), 3);
    const hash = ref.check?.hash ?? '';
    await expired(source, { ...ref, check: { row: 4, hash } });
    await expired(source, { ...ref, check: { row: rows, hash } });
  });

  checkIf('expire', 'refuses a result that is gone', async ({ source, capabilities }, expire) => {
    const { ref } = await source.execute(counting(rows));
    await expire(ref.queryId);
    await expired(source, ref);
    const other = await capabilities?.another?.();
    if (other !== undefined) await using(other, (opened) => expired(opened, ref));
  });

  checkIf('expire', 'never takes a result that is gone for one that ends', async ({ source }, expire) => {
    const result = await source.execute(counting(rows));
    const numbers: number[] = [];
    try {
      for await (const batch of result.read()) {
        if (batch.firstRow === 0) await expire(result.ref.queryId);
        numbers.push(...batch.rows.map((row) => Number(row[0])));
      }
    } catch (error) {
      // What it has fetched ahead may be read to its end; the rest has to fail.
      assert.ok(isSnowmeltError(error), `not an error of snowmelt: ${String(error)}`);
      assert.deepEqual(numbers, range(0, numbers.length));
      return;
    }
    assert.deepEqual(numbers, range(0, rows), 'the reading ended early, as if it were complete');
  });

  checkIf('reorder', 'refuses a result that comes in another order', async ({ source }, reorder) => {
    const ref = await checkpointOf(await source.execute(counting(rows)), 3);
    await reorder(ref.queryId);
    await expired(source, ref);
  });

  check('leaves a reference as it is', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const ref = Object.freeze(await checkpointOf(result, 1));
    const before = stored(ref);
    assert.deepEqual(await batchesOf(await source.reopen(ref), { to: 0 }), []);
    assert.deepEqual(ref, before);
  });
}

async function using(source: Source, body: (source: Source) => Promise<void>): Promise<void> {
  try {
    await body(source);
  } finally {
    await source.close();
  }
}
