import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { MemoryStateStore, SinkError, Sync, defineMapper, fromAsyncIterable } from '../../src/index.js';
import { CallbackSink } from '../../src/sinks.js';
import { refuse, setUp } from './set-up.js';

describe('the logger of a sync', () => {
  it('may be a pino logger as it is', async () => {
    const lines: string[] = [];
    let fails = false;
    const sync = new Sync({
      name: 'people',
      source: fromAsyncIterable(
        async function* () {
          yield { id: 'secret-id' };
        },
        { columns: ['id'] },
      ),
      mapper: defineMapper((row) => ({ type: 'identify' as const, userId: row['id'] as string })),
      sink: new CallbackSink(async () => {
        if (fails) throw new SinkError('SINK_UNAUTHORIZED', 'refused', { retryable: false });
      }),
      state: new MemoryStateStore(),
      logger: pino({ level: 'info' }, { write: (line: string) => lines.push(line) }),
    });
    (await sync.run()).throwIfFailed();
    fails = true;
    await sync.run();
    const entries = lines.map(
      (line) => JSON.parse(line) as { level: number; msg: string; sync: string; code?: string },
    );
    expect(entries).toMatchObject([
      { level: 30, sync: 'people', msg: 'run completed' },
      { level: 50, sync: 'people', code: 'SINK_UNAUTHORIZED' },
    ]);
    expect(lines.join('')).not.toContain('secret-id');
  });

  it('that throws or rejects touches neither a run that completes nor one that fails', async () => {
    const broken: (() => unknown)[] = [
      () => {
        throw new Error('disk full');
      },
      () => Promise.reject(new Error('disk full')),
    ];
    for (const log of broken) {
      const { options, sink } = setUp({ logger: { info: log, warn: log, error: log } });
      const sync = new Sync(options);
      expect(await sync.run()).toMatchObject({ status: 'completed' });
      sync.on('query:done', () => {
        throw new Error('listener');
      });
      sink.onWrite = refuse;
      expect(await sync.run()).toMatchObject({ status: 'failed', error: { code: 'SINK_UNREACHABLE' } });
    }
  });
});
