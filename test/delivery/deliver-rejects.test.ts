import { expect, test } from 'vitest';
import {
  defineMapper,
  deliver,
  fromAsyncIterable,
  MappingError,
  SinkError,
  type DeadLetter,
  type DeliveryEvent,
  type Rejection,
  type Sink,
} from 'snowmelt';
import { collector, mapper, notes, result, sink, type Note } from './rows.js';

/** A sink that rejects the rows it is told to. */
const picky = (isBad: (row: number) => boolean, got: number[] = [], maxMessages = 10): Sink<Note> =>
  sink<Note>(
    (batch) => {
      const rejected: Rejection[] = [];
      batch.forEach(({ row }, index) => {
        if (isBad(row)) rejected.push({ index, code: 'BAD', reason: 'no email' });
        else got.push(row);
      });
      return { accepted: batch.length - rejected.length, rejected };
    },
    { limits: { maxMessages } },
  );
const letters = (): ReturnType<typeof collector<DeadLetter<Note>>> => collector<DeadLetter<Note>>();

test('without a dead letter the first reject fails the delivery; what is in flight settles, nothing more is sent', async () => {
  let writes = 0;
  const slow = sink<Note>(
    async (batch, context) => {
      writes += 1;
      if (context.firstRow > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      return picky((row) => row === 3).write(batch, context);
    },
    { limits: { maxMessages: 10 } },
  );
  const report = await deliver({ rows: result(1_000), mapper: notes(), sink: slow, concurrency: 3 });
  expect(report).toMatchObject({ status: 'failed', error: { code: 'TOO_MANY_REJECTS', details: { row: 3 } } });
  expect(writes).toBeLessThanOrEqual(3);
  expect(report.messages).toBe(writes * 10 - 1);
  expect(report.settledBelow).toBe(3);
});

test('keeps rejects in the dead letter and goes on', async () => {
  const dead = letters();
  const got: number[] = [];
  const isBad = (row: number): boolean => row % 50 === 7;
  const report = await deliver({
    rows: result(1_000),
    mapper: notes(),
    sink: picky(isBad, got),
    deadLetter: dead.sink,
  });
  expect(report).toMatchObject({ status: 'completed', rowsRejected: 20, rowsDelivered: 980, settledBelow: 1_000 });
  expect(got).toHaveLength(980);
  expect(dead.got.map(({ row }) => row).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, at) => at * 50 + 7),
  );
  expect(dead.got[0]).toMatchObject({
    sync: 'deliver',
    runId: report.runId,
    sink: 'test',
    code: 'BAD',
    reason: 'no email',
  });
  expect(report.rejections).toHaveLength(20);
});

test('fails when more rows are rejected than allowed, and keeps no more than that', async () => {
  const dead = letters();
  const bad = picky((row) => row % 2 === 0);
  const report = await deliver({
    rows: result(1_000),
    mapper: notes(),
    sink: bad,
    deadLetter: dead.sink,
    maxRejected: 30,
  });
  expect(report).toMatchObject({ status: 'failed', error: { code: 'TOO_MANY_REJECTS' } });
  expect(dead.got.length).toBeLessThanOrEqual(30);
  expect(dead.got.length).toBe(report.rowsRejected);
});

test('by default allows the larger of 100 rows and 1 %', async () => {
  const run = async (rows: number, bad: number): Promise<string> => {
    // The first row is good, so that not everything is refused.
    const refusing = picky((row) => row > 0 && row <= bad);
    const report = await deliver({ rows: result(rows), mapper: notes(), sink: refusing, deadLetter: letters().sink });
    return report.status;
  };
  expect(await run(1_000, 100)).toBe('completed');
  expect(await run(1_000, 101)).toBe('failed');
  expect(await run(20_000, 200)).toBe('completed');
  expect(await run(20_000, 201)).toBe('failed');
});

test('counts the rejects of an earlier part of the run', async () => {
  const counts = { read: 500, delivered: 498, rejected: 2, skipped: 0, messages: 498 };
  const options = { mapper: notes(), sink: picky((row) => row === 600), counts, from: 500 };
  const run = (maxRejected: number): ReturnType<typeof deliver<Note>> =>
    deliver({ ...options, rows: result(1_000), deadLetter: letters().sink, maxRejected });
  expect(await run(3)).toMatchObject({ status: 'completed', rowsRead: 1_000, rowsRejected: 3 });
  expect(await run(2)).toMatchObject({ status: 'failed', error: { code: 'TOO_MANY_REJECTS' } });
});

