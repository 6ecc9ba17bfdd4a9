import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { deliver, SinkError, type RowBatch, type WriteResult } from 'snowmelt';
import { batches, collector, COLUMNS, notes, result, sink, type Note } from './rows.js';
import { nextTurn, pass, stopTime, until } from '../stopped-time.js';

test('an aborted signal sends nothing', async () => {
  const { got, sink: to } = collector<Note>();
  const reason = new Error('stop');
  const report = await deliver({ rows: result(10), mapper: notes(), sink: to, signal: AbortSignal.abort(reason) });
  expect(report).toMatchObject({ status: 'aborted', error: { code: 'ABORTED', cause: { name: 'Error' } } });
  expect(() => report.throwIfFailed()).toThrow(expect.objectContaining({ code: 'ABORTED' }));
  expect(got).toEqual([]);
});

test('an abort starts nothing new, lets requests in flight finish and tells what they settled', async () => {
  const controller = new AbortController();
  let settled = 0;
  let writes = 0;
  let writesAtAbort = 0;
  const slow = sink<Note>(
    async (batch) => {
      writes += 1;
      if (writes === 10) {
        controller.abort();
        writesAtAbort = writes;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { accepted: batch.length };
    },
    { limits: { maxMessages: 10 } },
  );
  const report = await deliver({
    rows: result(10_000),
    mapper: notes(),
    sink: slow,
    signal: controller.signal,
    onSettled: (below) => {
      settled = below;
    },
  });
  expect(report.status).toBe('aborted');
  expect(writes).toBe(writesAtAbort);
  expect(report.rowsDelivered).toBe(100);
  expect(settled).toBe(report.settledBelow);
  expect(settled).toBe(100);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});

test('a request that hangs after an abort is ended within about a batch', async () => {
  stopTime();
  const controller = new AbortController();
  let hangs = 0;
  let ended = 0;
  const hanging = sink<Note>(
    (batch, { signal, firstRow }) => {
      if (firstRow < 4) return { accepted: batch.length };
      hangs += 1;
      return new Promise<WriteResult>(() => {
        signal.addEventListener('abort', () => {
          ended += 1;
        });
      });
    },
    { limits: { maxMessages: 2 } },
  );
  const { signal } = controller;
  const delivery = deliver({ rows: result(100), mapper: notes(), sink: hanging, concurrency: 2, signal });
  await until(() => hangs === 2);
  controller.abort();
  // No batch took any time, so it is the shortest time that requests in flight are given.
  await pass(900);
  expect(ended).toBe(0);
  await pass(100);
  expect(ended).toBe(2);
  expect(await delivery).toMatchObject({ status: 'aborted', settledBelow: 4 });
});

test('an abort ends the wait for a sink that does not close', async () => {
  stopTime();
  const controller = new AbortController();
  const close = (): Promise<void> => {
    controller.abort();
    return new Promise(() => undefined);
  };
  const to = sink<Note>((batch) => ({ accepted: batch.length }), { close });
  const delivery = deliver({ rows: result(2), mapper: notes(), sink: to, signal: controller.signal });
  await until(() => controller.signal.aborted);
  await pass(6_000);
  expect(await delivery).toMatchObject({ status: 'aborted', settledBelow: 2 });
});

test('an aborted delivery still closes its sink', async () => {
  stopTime();
  const controller = new AbortController();
  let closed = false;
  const to = sink<Note>(
    () => {
      controller.abort();
      return new Promise<WriteResult>(() => undefined);
    },
    {
      close: async () => {
        await nextTurn();
        closed = true;
      },
    },
  );
  const delivery = deliver({ rows: result(2), mapper: notes(), sink: to, signal: controller.signal });
  await until(() => controller.signal.aborted);
  // No batch was answered: nothing says how long one takes.
  await pass(5_000);
  await delivery;
  expect(closed).toBe(true);
});

test('an abort ends the wait before a retry', async () => {
  // The wait does not end by itself.
  stopTime();
  const controller = new AbortController();
  const failing = sink<Note>(() => {
    throw new SinkError('SINK_FAILED', 'HTTP 503', { retryable: true, retryAfterMs: 60_000 });
  });
  let retries = 0;
  const delivery = deliver({
    rows: result(5),
    mapper: notes(),
    sink: failing,
    signal: controller.signal,
    onEvent: ({ type }) => {
      if (type === 'retry') retries += 1;
    },
  });
  await until(() => retries === 1);
  controller.abort();
  expect((await delivery).status).toBe('aborted');
});

test('an abort ends the wait for the rate limit', async () => {
  // The wait does not end by itself.
  stopTime();
  const controller = new AbortController();
  const { got, sink: to } = collector<Note>();
  const { signal } = controller;
  const rateLimit = { maxMessagesPerSecond: 0.01 };
  const delivery = deliver({ rows: result(5), mapper: notes(), sink: to, rateLimit, signal });
  await until(() => got.length === 1);
  controller.abort();
  expect(await delivery).toMatchObject({ status: 'aborted', rowsDelivered: 1, settledBelow: 1 });
});

test('an abort ends the wait for rows, and the reading hears of it', async () => {
  const controller = new AbortController();
  let heard = false;
  const hanging = {
    ...result(100),
    read: async function* read({ signal }: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<RowBatch> {
      yield* batches(0, 10, 10);
      await new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          heard = true;
          reject(signal.reason as Error);
        });
      });
    },
  };
  const to = collector<Note>();
  const delivery = deliver({ rows: hanging, mapper: notes(), sink: to.sink, signal: controller.signal });
  await until(() => to.got.length > 0);
  controller.abort();
  expect(await delivery).toMatchObject({ status: 'aborted', settledBelow: 10 });
  expect(heard).toBe(true);
  expect(to.got).toHaveLength(10);
});

test('a plain iterable that hangs does not hold the delivery up for ever', async () => {
  const controller = new AbortController();
  async function* rows(): AsyncGenerator<RowBatch> {
    yield* batches(0, 10, 10);
    await new Promise(() => undefined);
  }
  const to = collector<Note>();
  const { signal } = controller;
  const delivery = deliver({ rows: rows(), columns: COLUMNS, mapper: notes(), sink: to.sink, signal });
  await until(() => to.got.length > 0);
  controller.abort();
  expect(await delivery).toMatchObject({ status: 'aborted', settledBelow: 10 });
});

test('leaving early releases the source', async () => {
  let released = false;
  async function* rows(): AsyncGenerator<RowBatch> {
    try {
      yield* batches(0, 10_000, 10);
    } finally {
      released = true;
    }
  }
  const failing = sink<Note>(() => {
    throw new SinkError('SINK_UNAUTHORIZED', 'HTTP 401', { retryable: false });
  });
  const report = await deliver({ rows: rows(), columns: COLUMNS, mapper: notes(), sink: failing });
  expect(report).toMatchObject({ status: 'failed', error: { code: 'SINK_UNAUTHORIZED' } });
  expect(released).toBe(true);
});
