import { expect, test } from 'vitest';
import { deliver, SinkError } from 'snowmelt';
import { batches, collector, COLUMNS, mapper, notes, result, sink, type Note } from './rows.js';

test('delivers every row of a result once and balances the books', async () => {
  const { got, sink: to } = collector<Note>();
  const report = await deliver({ rows: result(2_500), mapper: notes(), sink: to });
  report.throwIfFailed();
  expect(got.map(({ row }) => row).sort((a, b) => a - b)).toEqual(Array.from({ length: 2_500 }, (_, row) => row));
  expect(report).toMatchObject({ status: 'completed', rowsRead: 2_500, rowsDelivered: 2_500, settledBelow: 2_500 });
  expect(report.settled).toEqual({ read: 2_500, delivered: 2_500, rejected: 0, skipped: 0, messages: 2_500 });
});

test('delivers a range of a plain iterable', async () => {
  const { got, sink: to } = collector<Note>({ limits: { maxMessages: 7 } });
  const rows = batches(0, 100, 30);
  const report = await deliver({ rows, columns: COLUMNS, mapper: notes(), sink: to, from: 10, to: 75 });
  report.throwIfFailed();
  expect(got.map(({ row }) => row).sort((a, b) => a - b)).toEqual(Array.from({ length: 65 }, (_, row) => row + 10));
  expect(report.settledBelow).toBe(75);
});

test('counts rows that the mapper skips and rows of several messages', async () => {
  const several = mapper<Note>((row) => (row % 3 === 0 ? undefined : row % 3 === 1 ? [] : [{ row }, { row }]));
  const { got, sink: to } = collector<Note>();
  const report = await deliver({ rows: result(300), mapper: several, sink: to });
  expect(report).toMatchObject({ status: 'completed', rowsSkipped: 200, rowsDelivered: 100, messages: 200 });
  expect(got).toHaveLength(200);
});

test('splits a refused batch until the bad message stands alone, and keeps that one', async () => {
  const dead = collector<{ row: number }>();
  const got: number[] = [];
  const picky = sink<Note>((batch) => {
    if (batch.some(({ row }) => row === 77)) {
      throw new SinkError('SINK_FAILED', 'HTTP 400', { retryable: false, splittable: true });
    }
    got.push(...batch.map(({ row }) => row));
    return { accepted: batch.length };
  });
  const report = await deliver({ rows: result(200), mapper: notes(), sink: picky, deadLetter: dead.sink });
  report.throwIfFailed();
  expect(dead.got).toMatchObject([{ row: 77, code: 'MESSAGE_REJECTED', message: { row: 77 } }]);
  expect(got).toHaveLength(199);
  expect(report).toMatchObject({ rowsDelivered: 199, rowsRejected: 1 });
});

test('tries a failed batch again and tells so', async () => {
  let failures = 3;
  const events: string[] = [];
  const { got, sink: to } = collector<Note>();
  const flaky = sink<Note>((batch, context) => {
    if (failures-- > 0) throw new SinkError('SINK_FAILED', 'HTTP 503', { retryable: true });
    return to.write(batch, context);
  });
  const report = await deliver({
    rows: result(10),
    mapper: notes(),
    sink: flaky,
    retry: { minDelayMs: 1 },
    onEvent: ({ type }) => events.push(type),
  });
  expect(report).toMatchObject({ status: 'completed', retries: 3, rowsDelivered: 10 });
  expect(got).toHaveLength(10);
  expect(events.filter((type) => type === 'retry')).toHaveLength(3);
});
