import { expect, test } from 'vitest';
import { deliver, QueryTemplate, SinkError, type DeliverOptions, type ResultSet, type WriteResult } from 'snowmelt';
import { batches, collector, COLUMNS, mapper, notes, result, sink, type Note } from './rows.js';
import { nextTurn, until } from '../stopped-time.js';

const quick = { attempts: 3, minDelayMs: 1 };
const two = { limits: { maxMessages: 2 } };

test('a write that never resolves is aborted and tried again', async () => {
  const signals: AbortSignal[] = [];
  const hanging = sink<Note>((batch, { signal, attempt }) => {
    signals.push(signal);
    return attempt === 1 ? new Promise<WriteResult>(() => undefined) : { accepted: batch.length };
  });
  const report = await deliver({ rows: result(5), mapper: notes(), sink: hanging, retry: quick, writeTimeoutMs: 30 });
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 5, retries: 1 });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
});

test('a write that always hangs fails the delivery and settles nothing', async () => {
  const hanging = sink<Note>(() => new Promise<WriteResult>(() => undefined));
  const report = await deliver({ rows: result(5), mapper: notes(), sink: hanging, retry: quick, writeTimeoutMs: 10 });
  expect(report).toMatchObject({ status: 'failed', settledBelow: 0, rowsDelivered: 0 });
  expect(report.error).toMatchObject({ code: 'RETRIES_EXHAUSTED', cause: { code: 'SINK_TIMEOUT' } });
});

test('an answer that comes after the timeout changes nothing, whether it is good or bad', async () => {
  const late: (() => void)[] = [];
  const slow = sink<Note>((batch, { attempt }) => {
    if (attempt > 2) return { accepted: batch.length };
    return new Promise<WriteResult>((resolve, reject) => {
      const answer = attempt === 1 ? () => resolve({ accepted: batch.length }) : () => reject(new Error('late'));
      late.push(answer);
    });
  });
  const onEvent = (): void => {
    while (late.length > 0) late.pop()?.();
  };
  const report = await deliver({
    rows: result(5),
    mapper: notes(),
    sink: slow,
    retry: quick,
    writeTimeoutMs: 10,
    onEvent,
  });
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 5, messages: 5 });
});

test('a sink that resolves twice is believed once', async () => {
  const twice = sink<Note>(
    (batch) =>
      new Promise<WriteResult>((resolve) => {
        resolve({ accepted: batch.length });
        resolve({ accepted: 0 });
      }),
  );
  const report = await deliver({ rows: result(5), mapper: notes(), sink: twice });
  expect(report).toMatchObject({ status: 'completed', messages: 5 });
});

test.each([
  ['too few', { accepted: 1 }],
  ['nothing', undefined],
  ['an index twice', { accepted: 0, rejected: [0, 0].map((index) => ({ index, code: 'x', reason: 'x' })) }],
])('a sink that returns %s fails the delivery, and the batch is not settled', async (_name, answer) => {
  let writes = 0;
  const lying = sink<Note>(() => ((writes += 1), answer as WriteResult), two);
  const report = await deliver({ rows: result(4), mapper: notes(), sink: lying, concurrency: 1, retry: quick });
  expect(report).toMatchObject({ status: 'failed', settledBelow: 0, error: { code: 'SINK_CONTRACT' } });
  expect(writes).toBe(1);
});

test.each([
  ['a string', 'secret row value'],
  ['undefined', undefined],
  ['a TypeError', new TypeError('secret row value')],
])('a sink that throws %s is tried again within the budget, without quoting it', async (_name, thrown) => {
  const throwing = sink<Note>(async () => {
    await Promise.resolve();
    throw thrown as Error;
  });
  const report = await deliver({ rows: result(2), mapper: notes(), sink: throwing, retry: quick });
  expect(report).toMatchObject({ status: 'failed', retries: 2, error: { code: 'RETRIES_EXHAUSTED' } });
  expect(report.error?.message).not.toContain('secret');
});

test('a sink that throws without a promise, or returns no promise, is no different', async () => {
  const plain = { name: 'plain', write: (batch: readonly Note[]) => ({ accepted: batch.length }) as unknown };
  const good = await deliver({ rows: result(2), mapper: notes(), sink: plain as never });
  expect(good.status).toBe('completed');
  const throwing = {
    ...plain,
    write: () => {
      throw new SinkError('SINK_UNAUTHORIZED', 'HTTP 401', { retryable: false });
    },
  };
  const bad = await deliver({ rows: result(2), mapper: notes(), sink: throwing });
  expect(bad).toMatchObject({ status: 'failed', retries: 0, error: { code: 'SINK_UNAUTHORIZED' } });
});

