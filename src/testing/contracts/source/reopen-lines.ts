import { isSnowmeltError } from '../../../errors/errors.js';
import type { ResultRef, Source } from '../../../source/source.js';
import { held, same } from '../rule.js';
import { shown } from '../shown.js';
import { checkpointOf, range, readsNothing, readsRows, refusal, stored } from './reading.js';
import type { SourceLines } from './source-lines.js';

const NO_QUERY = '01b00000-0000-0000-0000-000000000000';

/** Stored results: opened again, by anyone, and refused when gone or different. */
export function reopenLines({ rows, counting, check, checkIf }: SourceLines): void {
  const middle = Math.floor(rows / 2);
  const expired = async (source: Source, ref: ResultRef, what: string): Promise<void> => {
    await refusal(source.reopen(ref), 'ResultExpiredError', 'RESULT_EXPIRED', `reopen of ${what}`);
  };

  check('gives a reference that is plain JSON', async ({ source }) => {
    const { ref } = await source.execute(counting(3));
    const expected = { queryId: ref.queryId, rowCount: 3, columnsHash: ref.columnsHash };
    same(stored(ref), expected, 'as JSON the reference is');
    for (const [name, text] of Object.entries<unknown>({ queryId: ref.queryId, columnsHash: ref.columnsHash })) {
      held(typeof text === 'string' && text.length > 0, `${name} is ${shown(text)}, which is no text`);
    }
  });

  check('opens a result again: the same reference, columns and rows', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const again = await source.reopen(stored(result.ref));
    same(stored(again.ref), stored(result.ref), 'opened again, ref is');
    same(again.rowCount, result.rowCount, 'opened again, rowCount is');
    same(again.columns, result.columns, 'opened again, columns are');
    await readsRows(again, 0, rows, 'opened again, the result');
  });

  check('reads a range of a result that was opened again', async ({ source }) => {
    const { ref } = await source.execute(counting(rows));
    const again = await source.reopen(stored(ref));
    await readsRows(again, middle, rows, `opened again, the range from ${middle} on`, { from: middle });
    await readsRows(again, 3, 5, 'opened again, the range from 3 to 5', { from: 3, to: 5 });
  });

  check('opens a result whose settled row is what it was', async ({ source }) => {
    const result = await source.execute(counting(rows));
    for (const row of [0, middle, rows - 1]) {
      const again = await source.reopen(await checkpointOf(result, row));
      await readsRows(again, rows - 2, rows, `opened again with row ${row} settled, the end`, { from: rows - 2 });
    }
  });

  checkIf('another', 'opens a result of another source', async ({ source }, another) => {
    const ref = await checkpointOf(await source.execute(counting(rows)), middle);
    await using(await another(), async (other) => {
      await readsRows(await other.reopen(ref), middle, rows, 'opened by another source, it', { from: middle });
    });
  });

  checkIf('another', 'opens a result of a source that was closed', async ({ source }, another) => {
    const { ref } = await source.execute(counting(rows));
    await source.close();
    await using(await another(), async (other) => {
      await readsRows(await other.reopen(stored(ref)), 0, 5, 'opened after its source was closed, it', { to: 5 });
    });
  });

  check('refuses a reference to a result that never was', async ({ source }) => {
    const { ref } = await source.execute(counting(1));
    await expired(source, { ...ref, queryId: NO_QUERY }, 'a query that never was');
  });

  check('refuses a result with another number of rows', async ({ source }) => {
    const { ref } = await source.execute(counting(rows));
    await expired(source, { ...ref, rowCount: rows + 1 }, `a result of ${rows} rows that has to have one more`);
    await expired(source, { ...ref, rowCount: rows - 1 }, `a result of ${rows} rows that has to have one less`);
  });

  check('refuses a result with other columns', async ({ source }) => {
    const { ref } = await source.execute(counting(rows));
    await expired(source, { ...ref, columnsHash: 'other' }, 'a result with another columnsHash');
  });

  check('refuses a result whose settled row has other values, or is missing', async ({ source }) => {
    const ref = await checkpointOf(await source.execute(counting(rows)), 3);
    const hash = ref.check?.hash ?? '';
    await expired(source, { ...ref, check: { row: 4, hash } }, 'a result whose settled row has another hash');
    await expired(source, { ...ref, check: { row: rows, hash } }, 'a result whose settled row is missing');
  });

  checkIf('expire', 'refuses a result that is gone', async ({ source, capabilities }, expire) => {
    const { ref } = await source.execute(counting(rows));
    await expire(ref.queryId);
    await expired(source, ref, 'a result that is gone');
    const other = await capabilities?.another?.();
    if (other !== undefined)
      await using(other, (opened) => expired(opened, ref, 'a result that is gone, by another source'));
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
      held(
        isSnowmeltError(error),
        `a reading of a result that is gone failed with ${shown(error)}, no error of snowmelt`,
      );
      same(numbers, range(0, numbers.length), 'before it failed the reading gave');
      return;
    }
    same(numbers, range(0, rows), 'a reading whose result was gone ended as if it were complete, and gave');
  });

  checkIf('reorder', 'refuses a result that comes in another order', async ({ source }, reorder) => {
    const ref = await checkpointOf(await source.execute(counting(rows)), 3);
    await reorder(ref.queryId);
    await expired(source, ref, 'a result that comes in another order');
  });

  check('leaves a reference as it is', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const ref = Object.freeze(await checkpointOf(result, 1));
    const before = stored(ref);
    await readsNothing(await source.reopen(ref), 'the range to 0', { to: 0 });
    same(ref, before, 'after reopen the reference was');
  });
}

async function using(source: Source, body: (source: Source) => Promise<void>): Promise<void> {
  try {
    await body(source);
  } finally {
    await source.close();
  }
}
