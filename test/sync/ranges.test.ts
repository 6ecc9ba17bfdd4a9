import { StateError, Sync } from 'snowmelt';
import type { RunHandle, StateStore } from 'snowmelt';
import { describe, expect, it } from 'vitest';
import { pass, stopTime } from '../stopped-time.js';
import { testMapper, testRows } from './plug-ins.js';
import { refuse, setUp } from './set-up.js';

const throughQueue = (handle: RunHandle): RunHandle => JSON.parse(JSON.stringify(handle)) as RunHandle;

describe('a run in ranges', () => {
  it('finished by two processes at the same moment is finished once, for both', async () => {
    const { options, state } = setUp();
    const handle = throughQueue(await new Sync(options).begin());
    await new Sync(options).deliverRange(handle, { from: 0, to: 250 });
    const reports = await Promise.all([0, 1, 2].map(() => new Sync(options).finish(handle)));
    for (const report of reports) expect(report).toMatchObject({ status: 'completed', rowsRead: 250 });
    expect((await state.get('people'))?.value.history).toHaveLength(1);
  });

  it('gives the same books as one run', async () => {
    const { options, sink, state } = setUp();
    const handle = throughQueue(await new Sync(options).begin());
    expect(handle).toMatchObject({ sync: 'people', rowCount: 250, firstRow: 0, ref: { queryId: 'query-1' } });
    const ranges = [0, 100, 200].map((from) => ({ from, to: Math.min(from + 100, 250) }));
    const reports = await Promise.all(ranges.map((range) => new Sync(options).deliverRange(handle, range)));
    expect(reports.map(({ status, rowsRead }) => [status, rowsRead])).toEqual([
      ['completed', 100],
      ['completed', 100],
      ['completed', 50],
    ]);
    const report = await new Sync(options).finish(handle);
    expect(report).toMatchObject({ status: 'completed', rowsRead: 250, rowsDelivered: 250, messages: 250 });
    expect(report.lastSyncTime).toEqual({ before: 0, after: 1_700_000_000 });
    expect(sink.accepted).toHaveLength(250);
    const stored = (await state.get('people'))?.value;
    expect(stored).toMatchObject({ lastSyncTime: 1_700_000_000 });
    expect(stored?.run).toBeUndefined();
    expect(stored?.lease).toBeUndefined();
    for (const { from, to } of ranges) expect(await state.get(`people/${handle.runId}/${from}-${to}`)).toBeUndefined();
  });

  it('settles a range once when its job is delivered twice, one after the other', async () => {
    const { options, sink } = setUp();
    const sync = new Sync(options);
    const handle = await sync.begin();
    await sync.deliverRange(handle, { from: 0, to: 250 });
    expect(await sync.deliverRange(handle, { from: 0, to: 250 })).toMatchObject({
      status: 'skipped',
      skipReason: 'already-settled',
      rowsRead: 0,
    });
    expect(await sync.finish(handle)).toMatchObject({ rowsRead: 250, rowsDelivered: 250 });
    expect(sink.accepted).toHaveLength(250);
  });

  it('settles a range once when its job is delivered twice at the same time', async () => {
    const { options, sink } = setUp();
    const handle = await new Sync(options).begin();
    const reports = await Promise.all(
      Array.from({ length: 4 }, () => new Sync(options).deliverRange(handle, { from: 0, to: 250 })),
    );
    expect(reports.map(({ status }) => status).sort()).toEqual(['completed', 'skipped', 'skipped', 'skipped']);
    expect(sink.accepted).toHaveLength(250);
    expect(await new Sync(options).finish(handle)).toMatchObject({ rowsRead: 250 });
  });

  it('refuses to finish while rows are unsettled, and names them', async () => {
    const { options } = setUp();
    const sync = new Sync(options);
    const handle = await sync.begin();
    await sync.deliverRange(handle, { from: 0, to: 100 });
    await sync.deliverRange(handle, { from: 200, to: 250 });
    await expect(sync.finish(handle)).rejects.toMatchObject({
      code: 'RUN_UNFINISHED',
      details: { from: 100, to: 200 },
    });
    await sync.deliverRange(handle, { from: 100, to: 200 });
    expect(await sync.finish(handle)).toMatchObject({ status: 'completed', rowsRead: 250 });
    expect(await sync.finish(handle)).toMatchObject({ status: 'completed', rowsRead: 250 });
  });

  it('resumes a failed range at its checkpoint', async () => {
    const { options, sink } = setUp({ concurrency: 1 });
    const sync = new Sync(options);
    const handle = await sync.begin();
    sink.onWrite = () => sink.accepted.length >= 60 && refuse();
    const range = { from: 100, to: 250 };
    expect(await sync.deliverRange(handle, range)).toMatchObject({
      status: 'failed',
      error: { code: 'SINK_UNREACHABLE' },
    });
    sink.onWrite = undefined;
    expect(await sync.deliverRange(handle, range)).toMatchObject({
      status: 'completed',
      resumedFromRow: 160,
      rowsRead: 150,
    });
    await sync.deliverRange(handle, { from: 0, to: 100 });
    expect(await sync.finish(handle)).toMatchObject({ rowsRead: 250, rowsDelivered: 250 });
    expect(sink.accepted).toHaveLength(250);
  });

  it.each([
    ['before a range is resumed', { from: 0, to: 100 }],
    ['between two ranges', { from: 100, to: 250 }],
  ])('is given up when its result has another order %s', async (_when, range) => {
    const { options, sink, source } = setUp({ concurrency: 1 });
    const sync = new Sync(options);
    const handle = await sync.begin();
    if (range.from === 0) sink.onWrite = () => sink.accepted.length >= 50 && refuse();
    await sync.deliverRange(handle, { from: 0, to: 100 });
    sink.onWrite = undefined;
    source.results.set(handle.ref.queryId, [...source.rows].reverse());
    const again = await sync.deliverRange(handle, range);
    expect(again).toMatchObject({ status: 'failed', error: { code: 'RESULT_EXPIRED' } });
    await expect(sync.finish(handle)).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });

  it('opens its result once in a process, and anew in another one', async () => {
    const { options, source } = setUp();
    const sync = new Sync(options);
    const handle = await sync.begin();
    await sync.deliverRange(handle, { from: 0, to: 100 });
    await sync.deliverRange(handle, { from: 100, to: 150 });
    expect(source.reopened).toBe(0);
    const other = new Sync(options);
    await other.deliverRange(handle, { from: 150, to: 200 });
    await other.deliverRange(handle, { from: 200, to: 250 });
    expect(source.reopened).toBe(1);
    expect(await sync.finish(handle)).toMatchObject({ rowsDelivered: 250 });
    // The next run has a result of its own.
    const next = await other.begin();
    await other.deliverRange(next, { from: 0, to: 250 });
    expect(await other.finish(next)).toMatchObject({ queryId: 'query-2', rowsDelivered: 250 });
    expect(source.reopened).toBe(1);
  });

  it('has two ranges at the same time read two results', async () => {
    const { options, source, sink } = setUp();
    const sync = new Sync(options);
    const handle = await sync.begin();
    await Promise.all([0, 1].map((at) => sync.deliverRange(handle, { from: at * 125, to: at * 125 + 125 })));
    expect(source.reopened).toBe(1);
    expect(sink.users.size).toBe(250);
    await sync.finish(handle);
  });

  it('keeps other runs out until it is finished', async () => {
    const { options } = setUp();
    const sync = new Sync(options);
    await sync.begin();
    expect(await sync.run()).toMatchObject({ status: 'skipped', skipReason: 'lease-held' });
    await expect(sync.begin()).rejects.toMatchObject({ code: 'LEASE_HELD' });
    await expect(sync.reset()).rejects.toMatchObject({ code: 'LEASE_HELD' });
    expect((await sync.status()).holder).toMatchObject({ shared: true });
  });

  it('is taken over by run() when its lease has expired: settled ranges and checkpoints count, old handles do not', async () => {
    stopTime();
    const { options, sink, state } = setUp({ concurrency: 1 });
    const sync = new Sync(options);
    const handle = await sync.begin({ leaseSeconds: 0.2 });
    await sync.deliverRange(handle, { from: 50, to: 100 });
    sink.onWrite = () => sink.accepted.length >= 80 && refuse();
    await sync.deliverRange(handle, { from: 150, to: 250 });
    sink.onWrite = undefined;
    await pass(250);
    expect(await sync.run()).toMatchObject({
      status: 'completed',
      runId: handle.runId,
      resumedFromRow: 0,
      rowsRead: 250,
      rowsDelivered: 250,
    });
    expect(sink.accepted).toHaveLength(250);
    expect(await state.get(`people/${handle.runId}/150-250`)).toBeUndefined();
    expect(await sync.deliverRange(handle, { from: 0, to: 50 })).toMatchObject({ skipReason: 'already-settled' });
  });

  it('refuses handles of an earlier holder', async () => {
    stopTime();
    const { options, sink } = setUp();
    const sync = new Sync(options);
    const old = await sync.begin({ leaseSeconds: 0.1 });
    await pass(150);
    const handle = await sync.begin();
    expect(handle.runId).toBe(old.runId);
    expect(handle.fencingToken).toBeGreaterThan(old.fencingToken);
    expect(await sync.deliverRange(old, { from: 0, to: 10 })).toMatchObject({
      status: 'failed',
      error: { code: 'LEASE_LOST' },
    });
    await expect(sync.finish(old)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(sink.accepted).toHaveLength(0);
  });

  it('revives a lease that expired while the jobs waited, as long as nobody took it', async () => {
    stopTime();
    const { options } = setUp();
    const sync = new Sync(options);
    const handle = await sync.begin({ leaseSeconds: 0.1 });
    await pass(150);
    expect(await sync.deliverRange(handle, { from: 0, to: 250 })).toMatchObject({ status: 'completed' });
    await pass(150);
    expect(await sync.finish(handle)).toMatchObject({ status: 'completed' });
  });

  it('is given up as a whole after too many rejects, and queried afresh', async () => {
    const { options, source } = setUp();
    source.rows = [...testRows(100), ['x', 'bad']];
    const sync = new Sync(options);
    const handle = await sync.begin({ leaseSeconds: 900 });
    expect(await sync.deliverRange(handle, { from: 50, to: 101 })).toMatchObject({
      error: { code: 'TOO_MANY_REJECTS' },
    });
    // Neither the lease of its workers nor late jobs keep the next run out.
    expect(await sync.deliverRange(handle, { from: 0, to: 50 })).toMatchObject({ error: { code: 'LEASE_LOST' } });
    await expect(sync.finish(handle)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    source.rows = testRows(101);
    expect(await sync.run()).toMatchObject({ status: 'completed', queryId: 'query-2', rowsRead: 101 });
    expect(await sync.deliverRange(handle, { from: 0, to: 50 })).toMatchObject({ error: { code: 'LEASE_LOST' } });
  });

  it('is given up when its result is gone, and queried afresh at once', async () => {
    const { options, source } = setUp();
    const sync = new Sync(options);
    const handle = await sync.begin();
    source.results.clear();
    expect(await sync.deliverRange(handle, { from: 0, to: 50 })).toMatchObject({ error: { code: 'RESULT_EXPIRED' } });
    expect(await sync.run()).toMatchObject({ status: 'completed', queryId: 'query-2' });
  });

  it('has a lease of this process alone until there is a handle', async () => {
    const { options, source, state } = setUp();
    const leaseOf = async () => (await state.get('people'))?.value.lease;
    let during: Awaited<ReturnType<typeof leaseOf>>;
    const { execute, reopen, now, close } = source;
    const watched = {
      reopen,
      now,
      close,
      execute: async (...call: Parameters<typeof execute>) => {
        during = await leaseOf();
        return execute(...call);
      },
    };
    await new Sync({ ...options, source: watched }).begin({ leaseSeconds: 900 });
    expect(during).toMatchObject({ ttlMs: 60_000 });
    expect(during).not.toHaveProperty('shared');
    expect(await leaseOf()).toMatchObject({ ttlMs: 900_000, shared: true });
    expect((await leaseOf())!.expiresAt - Date.now()).toBeGreaterThan(800_000);
  });

  it('leaves no record of a range behind whose worker was killed before it could remove it', async () => {
    const { options, state } = setUp();
    let isKilled = true;
    const store: StateStore = {
      get: state.get,
      compareAndSet: state.compareAndSet,
      delete: async (key, version) => {
        if (isKilled && key.endsWith('/0-250')) throw new StateError('STATE_UNREADABLE', 'killed');
        return state.delete(key, version);
      },
    };
    const sync = new Sync({ ...options, state: store });
    const handle = await sync.begin();
    expect((await sync.deliverRange(handle, { from: 0, to: 250 })).status).toBe('failed');
    isKilled = false;
    expect(await sync.deliverRange(handle, { from: 0, to: 250 })).toMatchObject({ skipReason: 'already-settled' });
    expect(await state.get(`people/${handle.runId}/0-250`)).toBeDefined();
    expect(await sync.finish(handle)).toMatchObject({ status: 'completed', rowsRead: 250 });
    expect(await state.get(`people/${handle.runId}/0-250`)).toBeUndefined();
  });

  it('tells an abort as such, whenever it comes', async () => {
    const { options } = setUp();
    const sync = new Sync(options);
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(sync.begin({ signal })).rejects.toMatchObject({ code: 'ABORTED' });
    const handle = await sync.begin();
    await sync.deliverRange(handle, { from: 0, to: 250 });
    await expect(sync.finish(handle, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await sync.finish(handle)).toMatchObject({ status: 'completed' });
  });

  it('refuses wrong handles, ranges and workers', async () => {
    const { options } = setUp();
    const sync = new Sync(options);
    const handle = await sync.begin();
    const wrong = { code: 'CONFIG_INVALID' };
    await expect(sync.deliverRange({} as RunHandle, { from: 0, to: 1 })).rejects.toMatchObject(wrong);
    await expect(sync.deliverRange({ ...handle, sync: 'other' }, { from: 0, to: 1 })).rejects.toMatchObject(wrong);
    await expect(sync.deliverRange(handle, { from: 5, to: 4 })).rejects.toMatchObject(wrong);
    await expect(sync.deliverRange(handle, { from: 0, to: 251 })).rejects.toMatchObject(wrong);
    const other = new Sync({ ...options, mapper: testMapper('other') });
    await expect(other.deliverRange(handle, { from: 0, to: 250 })).rejects.toMatchObject({ code: 'WORKER_DIFFERS' });
  });
});