test('a sink that does not open is tried again; nothing is written before it has', async () => {
  let opened = 0;
  const { got, sink: to } = collector<Note>({
    open: async () => {
      opened += 1;
      if (opened < 3) throw new Error('not yet');
    },
  });
  const report = await deliver({ rows: result(2), mapper: notes(), sink: to, retry: quick });
  expect(report).toMatchObject({ status: 'completed', retries: 2 });
  expect(got).toHaveLength(2);
});

test('a sink that fails to close fails the delivery; one that was not opened is not closed', async () => {
  let closed = 0;
  const close = async (): Promise<void> => {
    closed += 1;
    throw new Error('disk full');
  };
  const empty = await deliver({ rows: result(0), mapper: notes(), sink: collector<Note>({ close }).sink });
  expect(empty.status).toBe('completed');
  expect(closed).toBe(0);
  const report = await deliver({ rows: result(2), mapper: notes(), sink: collector<Note>({ close }).sink });
  expect(report).toMatchObject({ status: 'failed', error: { code: 'SINK_FAILED' } });
  expect(closed).toBe(1);
});

test('a sink that never closes fails the delivery when the time of a write is over', async () => {
  const close = () => new Promise<void>(() => undefined);
  const { sink: to } = collector<Note>({ close });
  const report = await deliver({ rows: result(2), mapper: notes(), sink: to, writeTimeoutMs: 50 });
  expect(report).toMatchObject({ status: 'failed', error: { code: 'SINK_TIMEOUT' }, settledBelow: 2 });
});

test('a listener that throws or rejects never touches the delivery', async () => {
  const listeners: (() => unknown)[] = [
    () => {
      throw new Error('listener');
    },
    () => Promise.reject(new Error('listener')),
  ];
  for (const listener of listeners) {
    const onEvent = listener;
    const report = await deliver({
      rows: result(50),
      mapper: notes(),
      sink: collector<Note>(two).sink,
      onEvent: onEvent,
    });
    expect(report.status).toBe('completed');
    expect(report.warnings).toMatchObject([{ code: 'LISTENER_FAILED' }]);
  }
});

test('onSettled that throws or rejects stops the delivery', async () => {
  for (const onSettled of [
    () => {
      throw new TypeError('table is gone');
    },
    () => Promise.reject(new TypeError('table is gone')),
  ]) {
    const { got, sink: to } = collector<Note>(two);
    const report = await deliver({ rows: result(1_000), mapper: notes(), sink: to, onSettled });
    expect(report).toMatchObject({ status: 'failed', error: { code: 'HOOK_FAILED' } });
    expect(got.length).toBeLessThan(100);
  }
});

test('an onSettled that returns something lazy is waited for', async () => {
  const stored: number[] = [];
  const onSettled = (below: number): Promise<void> => {
    // Query builders start when they are awaited.
    const query = {
      then: (resolve: () => void) => {
        setTimeout(() => {
          stored.push(below);
          resolve();
        }, 5);
      },
    };
    return query as unknown as Promise<void>;
  };
  const report = await deliver({ rows: result(20), mapper: notes(), sink: collector<Note>(two).sink, onSettled });
  expect(report.status).toBe('completed');
  expect(stored.at(-1)).toBe(20);
});

test('a slow onSettled gathers what is settled meanwhile and is awaited at the end', async () => {
  const { got, sink: to } = collector<Note>(two);
  const told: number[] = [];
  let pending = 0;
  const report = await deliver({
    rows: result(1_000),
    mapper: notes(),
    sink: to,
    onSettled: async (below, { counts, lastValues }) => {
      expect((pending += 1)).toBe(1);
      expect(counts.delivered).toBe(below);
      expect(lastValues()).toEqual([below - 1]);
      await until(() => got.length === 1_000);
      await nextTurn();
      told.push(below);
      pending -= 1;
    },
  });
  report.throwIfFailed();
  expect(told).toHaveLength(2);
  expect(told.at(-1)).toBe(1_000);
});

test('a fence that refuses stops before anything is sent', async () => {
  const { got, sink: to } = collector<Note>();
  const fence = (): Promise<void> => Promise.reject(new Error('not mine any more'));
  const report = await deliver({ rows: result(10), mapper: notes(), sink: to, fence });
  expect(report).toMatchObject({ status: 'failed', error: { code: 'HOOK_FAILED' }, settledBelow: 0 });
  expect(got).toEqual([]);
});

