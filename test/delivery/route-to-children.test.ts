import { expect, it } from 'vitest';
import { fanOut, replayDeadLetters, SinkError, type DeadLetter, type Message } from '../../src/index.js';
import { CallbackSink } from '../../src/sinks.js';

const letter = (row: number, sink?: string): DeadLetter => ({
  sync: 's',
  runId: 'r',
  row,
  sink,
  code: 'BAD',
  reason: 'bad',
  message: { type: 'identify', userId: `u${row}`, messageId: `m${row}` },
});

it('replays a dead letter only to the child of a fanOut that refused it', async () => {
  const taken: Record<string, string[]> = { one: [], two: [] };
  const child = (name: string) =>
    new CallbackSink<Message>(async (batch) => void taken[name]?.push(...batch.map(({ userId = '' }) => userId)), {
      name,
    });
  const entries = [letter(1, 'one'), letter(2, 'two'), letter(3, 'one,two'), letter(4), letter(5, 'gone')];
  const report = await replayDeadLetters(entries, { asStored: true, sink: fanOut([child('one'), child('two')]) });
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 5 });
  expect(taken['one']?.sort()).toEqual(['u1', 'u3', 'u4', 'u5']);
  expect(taken['two']?.sort()).toEqual(['u2', 'u3', 'u4', 'u5']);
});

it('keeps the order of what a child gets, and sends nothing again when a later child fails', async () => {
  const taken: Record<string, string[]> = { one: [], two: [] };
  let failures = 2;
  const child = (name: string) =>
    new CallbackSink<Message>(
      async (batch) => {
        if (name === 'two' && failures-- > 0) throw new SinkError('SINK_UNREACHABLE', 'down', { retryable: true });
        taken[name]?.push(...batch.map(({ userId = '' }) => userId));
      },
      { name },
    );
  const entries = [letter(1, 'one'), letter(2, 'two'), letter(3, 'one'), letter(4, 'two'), letter(5, 'one')];
  const report = await replayDeadLetters(entries, {
    asStored: true,
    sink: fanOut([child('one'), child('two')]),
    retry: { minDelayMs: 1, maxDelayMs: 2 },
    concurrency: 1,
  });
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 5 });
  expect(taken).toEqual({ one: ['u1', 'u3', 'u5'], two: ['u2', 'u4'] });
});

it('ends with the error of a child that cannot go on', async () => {
  const refuses = new CallbackSink<Message>(
    async () => Promise.reject(new SinkError('SINK_UNAUTHORIZED', '401', { retryable: false })),
    { name: 'two' },
  );
  const report = await replayDeadLetters([letter(1, 'one'), letter(2, 'two'), letter(3, 'one')], {
    asStored: true,
    sink: fanOut([new CallbackSink<Message>(async () => undefined, { name: 'one' }), refuses]),
    retry: { minDelayMs: 1, maxDelayMs: 2 },
  });
  expect(report).toMatchObject({ status: 'failed', rowsDelivered: 1, error: { code: 'SINK_UNAUTHORIZED' } });
});
