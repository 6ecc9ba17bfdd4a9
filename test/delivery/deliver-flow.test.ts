import { expect, test } from 'vitest';
import { deliver, SinkError, track, type DeliveryEvent, type Message, type RowBatch } from 'snowmelt';
import { batches, collector, COLUMNS, mapper, notes, result, sink, type Note } from './rows.js';
import { passUntil, stopTime } from '../stopped-time.js';

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

test('the next rows are fetched while the current ones are delivered', async () => {
  const order: string[] = [];
  async function* rows(): AsyncGenerator<RowBatch> {
    for (const batch of [0, 1, 2]) {
      order.push(`read ${batch}`);
      yield { firstRow: batch * 10, rows: Array.from({ length: 10 }, () => [batch]) };
    }
  }
  const to = sink<Note>(async (batch, { firstRow }) => {
    await turn();
    order.push(`sent ${firstRow / 10}`);
    return { accepted: batch.length };
  });
  const report = await deliver({ rows: rows(), columns: COLUMNS, mapper: notes(), sink: to, maxInFlightRows: 10 });
  report.throwIfFailed();
  expect(order.indexOf('read 1')).toBeLessThan(order.indexOf('sent 0'));
  expect(order.indexOf('read 2')).toBeLessThan(order.indexOf('sent 1'));
});

test('keeps as many requests in flight as concurrency says, and fills every batch but the last ones', async () => {
  let running = 0;
  let most = 0;
  const sizes: number[] = [];
  const to = sink<Note>(
    async (batch) => {
      running += 1;
      most = Math.max(most, running);
      sizes.push(batch.length);
      await turn();
      running -= 1;
      return { accepted: batch.length };
    },
    { limits: { maxMessages: 50 } },
  );
  const report = await deliver({ rows: result(10_000), mapper: notes((row) => `k${row}`), sink: to, concurrency: 6 });
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 10_000 });
  expect(most).toBe(6);
  expect(sizes.filter((size) => size < 50).length).toBeLessThanOrEqual(6);
});

test.each([
  ['four', undefined, undefined, 4],
  ['as many as the sink says', 7, undefined, 7],
  ['as many as the caller says, whatever the sink does', 7, 3, 3],
])('keeps %s batches in flight', async (_what, ofSink, ofCaller, expected) => {
  let running = 0;
  let most = 0;
  const to = sink<Note>(
    async (batch) => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
      return { accepted: batch.length };
    },
    { limits: { maxMessages: 10, concurrency: ofSink } },
  );
  const report = await deliver({ rows: result(1_000), mapper: notes(), sink: to, concurrency: ofCaller });
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 1_000 });
  expect(most).toBe(expected);
});

test('sends what it has while the source makes it wait', async () => {
  const got: number[] = [];
  let whileWaiting = 0;
  async function* rows(): AsyncGenerator<RowBatch> {
    yield* batches(0, 10, 10);
    while (got.length < 10) await turn();
    whileWaiting = got.length;
    yield* batches(10, 20, 10);
  }
  const to = sink<Note>(
    (batch) => {
      got.push(...batch.map(({ row }) => row));
      return { accepted: batch.length };
    },
    { limits: { maxMessages: 1_000 } },
  );
  const report = await deliver({ rows: rows(), columns: COLUMNS, mapper: notes(), sink: to });
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 20 });
  expect(whileWaiting).toBe(10);
});

test('messages of one person keep their order though every request fails at first', async () => {
  const seen = new Map<string, number>();
  const wrong: number[] = [];
  const columns = ['userId', 'event', 'n'].map((name) => ({ name, type: 'native', nullable: false }) as const);
  const rows = {
    ...result(3_000),
    columns,
    read: async function* read(): AsyncGenerator<RowBatch> {
      yield { firstRow: 0, rows: Array.from({ length: 3_000 }, (_, row) => [`u${row % 20}`, 'Seen', row]) };
    },
  };
  const to = sink<Message>(
    async (batch, { attempt }) => {
      await turn();
      if (attempt === 1) throw new SinkError('SINK_FAILED', 'HTTP 503', { retryable: true });
      for (const message of batch) {
        const n = message.type === 'track' ? Number(message.properties?.['n']) : -1;
        if ((seen.get(message.userId ?? '') ?? -1) >= n) wrong.push(n);
        seen.set(message.userId ?? '', n);
      }
      return { accepted: batch.length };
    },
    { limits: { maxMessages: 20 } },
  );
  const report = await deliver({ rows, mapper: track(), sink: to, concurrency: 8, retry: { minDelayMs: 1 } });
  report.throwIfFailed();
  expect(wrong).toEqual([]);
  expect(seen.size).toBe(20);
});

