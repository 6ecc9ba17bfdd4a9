import { held } from '../rule.js';
import { shown } from '../shown.js';
import { batchesOf, failure, readsRows, until } from './reading.js';
import type { SourceLines } from './source-lines.js';

/** Signals: before, during and after a call. */
export function abortLines({ rows, counting, check, checkIf }: SourceLines): void {
  const reason = new Error('enough');
  const aborted = AbortSignal.abort(reason);
  const givesReason = async (action: Promise<unknown>, what: string): Promise<void> => {
    const thrown = await failure(action, what);
    held(thrown === reason, `${what} was rejected with ${shown(thrown)} instead of signal.reason`);
  };

  check('rejects execute with the reason when the signal was aborted before', async ({ source }) => {
    await givesReason(source.execute(counting(1), { signal: aborted }), 'execute with an aborted signal');
  });

  check('rejects reopen with the reason when the signal was aborted before', async ({ source }) => {
    const { ref } = await source.execute(counting(1));
    await givesReason(source.reopen(ref, { signal: aborted }), 'reopen with an aborted signal');
  });

  check('rejects now with the reason when the signal was aborted before', async ({ source }) => {
    await givesReason(source.now({ signal: aborted }), 'now with an aborted signal');
  });

  check('rejects a reading with the reason when the signal was aborted before', async ({ source }) => {
    const result = await source.execute(counting(rows));
    await givesReason(batchesOf(result, { signal: aborted }), 'a reading with an aborted signal');
  });

  check('ends a reading with the reason when the signal is aborted during it', async ({ source }) => {
    const result = await source.execute(counting(rows));
    const controller = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const batch of result.read({ signal: controller.signal })) {
        held(batch.firstRow >= 0, `a batch says that it begins with row ${batch.firstRow}`);
        controller.abort(reason);
      }
    };
    await givesReason(reading(), 'a reading whose signal was aborted after the first batch');
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
    await readsRows(result, 0, rows, 'a reading after an aborted one');
    let count = read;
    for (let next = await untouched.next(); next.done !== true; next = await untouched.next()) {
      count += next.value.rows.length;
    }
    held(count === rows, `the reading of another result was cut off after ${count} of ${rows} rows`);
  });

  checkIf('slow', 'rejects with the reason when a running statement is aborted', async ({ source }, slow) => {
    const controller = new AbortController();
    const executing = source.execute(slow.statement, { signal: controller.signal });
    // It may fail while the test still waits.
    executing.catch(() => undefined);
    await until(async () => (await slow.running()) > 0, 'the statement runs');
    controller.abort(reason);
    await givesReason(executing, 'execute of a statement whose signal was aborted while it ran');
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
