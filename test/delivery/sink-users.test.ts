import { expect, test } from 'vitest';
import { deliver, SinkError, type RowBatch, type Sink } from 'snowmelt';
import { notes, result, type Note } from './rows.js';
import { nextTurn } from '../stopped-time.js';

/**
 * A sink that tells when it is opened and closed, and breaks when it is written to while it is not open. Each opening
 * waits for the next of `openings`, each closing for `closing`.
 */
function guarded(
  openings: readonly (() => Promise<void>)[] = [],
  closing: () => Promise<void> = nextTurn,
): {
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
      await closing();
      log.push('close');
    },
  };
  return { log, sink };
}

/** Something that ends when it is told to. */
function held(): { readonly ended: Promise<void>; readonly end: () => void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { ended, end };
}

/** Two rows, the second one of which waits. */
async function* twoRows(until: Promise<void>): AsyncGenerator<RowBatch> {
  yield { firstRow: 0, rows: [[0]] };
  await until;
  yield { firstRow: 1, rows: [[1]] };
}

const retry = { attempts: 3, minDelayMs: 1, maxDelayMs: 2 };

test('a sink stays open for as long as any delivery of the process writes to it', async () => {
  const { log, sink } = guarded();
  const long = held();
  const first = deliver({ rows: twoRows(long.ended), columns: result(0).columns, mapper: notes(), sink, retry });
  await expect.poll(() => log).toEqual(['open']);
  (await deliver({ rows: result(300), mapper: notes(), sink, retry })).throwIfFailed();
  expect(log).toEqual(['open']);
  long.end();
  (await first).throwIfFailed();
  expect(log).toEqual(['open', 'close']);
  (await deliver({ rows: result(300), mapper: notes(), sink, retry })).throwIfFailed();
  expect(log).toEqual(['open', 'close', 'open', 'close']);
});

/** A delivery of so many rows that wants to write: `asked` becomes true when it does, before the sink is asked. */
function asking(sink: Sink<Note>, rows: number) {
  const delivery = { asked: false, report: undefined as unknown as ReturnType<typeof deliver<Note>> };
  const fence = async (): Promise<void> => void (delivery.asked = true);
  delivery.report = deliver({ rows: result(rows), mapper: notes(), sink, retry, fence });
  return delivery;
}

test('a delivery that begins while the last one closes the sink opens it again', async () => {
  let closings = 0;
  const closing = held();
  const { log, sink } = guarded([], async () => {
    closings += 1;
    await closing.ended;
  });
  const first = deliver({ rows: result(50), mapper: notes(), sink, retry });
  await expect.poll(() => closings).toBe(1);
  const others = [asking(sink, 50), asking(sink, 50)];
  await expect.poll(() => others.every(({ asked }) => asked)).toBe(true);
  // Both wait for the end of the closing.
  await nextTurn();
  expect(log).toEqual(['open']);
  closing.end();
  for (const report of [first, ...others.map(({ report }) => report)]) (await report).throwIfFailed();
  expect(log).toEqual(['open', 'close', 'open', 'close']);
});

test('an opening that fails for one delivery is tried by the next one for itself', async () => {
  const opening = held();
  const fail = (): Promise<void> => Promise.reject(new Error('not yet'));
  const { log, sink } = guarded([() => opening.ended.then(fail), fail]);
  const failing = deliver({ rows: result(10), mapper: notes(), sink, retry: { attempts: 1 } });
  await expect.poll(() => log).toEqual(['open']);
  const others = [asking(sink, 10), asking(sink, 10)];
  await expect.poll(() => others.every(({ asked }) => asked)).toBe(true);
  // Both wait for the end of the opening.
  await nextTurn();
  expect(log).toEqual(['open']);
  opening.end();
  expect(await failing).toMatchObject({ status: 'failed', error: { code: 'RETRIES_EXHAUSTED' } });
  for (const { report } of others) (await report).throwIfFailed();
  expect(log.slice(0, 3)).toEqual(['open', 'open', 'open']);
  expect(log.at(-1)).toBe('close');
});
