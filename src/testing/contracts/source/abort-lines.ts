import assert from 'node:assert/strict';
import { batchesOf, failure, numbersOf, range, until } from './reading.js';
import type { SourceLines } from './source-lines.js';

/** Signals: before, during and after a call. */
export function abortLines({ rows, counting, check, checkIf }: SourceLines): void {
  const reason = new Error('enough');
  const aborted = AbortSignal.abort(reason);

  check('rejects execute with the reason when the signal was aborted before', async ({ source }) => {
    assert.equal(await failure(source.execute(counting(1), { signal: aborted })), reason);
  });

  check('rejects reopen with the reason when the signal was aborted before', async ({ source }) => {
    const { ref } = await source.execute(counting(1));
    assert.equal(await failure(source.reopen(ref, { signal: aborted })), reason);
  });

  check('rejects now with the reason when the signal was aborted before', async ({ source }) => {
    assert.equal(await failure(source.now({ signal: aborted })), reason);
  });

  check('rejects a reading with the reason when the signal was aborted before', async ({ source }) => {
    const result = await source.execute(counting(rows));
    assert.equal(await failure(batchesOf(result, { signal: aborted })), reason);
  });

  check('ends a reading with the reason when the signal is aborted during it', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const controller = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const batch of result.read({ signal: controller.signal })) {
        assert.ok(batch.firstRow >= 0);
        controller.abort(reason);
      }
    };
    assert.equal(await failure(reading()), reason);
  });

  check('can be read after an aborted reading, as other results can', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const other = await source.execute(counting(rows));
    const controller = new AbortController();
    const reader = result.read({ signal: controller.signal })[Symbol.asyncIterator]();
    const untouched = other.read()[Symbol.asyncIterator]();
    await reader.next();
    const first = await untouched.next();
    controller.abort(reason);
    await reader.next().catch(() => undefined);
    const read = first.done === true ? 0 : first.value.rows.length;
    assert.deepEqual(await numbersOf(result), range(0, rows));
    let count = read;
    for (let next = await untouched.next(); next.done !== true; next = await untouched.next()) {
      count += next.value.rows.length;
    }
    assert.equal(count, rows, 'the reading of another result was cut off');
  });

  checkIf('slow', 'rejects with the reason when a running statement is aborted', async ({ source }, slow) => {
    const controller = new AbortController();
    const executing = source.execute(slow.statement, { signal: controller.signal });
    // It may fail while the test still waits.
    executing.catch(() => undefined);
    await until(async () => (await slow.running()) > 0, 'the statement runs');
    controller.abort(reason);
    assert.equal(await failure(executing), reason);
  });

  checkIf('slow', 'cancels a running statement on the server when it is aborted', async ({ source }, slow) => {
    const controller = new AbortController();
    const executing = source.execute(slow.statement, { signal: controller.signal });
    executing.catch(() => undefined);
    await until(async () => (await slow.running()) > 0, 'the statement runs');
    controller.abort(reason);
    await until(async () => (await slow.running()) === 0, 'the statement is cancelled on the server');
  });
}