test.each<[string, () => unknown]>([
  ['null', () => null],
  ['false', () => false],
  ['nothing among messages', () => [{ row: 1 }, undefined]],
  // eslint-disable-next-line no-sparse-arrays -- what is tried
  ['a hole among messages', () => [{ row: 1 }, , { row: 2 }]],
])('a mapper that returns %s has its row rejected', async (_name, value) => {
  const { got, sink: to } = collector<Note>();
  const report = await deliver({
    rows: result(1),
    mapper: mapper<Note>(() => value() as Note),
    sink: to,
    deadLetter: collector().sink,
  });
  expect(report).toMatchObject({ status: 'completed', rowsRejected: 1, rejections: [{ row: 0, code: 'MAPPING_ROW' }] });
  expect(got).toEqual([]);
});

test.each<[string, () => unknown]>([
  ['a promise', () => Promise.resolve({ row: 1 })],
  ['a promise that rejects', () => Promise.reject(new Error('lookup'))],
  ['promises that reject', () => [1, 2].map(() => Promise.reject(new Error('lookup')))],
])('a mapper that returns %s fails the delivery at once: it is no bad row', async (_name, value) => {
  const letters = collector();
  const report = await deliver({
    rows: result(500),
    mapper: mapper<Note>(() => value() as Note),
    sink: collector<Note>().sink,
    deadLetter: letters.sink,
  });
  expect(report).toMatchObject({ status: 'failed', rowsRejected: 0, settledBelow: 0 });
  expect(report.error).toMatchObject({ code: 'CONFIG_INVALID', message: 'The mapper returned a promise.' });
  expect(letters.got).toEqual([]);
  // Where a rejection that nobody looks after would end the process.
  await nextTurn();
});

test('what a mapper throws is told by its name and place, and what it says only to the dead letter', async () => {
  const throwing = mapper<Note>(() => {
    throw new TypeError('no plan "gold"\n    at secret (of-a-row.ts:1:1)');
  });
  const letters = collector<{ readonly reason: string }>();
  const rows = { rows: result(1), mapper: throwing, sink: collector<Note>().sink };
  const { error } = await deliver(rows);
  expect(error?.message).toMatch(
    /^Row 0 was rejected: Row 0: the mapper threw TypeError at deliver-abuse\.test\.ts:\d+:\d+\. \(MAPPING_ROW\)$/,
  );
  expect(error?.hint).toBe('Repair the mapper. Or set a deadLetter, which keeps such rows.');
  await deliver({ ...rows, deadLetter: letters.sink });
  expect(letters.got[0]?.reason).toMatch(/TypeError at deliver-abuse\.test\.ts:\d+:\d+\. no plan "gold"/);
});

const itself = (): unknown => {
  const value: Record<string, unknown> = {};
  value['itself'] = value;
  return value;
};

test.each<[string, () => unknown, string]>([
  ['a bigint', () => 12n, 'TypeError'],
  ['a value that holds itself', itself, 'TypeError'],
  [
    'arrays a hundred thousand deep',
    () => JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown,
    'RangeError',
  ],
])('a message that cannot become JSON has its row rejected: %s', async (_name, value, error) => {
  const measured = collector<Note>({ limits: { maxMessageBytes: 1_000_000 } });
  const report = await deliver({
    rows: result(2),
    mapper: mapper<Note>((row) => (row === 0 ? ({ row, value: value() } as Note) : { row })),
    sink: measured.sink,
    deadLetter: collector().sink,
  });
  expect(report).toMatchObject({ status: 'completed', rowsRejected: 1, rowsDelivered: 1 });
  expect(report.rejections).toMatchObject([
    { row: 0, code: 'MAPPING_ROW', reason: `Row 0: the message cannot become JSON (${error}).` },
  ]);
});

test('only a mapper that gives promises fails the delivery: other errors of configuration are those of a row', async () => {
  const query = new QueryTemplate('SELECT {{last_sync_time}}');
  const calling = mapper<Note>((row) => {
    query.render({ lastSyncTime: row === 0 ? -1 : 1 });
    return { row };
  });
  const odd = mapper<Note>((row) => {
    if (row === 1) return { row };
    throw Object.assign(new Error('x'), { message: undefined, stack: [] });
  });
  for (const each of [calling, odd]) {
    const sinks = { sink: collector<Note>().sink, deadLetter: collector().sink };
    const report = await deliver({ rows: result(2), mapper: each, ...sinks });
    expect(report).toMatchObject({ status: 'completed', rowsRejected: 1, rowsDelivered: 1 });
  }
});

test('what a serialize throws is told to the dead letter', async () => {
  const letters = collector<{ readonly reason: string }>();
  const serialize = (): string => {
    throw new Error('plan "gold" is unknown');
  };
  const { sink: to } = collector<Note>({ serialize });
  const { rejections } = await deliver({ rows: result(1), mapper: notes(), sink: to, deadLetter: letters.sink });
  expect(rejections[0]?.reason).toBe('Row 0: the message cannot become JSON (Error).');
  expect(letters.got[0]?.reason).toContain('plan "gold" is unknown');
});

