import { expect, it } from 'vitest';
import { fromAsyncIterable, identify, MemoryStateStore, Sync } from 'snowmelt';
import { CallbackSink } from 'snowmelt/sinks';
import { showStatus } from '../../src/cli/commands/show-status.js';

async function statusOf(sync: unknown): Promise<string> {
  let text = '';
  const output = { result: (_value: unknown, shown: string) => (text += shown) } as unknown as Parameters<
    typeof showStatus
  >[1];
  await showStatus([sync as Sync<unknown>], output);
  return text;
}

it('tells a sync that was reset from one that has never completed a run', async () => {
  const source = fromAsyncIterable(
    async function* () {
      yield { userId: 'u' };
    },
    { columns: ['userId'] },
  );
  const sink = new CallbackSink(async () => undefined);
  const sync = new Sync({ name: 'people', source, mapper: identify(), sink, state: new MemoryStateStore() });
  expect(await statusOf(sync)).toContain('last_sync_time 0 (never completed)');
  (await sync.run()).throwIfFailed();
  await sync.reset();
  const text = await statusOf(sync);
  expect(text).toContain('last_sync_time 0 (the next run sends everything)');
  expect(text).toContain('last run: completed');
});
