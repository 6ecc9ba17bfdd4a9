import { expect, test } from 'vitest';
import { deliver, identify, type IdentifyMessage, type Message } from 'snowmelt';
import { collector, mapper, result, type Note } from './rows.js';

const ids = (messages: readonly Message[]): (string | undefined)[] => messages.map(({ messageId }) => messageId).sort();

test('a call without a message id gets one of run id, row and number of the message', async () => {
  const calls = mapper<Message>((row) => [
    { type: 'identify', userId: `u${row}` },
    { type: 'track', userId: `u${row}`, event: 'Seen' },
  ]);
  const { got, sink } = collector<Message>();
  await deliver({ rows: result(2), mapper: calls, sink, runId: 'run' });
  expect(ids(got)).toEqual(['run-0', 'run-0-1', 'run-1', 'run-1-1']);
});

test('the ids of one result are the same in every delivery of it, whole or in part', async () => {
  const calls = mapper<Message>((row) => ({ type: 'identify', userId: `u${row}` }));
  const whole = collector<Message>();
  const rest = collector<Message>();
  await deliver({ rows: result(20), mapper: calls, sink: whole.sink });
  await deliver({ rows: result(20), mapper: calls, sink: rest.sink, from: 15 });
  expect(ids(whole.got)).toEqual(expect.arrayContaining(ids(rest.got)));
  for (const { messageId } of whole.got) expect(messageId).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
});

test('one object that a mapper returns for every row still gets an id of its own for each', async () => {
  const same: IdentifyMessage = Object.freeze({ type: 'identify', userId: 'u' });
  const { got, sink } = collector<Message>();
  await deliver({ rows: result(3), mapper: mapper<Message>(() => same), sink, runId: 'run' });
  expect(ids(got)).toEqual(['run-0', 'run-1', 'run-2']);
});

test("leaves a message's own id and a host's own messages alone", async () => {
  const own = collector<Message>();
  const withId = mapper<Message>((row) => ({ type: 'identify', userId: 'u', messageId: `mine-${row}` }));
  await deliver({ rows: result(1), mapper: withId, sink: own.sink });
  expect(ids(own.got)).toEqual(['mine-0']);
  const host = collector<Note>();
  await deliver({ rows: result(1), mapper: mapper<Note>((row) => ({ row })), sink: host.sink });
  expect(host.got).toEqual([{ row: 0 }]);
});

test('the texts handed to the sink are those that were measured, ids included, each made once', async () => {
  let made = 0;
  const texts: string[] = [];
  const { got, sink } = collector<Message>();
  const columns = [{ name: 'userId', type: 'text', nullable: false }] as const;
  await deliver({
    rows: { ...result(50), columns: [...columns] },
    mapper: identify(),
    runId: 'run',
    sink: {
      ...sink,
      limits: { maxBatchBytes: 400, batchOverheadBytes: 12 },
      serialize: (message) => {
        made += 1;
        return JSON.stringify(message);
      },
      write: async (batch, context) => {
        expect(12 + (context.serialized ?? []).join(',').length).toBeLessThanOrEqual(400);
        texts.push(...(context.serialized ?? []));
        return sink.write(batch, context);
      },
    },
  });
  expect(made).toBe(50);
  expect(texts).toEqual(got.map((message) => JSON.stringify(message)));
  expect(texts.every((text) => text.includes('"messageId":"run-'))).toBe(true);
});