test('a mapper that cannot be bound is named', async () => {
  const broken = {
    ...notes(),
    bind: () => {
      throw new RangeError('x');
    },
  };
  const { error } = await deliver({ rows: result(1), mapper: broken, sink: collector<Note>().sink });
  expect(error).toMatchObject({
    code: 'HOOK_FAILED',
    message: "The mapper's bind() threw an error of type RangeError.",
  });
});

test('keys of a mapper in plain JavaScript may be numbers, alone or among others', async () => {
  const keys = [5, [5], '5', ['5', 6], 6];
  const seen: number[] = [];
  const to = sink<Note>(
    async (batch) => {
      // The first ones take longest.
      await new Promise((resolve) => setTimeout(resolve, 20 - 4 * (batch[0]?.row ?? 0)));
      seen.push(...batch.map(({ row }) => row));
      return { accepted: batch.length };
    },
    { limits: { maxMessages: 1 } },
  );
  const report = await deliver({ rows: result(5), mapper: notes((row) => keys[row] as never), sink: to });
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 5 });
  expect(seen).toEqual([0, 1, 2, 3, 4]);
});

test('a mapper whose columns do not fit fails the delivery before anything is read', async () => {
  const bind = (): never => {
    throw new SinkError('MAPPING_COLUMNS', 'no userId', { retryable: false });
  };
  const { got, sink: to } = collector<Note>();
  const report = await deliver({ rows: result(3), mapper: { ...notes(), bind }, sink: to });
  expect(report).toMatchObject({ status: 'failed', error: { code: 'MAPPING_COLUMNS' }, rowsRead: 0 });
  expect(got).toEqual([]);
});

test('a source that leaves out, repeats or cuts off rows is caught', async () => {
  const base = result(10);
  const read = (...ranges: [number, number][]): ResultSet['read'] =>
    async function* read() {
      for (const [from, to] of ranges) yield* batches(from, to, 10);
    };
  const run = (rows: ResultSet): ReturnType<typeof deliver<Note>> =>
    deliver({ rows, mapper: notes(), sink: collector<Note>().sink });
  const gap = await run({ ...base, read: read([0, 4], [6, 10]) });
  expect(gap.error).toMatchObject({ code: 'BOOKS_UNBALANCED', details: { expected: 4, got: 6 } });
  const short = await run({ ...base, read: read([0, 9]) });
  expect(short).toMatchObject({ status: 'failed', error: { code: 'BOOKS_UNBALANCED' } });
  const twice = { ...base, rowCount: undefined, read: read([0, 6], [0, 2]) };
  expect((await run(twice)).error).toMatchObject({ code: 'BOOKS_UNBALANCED' });
});

test('rows that end with an error fail the delivery; what is in flight settles', async () => {
  async function* rows(): ReturnType<typeof batches> {
    yield* batches(0, 10, 10);
    throw new Error('socket hang up');
  }
  const { got, sink: to } = collector<Note>(two);
  const report = await deliver({ rows: rows(), columns: COLUMNS, mapper: notes(), sink: to });
  expect(report).toMatchObject({ status: 'failed', error: { code: 'SOURCE_FAILED', retryable: true } });
  expect(report.settledBelow).toBeLessThanOrEqual(got.length);
});

test.each<[string, Partial<Record<keyof DeliverOptions<Note>, unknown>>]>([
  ['rows', { rows: [] }],
  ['columns', { rows: batches(0, 1, 1) }],
  ['mapper', { mapper: () => undefined }],
  ['sink', { sink: {} }],
  ['sink.limits.maxMessages', { sink: { ...collector().sink, limits: { maxMessages: 0 } } }],
  ['deadLetter', { deadLetter: 'file' }],
  ['maxRejected', { maxRejected: 5 }],
  ['concurrency', { concurrency: 0 }],
  ['maxInFlightRows', { maxInFlightRows: 1.5 }],
  ['writeTimeoutMs', { writeTimeoutMs: 0 }],
  ['writeTimeoutMs', { writeTimeoutMs: 2 ** 31 }],
  ['retry.attempts', { retry: { attempts: 0 } }],
  ['retry.maxRetries', { retry: { maxRetries: 5 } }],
  ['rateLimit.maxRequestsPerSecond', { rateLimit: { maxRequestsPerSecond: -1 } }],
  ['to', { from: 5, to: 4 }],
  ['runId', { runId: 'spaces are not allowed' }],
])('misuse of `%s` is a ConfigError that names it', async (name, options) => {
  const good = { rows: result(1), mapper: notes(), sink: collector<Note>().sink };
  const call = deliver<Note>({ ...good, ...options } as DeliverOptions<Note>);
  await expect(call).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await expect(call).rejects.toThrow(`\`${name}\``);
});
