import { ConfigError, QueryTemplate, StateError, Sync } from 'snowmelt';
import type { StateStore } from 'snowmelt';
import { describe, expect, it } from 'vitest';
import { pass, passUntil, stopTime } from '../stopped-time.js';
import { testMapper } from './plug-ins.js';
import { refuse, setUp } from './set-up.js';

const window = new QueryTemplate(
  'SELECT * FROM people WHERE updated >= {{last_sync_time}} AND updated < {{sync_time}}',
);

describe('Sync.backfill', () => {
  it('sends history again and does not move last_sync_time', async () => {
    const { options, source, state } = setUp({ query: window });
    const sync = new Sync(options);
    await sync.run();
    source.time += 100;
    const report = await sync.backfill({ from: new Date('2023-01-01'), to: 1_690_000_000 });
    expect(report).toMatchObject({ status: 'completed', rowsRead: 250 });
    expect(report.lastSyncTime).toEqual({ before: 1_700_000_000, after: 1_700_000_000 });
    expect(source.statements[1]?.binds).toEqual(['1672531200', '1690000000']);
    const stored = (await state.get('people'))!.value;
    expect(stored).toMatchObject({ lastSyncTime: 1_700_000_000, backfills: [] });
    expect(stored.lease).toBeUndefined();
  });

  it('resumes when called again with the same times, and starts anew after its end', async () => {
    const { options, source, sink, state } = setUp({ concurrency: 1 });
    const sync = new Sync(options);
    sink.onWrite = () => sink.accepted.length >= 100 && refuse();
    const failed = await sync.backfill({ from: 0 });
    expect(failed.status).toBe('failed');
    const [entry] = (await sync.status()).backfills;
    expect(entry).toMatchObject({ from: 0 });
    expect(await state.get(`people/${entry!.runId}`)).toBeDefined();
    sink.onWrite = undefined;
    expect(await sync.backfill({ from: 0 })).toMatchObject({
      status: 'completed',
      runId: failed.runId,
      resumedFromRow: 100,
    });
    expect(sink.accepted).toHaveLength(250);
    expect(await state.get(`people/${entry!.runId}`)).toBeUndefined();
    expect(await sync.backfill({ from: 0 })).toMatchObject({ status: 'completed', queryId: 'query-2' });
    expect(source.statements).toHaveLength(2);
  });

  it('that was cut off between its end and the note of it is sent again, and says so', async () => {
    const { options, source, sink, state } = setUp();
    let isCutOff = true;
    const store: StateStore = {
      get: state.get,
      delete: state.delete,
      compareAndSet: async (key, version, value) => {
        // What is noted at the end is that no backfill is open.
        if (isCutOff && key === 'people' && value.backfills?.length === 0)
          throw new StateError('STATE_UNREADABLE', 'gone');
        return state.compareAndSet(key, version, value);
      },
    };
    const sync = new Sync({ ...options, state: store });
    expect(await sync.backfill({ from: 0 })).toMatchObject({ status: 'completed', rowsDelivered: 250 });
    const [entry] = (await sync.status()).backfills;
    expect(entry).toMatchObject({ from: 0 });
    isCutOff = false;
    const warnings: string[] = [];
    sync.on('warning', ({ code }) => void warnings.push(code));
    expect(await sync.backfill({ from: 0 })).toMatchObject({ status: 'completed', rowsDelivered: 250 });
    expect(warnings).toEqual(['BACKFILL_RESTARTED']);
    expect(sink.accepted).toHaveLength(500);
    expect(source.statements).toHaveLength(2);
    expect(await state.get(`people/${entry!.runId}`)).toBeUndefined();
    expect((await sync.status()).backfills).toEqual([]);
  });

  it('that completed says so once, also when its lease cannot be given back', async () => {
    stopTime();
    const { options, state } = setUp({ mapper: { ...testMapper(), callType: 'custom' }, lease: { ttlSeconds: 0.3 } });
    const store: StateStore = {
      get: state.get,
      delete: state.delete,
      compareAndSet: async (key, version, value) => {
        if (key === 'people' && value.lease === undefined) throw new StateError('STATE_UNAVAILABLE', 'away');
        return state.compareAndSet(key, version, value);
      },
    };
    const sync = new Sync({ ...options, state: store });
    const ends: string[] = [];
    sync.on('run:complete', () => ends.push('complete')).on('run:fail', () => ends.push('fail'));
    expect(await passUntil(sync.backfill({ from: 0 }))).toMatchObject({ status: 'completed', rowsDelivered: 250 });
    expect(ends).toEqual(['complete']);
  });

  it('of events runs beside the sync', async () => {
    const { options, sink } = setUp();
    const sync = new Sync(options);
    let live: Promise<unknown> | undefined;
    sink.onWrite = async () => {
      // The writes of the inner run must not wait for it.
      if (live !== undefined) return;
      live = sync.run();
      await live;
    };
    await sync.backfill({ from: 0 });
    expect(await live).toMatchObject({ status: 'completed' });
  });

  it.each([
    [false, 'skipped'],
    [true, 'completed'],
  ])('of people keeps the sync out unless concurrent is set (%s)', async (concurrent, status) => {
    const { options, sink } = setUp({ mapper: { ...testMapper(), callType: 'identify' } });
    const sync = new Sync(options);
    let live: Promise<unknown> | undefined;
    sink.onWrite = async () => {
      // The writes of the inner run must not wait for it.
      if (live !== undefined) return;
      live = sync.run();
      await live;
    };
    expect(await sync.backfill({ from: 0, concurrent })).toMatchObject({ status: 'completed', rowsRead: 250 });
    expect(await live).toMatchObject({ status });
    expect((await sync.status()).holder).toBeUndefined();
  });

  it('of people is skipped while the sync runs', async () => {
    const { options, sink } = setUp({ mapper: { ...testMapper(), callType: 'identify' } });
    const sync = new Sync(options);
    let other: Promise<unknown> | undefined;
    sink.onWrite = async () => {
      if (other !== undefined) return;
      other = sync.backfill({ from: 0 });
      await other;
    };
    await sync.run();
    expect(await other).toMatchObject({ status: 'skipped', skipReason: 'lease-held' });
  });

  it('of a disabled sync is skipped and not noted', async () => {
    const { options, state } = setUp({ enabled: false });
    expect(await new Sync(options).backfill({ from: 0 })).toMatchObject({ status: 'skipped', skipReason: 'disabled' });
    expect(await state.get('people')).toBeUndefined();
  });

  it('refuses wrong times', async () => {
    const sync = new Sync(setUp().options);
    await expect(sync.backfill({ from: 0, to: 5 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('{{sync_time}}'),
    });
    await expect(sync.backfill({ from: -1 })).rejects.toThrow(ConfigError);
    await expect(sync.backfill({ from: Date.now() * 1000 })).rejects.toThrow(ConfigError);
    await expect(new Sync(setUp({ query: window }).options).backfill({ from: 9, to: 5 })).rejects.toThrow(ConfigError);
  });
});

describe('Sync.status and Sync.reset', () => {
  it('show and set last_sync_time and the open run', async () => {
    const { options, sink, source } = setUp({ concurrency: 1 });
    const sync = new Sync(options);
    expect(await sync.status()).toMatchObject({ sync: 'people', lastSyncTime: 0, history: [] });
    sink.onWrite = () => sink.accepted.length >= 100 && refuse();
    const failed = await sync.run();
    expect(await sync.status()).toMatchObject({ run: { runId: failed.runId, rowCount: 250, counts: { read: 100 } } });
    await sync.reset({ lastSyncTime: new Date(1_600_000_000_000) });
    const status = await sync.status();
    expect(status).toMatchObject({ lastSyncTime: 1_600_000_000, history: [{ status: 'abandoned', reason: 'RESET' }] });
    expect(status.run).toBeUndefined();
    sink.onWrite = undefined;
    await sync.run();
    expect(source.statements[1]?.binds).toEqual(['1600000000']);
  });

  it('give the lease back when a reset fails half-way', async () => {
    stopTime();
    const { options, sink, state } = setUp();
    sink.onWrite = refuse;
    const store: StateStore = {
      get: state.get,
      compareAndSet: state.compareAndSet,
      delete: async () => {
        throw new StateError('STATE_UNREADABLE', 'broken');
      },
    };
    const sync = new Sync({ ...options, state: store });
    const handle = await sync.begin({ leaseSeconds: 0.1 });
    expect(await sync.deliverRange(handle, { from: 0, to: 50 })).toMatchObject({ status: 'failed' });
    await pass(150);
    await expect(sync.reset()).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
    expect((await sync.status()).holder).toBeUndefined();
  });

  it('remember the last twenty runs', async () => {
    const { options, source } = setUp();
    source.rows = [];
    const sync = new Sync(options);
    for (let i = 0; i < 25; i++) await sync.run();
    expect((await sync.status()).history).toHaveLength(20);
  });
});
