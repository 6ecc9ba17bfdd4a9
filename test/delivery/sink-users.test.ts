import { expect, test } from 'vitest';
import { deliver, SinkError, type RowBatch, type Sink } from 'snowmelt';
import { notes, result, type Note } from './rows.js';

/** A sink that tells when it is opened and closed, and breaks when it is written to while it is not open. */
function guarded(openings: readonly (() => Promise<void>)[] = []): {
  readonly log: string[];
  readonly sink: Sink<Note>;
} {
  const log: string[] = [];
  let isOpen = false;
  let opened = 0;
  const sink: Sink<Note> = {
    name: 'guarded',
    open: async () => {
      log.push('open');
      await openings[opened++]?.();
      isOpen = true;
    },
    write: async ({ length }) => {
      if (!isOpen) throw new SinkError('SINK_FAILED', 'not open', { retryable: false });
      return { accepted: length };
    },
    close: async () => {
      isOpen = false;
      await new Promise((resolve) => setTimeout(resolve, 10));
      log.push('close');
    },
  };
  return { log, sink };
}

/** Rows that end when they are told to. */
function held(): { readonly rows: AsyncIterable<RowBatch>; readonly end: () => void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  async function* rows(): AsyncGenerator<RowBatch> {
    yield { firstRow: 0, rows: [[0]] };
    await ended;
    yield { firstRow: 1, rows: [[1]] };
  }
  return { rows: rows(), end: () => end() };
}

const retry = { attempts: 3, minDelayMs: 1, maxDelayMs: 2 };

test('a sink stays open for as long as any delivery of the process writes to it', async () => {
  const { log, sink } = guarded();
  const long = held();
  const first = deliver({ rows: long.rows, columns: result(0).columns, mapper: notes(), sink, retry });
  await expect.poll(() => log).toEqual(['open']);
  (await deliver({ rows: result(300), mapper: notes(), sink, retry })).throwIfFailed();
  expect(log).toEqual(['open']);
  long.end();
  (await first).throwIfFailed();
  expect(log).toEqual(['open', 'close']);
  (await deliver({ rows: result(300), mapper: notes(), sink, retry })).throwIfFailed();
  expect(log).toEqual(['open', 'close', 'open', 'close']);
});

test('a delivery that begins while the last one closes the sink opens it again', async () => {
  const { log, sink } = guarded();
  const reports = [];
  for (let run = 0; run < 5; run += 1) {
    reports.push(deliver({ rows: result(50), mapper: notes(), sink, retry }));
    await expect.poll(() => log.filter((step) => step === 'open').length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  for (const report of reports) (await report).throwIfFailed();
  expect(log.filter((step) => step === 'open')).toHaveLength(log.length / 2);
  expect(log.at(-1)).toBe('close');
});

test('an opening that fails for one delivery is tried by the next one for itself', async () => {
  const hang = () => new Promise<void>(() => undefined);
  const { log, sink } = guarded([hang, () => Promise.reject(new Error('not yet'))]);
  const impatient = { writeTimeoutMs: 30, retry: { attempts: 1 } };
  const failing = deliver({ rows: result(10), mapper: notes(), sink, ...impatient });
  await expect.poll(() => log).toEqual(['open']);
  const others = [1, 2].map(() => deliver({ rows: result(10), mapper: notes(), sink, retry }));
  expect(await failing).toMatchObject({ status: 'failed', error: { code: 'RETRIES_EXHAUSTED' } });
  for (const report of await Promise.all(others)) report.throwIfFailed();
  expect(log.slice(0, 3)).toEqual(['open', 'open', 'open']);
  expect(log.at(-1)).toBe('close');
});
