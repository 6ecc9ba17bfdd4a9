import { Sync, fromAsyncIterable } from 'snowmelt';
import { describe, expect, it } from 'vitest';
import { testRows } from './plug-ins.js';
import { setUp } from './set-up.js';

describe('the circuit breaker', () => {
  it.each([
    ['more rows than maxRows', { maxRows: 249 }, testRows(250)],
    ['no rows', { zeroRows: true }, []],
    ['more deletions than maxDeletes', { maxDeletes: 2 }, [...testRows(50), ...testRows(3, 'User Deleted')]],
  ])('stops %s before the first write', async (_what, breaker, rows) => {
    const { options, source, sink } = setUp({ breaker });
    source.rows = rows;
    const sync = new Sync(options);
    expect(await sync.run()).toMatchObject({ status: 'failed', error: { code: 'BREAKER_TRIPPED' } });
    expect(sink.accepted).toEqual([]);
    const status = await sync.status();
    expect(status.run).toBeUndefined();
    expect(status).toMatchObject({ lastSyncTime: 0, history: [{ status: 'failed', reason: 'BREAKER_TRIPPED' }] });
    source.rows = testRows(10);
    expect(await sync.run()).toMatchObject({ status: 'completed', queryId: 'query-2' });
  });

  it('tells a source that fails while deletions are counted from code of the host', async () => {
    const { options, source } = setUp({ breaker: { maxDeletes: 2 } });
    source.onRead = () => {
      throw new Error('net');
    };
    expect(await new Sync(options).run()).toMatchObject({
      status: 'failed',
      error: { code: 'SOURCE_FAILED', retryable: true, message: 'Reading the rows failed with Error.' },
    });
  });

  it('lets pass what is within the limits', async () => {
    const { options, source } = setUp({ breaker: { maxRows: 53, zeroRows: true, maxDeletes: 3, maxRowsFactor: 2 } });
    source.rows = [...testRows(50), ...testRows(3, 'User Suppressed')];
    expect(await new Sync(options).run()).toMatchObject({ status: 'completed', rowsRead: 53 });
  });

  it('knows what is usual after three completed runs', async () => {
    const { options, source } = setUp({ breaker: { maxRowsFactor: 3 } });
    const sync = new Sync(options);
    for (const rows of [100, 10, 12]) {
      source.rows = testRows(rows);
      expect((await sync.run()).status).toBe('completed');
    }
    source.rows = testRows(37);
    expect(await sync.run()).toMatchObject({ error: { code: 'BREAKER_TRIPPED', details: { rows: 37, usual: 12 } } });
    source.rows = testRows(36);
    expect((await sync.run()).status).toBe('completed');
  });

  it('does not forget what is usual, however often it stops a run', async () => {
    const { options, source, sink } = setUp({ breaker: { maxRowsFactor: 3 } });
    const sync = new Sync(options);
    source.rows = testRows(10);
    for (let run = 0; run < 15; run += 1) await sync.run();
    const sent = sink.accepted.length;
    source.rows = testRows(100);
    for (let run = 0; run < 30; run += 1) {
      expect(await sync.run()).toMatchObject({ error: { code: 'BREAKER_TRIPPED', details: { usual: 10 } } });
    }
    expect(sink.accepted).toHaveLength(sent);
    expect((await sync.status()).history).toHaveLength(20);
    source.rows = testRows(30);
    expect((await sync.run()).status).toBe('completed');
  });

  it('takes runs without rows for no measure', async () => {
    const { options, source } = setUp({ breaker: { maxRowsFactor: 3 } });
    const sync = new Sync(options);
    for (const rows of [0, 0, 0, 0, 1, 2, 3, 0, 0, 6]) {
      source.rows = testRows(rows);
      expect((await sync.run()).status).toBe('completed');
    }
    source.rows = testRows(10);
    expect(await sync.run()).toMatchObject({ error: { code: 'BREAKER_TRIPPED', details: { usual: 3 } } });
  });

  it('refuses a source that does not know its row count', async () => {
    const source = fromAsyncIterable(
      async function* () {
        yield { userId: 'u', event: 'e' };
      },
      { columns: ['userId', 'event'] },
    );
    const { options } = setUp({ source, query: undefined, breaker: { maxRows: 5 } });
    expect(await new Sync(options).run()).toMatchObject({ status: 'failed', error: { code: 'CONFIG_INVALID' } });
  });
});
