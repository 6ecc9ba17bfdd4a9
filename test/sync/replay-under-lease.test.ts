import {
  MemoryStateStore,
  replayDeadLetters,
  Sync,
  type DeadLetter,
  type IdentifyMessage,
  type TrackMessage,
} from 'snowmelt';
import { expect, it } from 'vitest';
import { ArraySource, ListSink, testMapper, testRows } from './plug-ins.js';

const letter = (message: IdentifyMessage | TrackMessage): DeadLetter<TrackMessage> => ({
  sync: 'people',
  runId: 'r',
  row: 0,
  code: 'HTTP_400',
  reason: 'refused',
  message: message as TrackMessage,
});

const bought: TrackMessage = { type: 'track', userId: 'u1', event: 'Bought' };

it('holds the lease of the sync: no run begins meanwhile, and none is cut in two', async () => {
  const source = new ArraySource(testRows(3));
  const sink = new ListSink();
  const sync = new Sync({ name: 'people', source, mapper: testMapper(), sink, state: new MemoryStateStore() });
  let during: string | undefined;
  async function* entries(): AsyncGenerator<DeadLetter<TrackMessage>> {
    during = (await sync.run()).skipReason;
    yield letter(bought);
  }
  expect(await replayDeadLetters(entries(), { sync })).toMatchObject({ status: 'completed', messages: 1 });
  expect(during).toBe('lease-held');
  expect(await sync.run()).toMatchObject({ status: 'completed', rowsDelivered: 3 });

  let whileRunning: unknown;
  source.rows = testRows(5);
  source.onRead = async () => {
    whileRunning ??= await replayDeadLetters([letter(bought)], { sync }).catch((error: unknown) => error);
  };
  await sync.run();
  expect(whileRunning).toMatchObject({ code: 'LEASE_HELD' });
});

it.each([
  ['identify', { type: 'identify', userId: 'u1', traits: { plan: 'old' } } satisfies IdentifyMessage],
  ["a message of one's own", { id: 'u1' } as unknown as IdentifyMessage],
])('sends a stored %s as it was only when told to', async (_what, message) => {
  const sink = new ListSink();
  const refused = await replayDeadLetters([letter(bought), letter(message)], { sink });
  expect(refused).toMatchObject({ status: 'failed', error: { code: 'REPLAY_IMPOSSIBLE' } });
  expect(refused.error?.hint).toContain('asStored: true');
  expect(await replayDeadLetters([letter(message)], { sink, asStored: true })).toMatchObject({ messages: 1 });
});
