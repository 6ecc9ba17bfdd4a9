import { expect, it } from 'vitest';
import { fanOut, replayDeadLetters, type DeadLetter, type Message } from '../../src/index.js';
import { CallbackSink } from '../../src/sinks.js';

it('replays a dead letter only to the child of a fanOut that refused it', async () => {
  const taken: Record<string, string[]> = { one: [], two: [] };
  const child = (name: string) =>
    new CallbackSink<Message>(async (batch) => void taken[name]?.push(...batch.map(({ userId = '' }) => userId)), {
      name,
    });
  const letter = (row: number, sink?: string): DeadLetter => ({
    sync: 's',
    runId: 'r',
    row,
    sink,
    code: 'BAD',
    reason: 'bad',
    message: { type: 'identify', userId: `u${row}`, messageId: `m${row}` },
  });
  const entries = [letter(1, 'one'), letter(2, 'two'), letter(3, 'one,two'), letter(4), letter(5, 'gone')];
  const report = await replayDeadLetters(entries, { sink: fanOut([child('one'), child('two')]) });
  expect(report).toMatchObject({ status: 'completed', rowsDelivered: 5 });
  expect(taken['one']?.sort()).toEqual(['u1', 'u3', 'u4', 'u5']);
  expect(taken['two']?.sort()).toEqual(['u2', 'u3', 'u4', 'u5']);
});
