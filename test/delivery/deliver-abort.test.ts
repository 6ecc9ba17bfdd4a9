import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { deliver, SinkError, type RowBatch, type WriteResult } from 'snowmelt';
import { batches, collector, COLUMNS, notes, result, sink, type Note } from './rows.js';

test('an aborted signal sends nothing', async () => {
  const { got, sink: to } = collector<Note>();
  const reason = new Error('stop');
  const report = await deliver({ rows: result(10), mapper: notes(), sink: to, signal: AbortSignal.abort(reason) });
  expect(report).toMatchObject({ status: 'aborted', error: { code: 'ABORTED', cause: reason } });
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
  const controller = new AbortController();
  let ended = false;
  const hanging = sink<Note>(
    (batch, { signal, firstRow }) => {
      if (firstRow < 4) return { accepted: batch.length };
      setTimeout(() => {
        controller.abort();
      }, 5);
      return new Promise<WriteResult>(() => {
        signal.addEventListener('abort', () => {
          ended = true;
        });
      });
    },
    { limits: { maxMessages: 2 } },
  );
  const startedAt = performance.now();
  const { signal } = controller;
  const report = await deliver({ rows: result(100), mapper: notes(), sink: hanging, concurrency: 2, signal });
  expect(report).toMatchObject({ status: 'aborted', settledBelow: 4 });
  expect(ended).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});

test('an abort ends the wait for a sink that does not close', async () => {
  const controller = new AbortController();
  const close = (): Promise<void> => {
    controller.abort();
    return new Promise(() => undefined);
  };
  const to = sink<Note>((batch) => ({ accepted: batch.length }), { close });
  const startedAt = performance.now();
  const report = await deliver({ rows: result(2), mapper: notes(), sink: to, signal: controller.signal });
  expect(report).toMatchObject({ status: 'aborted', settledBelow: 2 });
  expect(performance.now() - startedAt).toBeLessThan(6_000);
});

test('an aborted delivery still closes its sink', async () => {
  const controller = new AbortController();
  let closed = false;
  const to = sink<Note>(
    () => {
      controller.abort();
      return new Promise<WriteResult>(() => undefined);
    },
    {
      close: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        closed = true;
      },
    },
  );
  await deliver({ rows: result(2), mapper: notes(), sink: to, signal: controller.signal });
  expect(closed).toBe(true);
});

test('an abort ends the wait before a retry', async () => {
  const controller = new AbortController();
  const failing = sink<Note>(() => {
    throw new SinkError('SINK_FAILED', 'HTTP 503', { retryable: true, retryAfterMs: 60_000 });
  });
  const startedAt = performance.now();
  const report = await deliver({
    rows: result(5),
    mapper: notes(),
    sink: failing,
    signal: controller.signal,
    onEvent: ({ type }) => {
      if (type === 'retry') controller.abort();
    },
  });
  expect(report.status).toBe('aborted');
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

test('an abort ends the wait for the rate limit', async () => {
  const controller = new AbortController();
  setTimeout(() => {
    controller.abort();
  }, 20);
  const { signal } = controller;
  const rateLimit = { maxMessagesPerSecond: 0.01 };
  const report = await deliver({ rows: result(5), mapper: notes(), sink: collector<Note>().sink, rateLimit, signal });
  expect(report).toMatchObject({ status: 'aborted', rowsDelivered: 1, settledBelow: 1 });
});

test('an abort ends the wait for rows, and the reading hears of it', async () => {
  const controller = new AbortController();
  let heard = false;
  const hanging = {
    ...result(100),
    read: async function* read({ signal }: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<RowBatch> {
      yield* batches(0, 10, 10);
      setTimeout(() => {
        controller.abort();
      }, 5);
      await new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          heard = true;
          reject(signal.reason as Error);
        });
      });
    },
  };
  const to = collector<Note>();
  const report = await deliver({ rows: hanging, mapper: notes(), sink: to.sink, signal: controller.signal });
  expect(report).toMatchObject({ status: 'aborted', settledBelow: 10 });
  expect(heard).toBe(true);
  expect(to.got).toHaveLength(10);
});

test('a plain iterable that hangs does not hold the delivery up for ever', async () => {
  const controller = new AbortController();
  async function* rows(): AsyncGenerator<RowBatch> {
    yield* batches(0, 10, 10);
    setTimeout(() => {
      controller.abort();
    }, 5);
    await new Promise(() => undefined);
  }
  const to = collector<Note>();
  const { signal } = controller;
  const report = await deliver({ rows: rows(), columns: COLUMNS, mapper: notes(), sink: to.sink, signal });
  expect(report).toMatchObject({ status: 'aborted', settledBelow: 10 });
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