test('a sink that refuses everything is a configuration, not a hundred bad rows', async () => {
  const all = await deliver({
    rows: result(5_000),
    mapper: notes(),
    sink: picky(() => true),
    deadLetter: letters().sink,
    maxRejected: 5_000,
  });
  expect(all.error).toMatchObject({ code: 'SINK_REFUSES_EVERYTHING' });
  const splitting = sink<Note>(() => {
    throw new SinkError('SINK_FAILED', 'HTTP 400', { retryable: false, splittable: true });
  });
  let requests = 0;
  const counting = {
    ...splitting,
    write: ((batch, context) => ((requests += 1), splitting.write(batch, context))) as typeof splitting.write,
  };
  const split = await deliver({
    rows: result(5_000),
    mapper: notes(),
    sink: counting,
    deadLetter: letters().sink,
    maxRejected: 5_000,
  });
  expect(split.error).toMatchObject({ code: 'SINK_REFUSES_EVERYTHING' });
  expect(requests).toBeLessThan(500);
});

test('a few rows that are all refused are only bad rows', async () => {
  const dead = letters();
  const report = await deliver({ rows: result(99), mapper: notes(), sink: picky(() => true), deadLetter: dead.sink });
  expect(report).toMatchObject({ status: 'completed', rowsRejected: 99, rowsDelivered: 0 });
});

test('a row is not settled before its dead letter is kept', async () => {
  let kept = false;
  const slow = sink<DeadLetter<Note>>(async (batch) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    kept = true;
    return { accepted: batch.length };
  });
  const early: number[] = [];
  const report = await deliver({
    rows: result(100),
    mapper: notes(),
    sink: picky((row) => row === 0),
    deadLetter: slow,
    onSettled: (below) => {
      if (!kept) early.push(below);
    },
  });
  report.throwIfFailed();
  expect(early).toEqual([]);
});

test.each<[string, Sink<unknown>]>([
  ['throws', sink(() => Promise.reject(new Error('disk full')))],
  ['rejects the letter', picky(() => true) as Sink<unknown>],
  ['returns nothing', sink(() => undefined as never)],
  [
    'cannot write the letter as text',
    collector({
      serialize: () => {
        throw new TypeError('BigInt');
      },
    }).sink,
  ],
])('a dead letter that %s fails the delivery', async (_name, deadLetter) => {
  const bad = picky((row) => row === 5);
  const retry = { attempts: 2, minDelayMs: 1 };
  const report = await deliver({ rows: result(50), mapper: notes(), sink: bad, deadLetter, retry });
  expect(report).toMatchObject({ status: 'failed', error: { code: 'DEAD_LETTER_FAILED' } });
  expect(report.settledBelow).toBe(5);
});

test('a dead letter that asks to send again or in smaller parts gets every letter once', async () => {
  const kept: number[] = [];
  let later = 3;
  const dead = sink<DeadLetter<Note>>(async (batch) => {
    if (batch.length > 4) throw new SinkError('SINK_FAILED', '413', { retryable: false, splittable: true });
    if (later-- > 0 && batch.length > 1) {
      kept.push(batch[0]!.row);
      return { accepted: 1, retry: batch.slice(1).map((_letter, index) => ({ index: index + 1, reason: 'busy' })) };
    }
    kept.push(...batch.map(({ row }) => row));
    return { accepted: batch.length };
  });
  const bad = picky((row) => row % 10 > 0, [], 100);
  const retry = { attempts: 2, minDelayMs: 1 };
  const options = { rows: result(100), mapper: notes(), sink: bad, deadLetter: dead, maxRejected: 90, retry };
  (await deliver(options)).throwIfFailed();
  expect(kept.sort((a, b) => a - b)).toEqual([...Array(100).keys()].filter((row) => row % 10 > 0));
});

test('dead letters are written together, within the limits of their sink', async () => {
  const sizes: number[] = [];
  const dead = sink<DeadLetter<Note>>(
    async (batch, { serialized }) => {
      sizes.push(batch.length);
      expect(serialized).toHaveLength(batch.length);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { accepted: batch.length };
    },
    { limits: { maxMessages: 25, maxBatchBytes: 100_000 } },
  );
  const bad = picky((row) => row % 10 > 0, [], 100);
  const report = await deliver({ rows: result(1_000), mapper: notes(), sink: bad, deadLetter: dead, maxRejected: 900 });
  report.throwIfFailed();
  expect(sizes.reduce((a, b) => a + b)).toBe(900);
  expect(Math.max(...sizes)).toBe(25);
});

test('a row that cannot be mapped goes to the dead letter with its values; no event or report quotes them', async () => {
  const dead = letters();
  const events: DeliveryEvent[] = [];
  const failing = mapper<Note>((row) => {
    if (row === 4) throw new MappingError('MAPPING_ROW', 'Row 4: userId is empty.');
    if (row === 6) throw new TypeError('cannot read "secret@example.com"');
    return { row };
  });
  const report = await deliver({
    rows: result(10),
    mapper: failing,
    sink: collector<Note>().sink,
    deadLetter: dead.sink,
    onEvent: (event) => events.push(event),
  });
  expect(report).toMatchObject({ status: 'completed', rowsRejected: 2, rowsDelivered: 8 });
  expect(dead.got).toMatchObject([
    { row: 4, code: 'MAPPING_ROW', reason: 'Row 4: userId is empty.', columns: ['N'], values: [4] },
    { row: 6, code: 'MAPPING_ROW', columns: ['N'], values: [6] },
  ]);
  expect(dead.got[0]?.sink).toBeUndefined();
  expect(JSON.stringify([events, report])).not.toContain('secret');
});