test('a rejection for haste slows down every lane, and all is delivered', async () => {
  stopTime();
  const times: number[] = [];
  let rejections = 0;
  const { got, sink: to } = collector<Note>();
  const hasty = sink<Note>(
    (batch, context) => {
      const now = performance.now();
      const recent = times.filter((time) => now - time < 50).length;
      if (recent >= 10) {
        rejections += 1;
        throw new SinkError('SINK_FAILED', 'HTTP 429', { retryable: true, retryAfterMs: 20, details: { status: 429 } });
      }
      times.push(now);
      return to.write(batch, context);
    },
    { limits: { maxMessages: 10 } },
  );
  const report = await passUntil(deliver({ rows: result(500), mapper: notes(), sink: hasty, retry: { attempts: 50 } }));
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 500 });
  expect(got).toHaveLength(500);
  expect(rejections).toBeGreaterThan(0);
  // Lanes that only wait for themselves are refused 48 times.
  expect(rejections).toBeLessThan(12);
});

test('a configured limit holds from the first request on', async () => {
  let lastAt = 0;
  const to = sink<Note>(
    (batch) => {
      lastAt = performance.now();
      return { accepted: batch.length };
    },
    { limits: { maxMessages: 100 } },
  );
  const rateLimit = { maxMessagesPerSecond: 200 };
  const startedAt = performance.now();
  const report = await deliver({ rows: result(300), mapper: notes(), sink: to, rateLimit });
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 300 });
  expect(lastAt - startedAt).toBeGreaterThan(850);
});

test('the process gets its turn while a sink answers at once', async () => {
  const controller = new AbortController();
  async function* endless(): AsyncGenerator<RowBatch> {
    for (let firstRow = 0; ; firstRow += 100) yield { firstRow, rows: Array.from({ length: 100 }, () => [1]) };
  }
  const { signal } = controller;
  let timer: NodeJS.Timeout | undefined;
  const to = sink<Note>((batch) => {
    timer ??= setTimeout(() => {
      controller.abort();
    }, 50);
    return { accepted: batch.length };
  });
  const report = await deliver({ rows: endless(), columns: COLUMNS, mapper: notes(), sink: to, signal });
  expect(report.status).toBe('aborted');
  expect(report.rowsDelivered).toBeGreaterThan(0);
});

test('tells batches, progress and warnings', async () => {
  const events: DeliveryEvent[] = [];
  const base = mapper<Note>((row) => ({ row }));
  const warning = {
    ...base,
    bind: () => (_values: readonly unknown[], info: { row: number; warn?: (code: string, column: string) => void }) => {
      if (info.row % 10 === 0) info.warn?.('NUMBER_NOT_FINITE', 'N');
      return { row: info.row };
    },
  };
  const report = await deliver({
    rows: result(100),
    mapper: warning as typeof base,
    sink: collector<Note>({ limits: { maxMessages: 30, maxBatchBytes: 10_000 } }).sink,
    concurrency: 1,
    onEvent: (event) => events.push(event),
  });
  expect(report.warnings).toMatchObject([{ code: 'NUMBER_NOT_FINITE', column: 'N', count: 10 }]);
  expect(events.filter(({ type }) => type === 'warning')).toHaveLength(1);
  const delivered = events.filter((event) => event.type === 'batch:delivered');
  expect(delivered.map(({ firstRow, messages, requests }) => [firstRow, messages, requests])).toEqual([
    [0, 30, 1],
    [30, 30, 1],
    [60, 30, 1],
    [90, 10, 1],
  ]);
  expect(delivered.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(report.bytes);
  expect(report.bytes).toBe(10 * 9 + 90 * 10);
  const counts = { read: 100, delivered: 100, rejected: 0, skipped: 0, messages: 100 };
  expect(events.at(-1)).toMatchObject({ type: 'progress', counts, settledBelow: 100, totalRows: 100 });
});

test('the settled prefix only grows, and a gap holds it back', async () => {
  const told: number[] = [];
  let others = 0;
  let othersWhenTold: number | undefined;
  const to = sink<Note>(
    async (batch, { firstRow }) => {
      // One batch may wait behind the first one in its lane.
      if (firstRow === 0) while (others < 90) await turn();
      else others += batch.length;
      return { accepted: batch.length };
    },
    { limits: { maxMessages: 5 } },
  );
  const report = await deliver({
    rows: result(100),
    mapper: notes((row) => `k${row}`),
    sink: to,
    onSettled: (below) => {
      told.push(below);
      othersWhenTold ??= others;
    },
  });
  report.throwIfFailed();
  expect(othersWhenTold).toBeGreaterThanOrEqual(90);
  expect(told.at(-1)).toBe(100);
});

test('many requests in flight are no leak to Node', async () => {
  const warnings: string[] = [];
  const note = ({ name }: Error): unknown => warnings.push(name);
  process.on('warning', note);
  const to = sink<Note>(
    async (batch) => {
      await turn();
      return { accepted: batch.length };
    },
    { limits: { maxMessages: 1 } },
  );
  await deliver({ rows: result(200), mapper: notes(), sink: to, concurrency: 50 });
  await turn();
  process.off('warning', note);
  expect(warnings).toEqual([]);
});