test('an oversize message is rejected before it is sent', async () => {
  const dead = letters();
  const { got, sink: to } = collector<Note>({ limits: { maxMessageBytes: 100 } });
  // 40 characters of 3 bytes each: only bytes show that it is too large.
  const large = mapper<Note>((row) => ({ row, text: (row === 3 ? '雪' : 'x').repeat(40) }));
  const report = await deliver({ rows: result(10), mapper: large, sink: to, deadLetter: dead.sink });
  expect(report).toMatchObject({ status: 'completed', rowsRejected: 1, rowsDelivered: 9 });
  expect(dead.got).toMatchObject([{ row: 3, code: 'MESSAGE_TOO_LARGE', sink: 'test', message: { row: 3 } }]);
  expect(got.map(({ row }) => row)).not.toContain(3);
});

test('a message that is too large names its largest column, and never its value', async () => {
  const dead = letters();
  const { sink: to } = collector<Note>({ limits: { maxMessageBytes: 300 } });
  const rows = fromAsyncIterable(
    async function* () {
      yield { ID: 1, BIO: 'planted '.repeat(100), NAME: 'n'.repeat(200) };
    },
    { columns: ['ID', 'NAME', 'BIO'] },
  );
  const large = defineMapper((row): Note => ({ row: 0, text: JSON.stringify(row) }), { fingerprint: 'large' });
  const report = await deliver({
    rows: await rows.execute({ sql: '', binds: [] }),
    mapper: large,
    sink: to,
    deadLetter: dead.sink,
  });
  expect(report.rejections).toMatchObject([{ code: 'MESSAGE_TOO_LARGE' }]);
  expect(dead.got[0]?.reason).toContain('largest column is BIO (800 bytes)');
  expect(JSON.stringify(report)).not.toContain('planted');
});

test('a message that alone is refused as too large is rejected', async () => {
  const dead = letters();
  const limit = sink<Note>((batch) => {
    if (batch.length > 3 || batch.some(({ row }) => row === 11)) {
      throw new SinkError('MESSAGE_TOO_LARGE', 'HTTP 413', { retryable: false, splittable: true });
    }
    return { accepted: batch.length };
  });
  const report = await deliver({ rows: result(40), mapper: notes(), sink: limit, deadLetter: dead.sink });
  expect(report).toMatchObject({ status: 'completed', rowsRejected: 1, rowsDelivered: 39 });
  expect(dead.got).toMatchObject([{ row: 11, code: 'MESSAGE_TOO_LARGE' }]);
});

test('a row with two rejected messages counts as one row', async () => {
  const several = mapper<Note>((row) => [{ row }, { row }]);
  const dead = letters();
  const bad = picky((row) => row === 2);
  const report = await deliver({ rows: result(5), mapper: several, sink: bad, deadLetter: dead.sink, maxRejected: 1 });
  expect(report).toMatchObject({ status: 'completed', rowsRejected: 1, rowsDelivered: 4, messages: 8 });
  expect(dead.got).toHaveLength(2);
});

test('sends again only the messages the sink asked for, after the wait it asked for', async () => {
  const sent: number[][] = [];
  let askedAt = 0;
  let waited = 0;
  const putsOff = sink<Note>((batch, { attempt }) => {
    sent.push(batch.map(({ row }) => row));
    if (attempt === 1) {
      askedAt = performance.now();
      const retry = [1, 4].map((index) => ({ index, reason: 'busy', retryAfterMs: 40 }));
      return { accepted: batch.length - 2, retry };
    }
    waited = performance.now() - askedAt;
    return { accepted: batch.length };
  });
  const report = await deliver({ rows: result(6), mapper: notes(), sink: putsOff });
  expect(report).toMatchObject({ status: 'completed', messages: 6, retries: 1 });
  expect(sent).toEqual([
    [0, 1, 2, 3, 4, 5],
    [1, 4],
  ]);
  expect(waited).toBeGreaterThan(35);
});

test('messages that a sink puts off for ever end the delivery', async () => {
  const putsOff = sink<Note>((batch) => ({ accepted: 0, retry: batch.map((_, index) => ({ index, reason: 'busy' })) }));
  const report = await deliver({
    rows: result(6),
    mapper: notes(),
    sink: putsOff,
    retry: { attempts: 3, minDelayMs: 1 },
  });
  expect(report).toMatchObject({ status: 'failed', error: { code: 'RETRIES_EXHAUSTED' }, settledBelow: 0 });
});
