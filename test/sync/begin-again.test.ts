import { Sync } from 'snowmelt';
import type { RunHandle } from 'snowmelt';
import { describe, expect, it } from 'vitest';
import { pass, stopTime } from '../stopped-time.js';
import { testMapper } from './plug-ins.js';
import { setUp } from './set-up.js';

const throughQueue = (handle: RunHandle): RunHandle => JSON.parse(JSON.stringify(handle)) as RunHandle;

describe('begin({ id })', () => {
  it('gives the same handle again, from any process, and queries once', async () => {
    const { options, source } = setUp();
    const handle = await new Sync(options).begin({ id: 'job 7' });
    await new Sync(options).deliverRange(handle, { from: 0, to: 100 });
    expect(await new Sync(options).begin({ id: 'job 7' })).toEqual(throughQueue(handle));
    expect(source.statements).toHaveLength(1);
  });

  it('gives the same handle after its run is completed, which is not done again', async () => {
    const { options, source, sink, state } = setUp();
    const sync = new Sync(options);
    const handle = await sync.begin({ id: 'job 7' });
    await sync.deliverRange(handle, { from: 0, to: 250 });
    await sync.finish(handle);
    const again = await new Sync(options).begin({ id: 'job 7' });
    expect(again).toEqual(throughQueue(handle));
    expect(await sync.deliverRange(again, { from: 0, to: 250 })).toMatchObject({ skipReason: 'already-settled' });
    expect(await sync.finish(again)).toMatchObject({ status: 'completed', rowsDelivered: 250 });
    expect(source.statements).toHaveLength(1);
    expect(sink.accepted).toHaveLength(250);
    const { lease, run } = (await state.get('people'))!.value;
    expect([lease, run]).toEqual([undefined, undefined]);
  });

  it('gives the same handle of a run that it resumed, whatever is settled since', async () => {
    const { options, source } = setUp();
    const sync = new Sync(options);
    const first = await sync.begin({ id: 'job 1' });
    await sync.deliverRange(first, { from: 0, to: 100 });
    await sync.release(first);
    const handle = await sync.begin({ id: 'job 2' });
    expect(handle).toMatchObject({ runId: first.runId, firstRow: 100 });
    expect(handle.fencingToken).toBeGreaterThan(first.fencingToken);
    await sync.deliverRange(handle, { from: 100, to: 200 });
    expect(await sync.begin({ id: 'job 2' })).toEqual(throughQueue(handle));
    expect(source.statements).toHaveLength(1);
  });

  it('leaves a run alone that was begun by another id, or without one', async () => {
    const { options } = setUp();
    const sync = new Sync(options);
    await sync.begin({ id: 'job 1' });
    await expect(sync.begin({ id: 'job 2' })).rejects.toMatchObject({ code: 'LEASE_HELD' });
    await expect(sync.begin()).rejects.toMatchObject({ code: 'LEASE_HELD' });
    const other = new Sync(setUp().options);
    await other.begin();
    await expect(other.begin({ id: 'job 1' })).rejects.toMatchObject({ code: 'LEASE_HELD' });
  });

  it('keeps the run alive, also one whose lease has run out', async () => {
    stopTime();
    const { options, state } = setUp();
    const sync = new Sync(options);
    const handle = await sync.begin({ id: 'job 1', leaseSeconds: 100 });
    const { expiresAt = 0 } = (await state.get('people'))?.value.lease ?? {};
    await pass(150_000);
    expect(await sync.begin({ id: 'job 1' })).toEqual(handle);
    expect((await state.get('people'))?.value.lease?.expiresAt).toBe(expiresAt + 150_000);
    await expect(new Sync(options).begin({ id: 'job 2' })).rejects.toMatchObject({ code: 'LEASE_HELD' });
  });

  it('begins anew after its run was given up', async () => {
    const { options, source } = setUp();
    const sync = new Sync(options);
    const handle = await sync.begin({ id: 'job 1' });
    source.results.clear();
    expect(await sync.deliverRange(handle, { from: 0, to: 250 })).toMatchObject({ error: { code: 'RESULT_EXPIRED' } });
    const anew = await sync.begin({ id: 'job 1' });
    expect(anew.runId).not.toBe(handle.runId);
    expect(await sync.begin({ id: 'job 1' })).toEqual(anew);
    expect(await sync.deliverRange(handle, { from: 0, to: 250 })).toMatchObject({ error: { code: 'LEASE_LOST' } });
    expect(source.statements).toHaveLength(2);
  });

  it('called at the same time by two, it begins one run', async () => {
    const { options, source } = setUp({ lease: { wait: 5 } });
    const handles = await Promise.all([0, 1, 2].map(() => new Sync(options).begin({ id: 'job 1' })));
    expect(new Set(handles.map((handle) => JSON.stringify(handle))).size).toBe(1);
    expect(source.statements).toHaveLength(1);
  });

  it.each(['x'.repeat(201), 7])('refuses the id %j', async (id) => {
    await expect(new Sync(setUp().options).begin({ id: id as string })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});

describe('release', () => {
  it('lets the next run go on at once, without waiting for the lease', async () => {
    const { options, sink, source } = setUp();
    const sync = new Sync(options);
    const handle = await sync.begin();
    await sync.deliverRange(handle, { from: 0, to: 100 });
    await sync.release(throughQueue(handle));
    expect(await sync.run()).toMatchObject({ status: 'completed', resumedFromRow: 100, rowsDelivered: 250 });
    expect(source.statements).toHaveLength(1);
    expect(sink.accepted).toHaveLength(250);
    expect(await sync.deliverRange(handle, { from: 100, to: 200 })).toMatchObject({ skipReason: 'already-settled' });
  });

  it('stops a worker that is busy with a range, whom the next run waits for', async () => {
    const { options, sink, state } = setUp({ checkpoint: { everyRows: 1 } });
    const handle = await new Sync(options).begin();
    let arrived = (): void => undefined;
    let goOn = (): void => undefined;
    const isHeld = new Promise<void>((resolve) => (arrived = resolve));
    const isOver = new Promise<void>((resolve) => (goOn = resolve));
    sink.onWrite = () => {
      arrived();
      return isOver;
    };
    const busy = new Sync(options).deliverRange(handle, { from: 0, to: 250 });
    await isHeld;
    const host = new Sync({ ...options, sink: setUp().sink });
    await host.release(handle);
    await expect(host.begin()).rejects.toMatchObject({ code: 'LEASE_HELD' });
    goOn();
    expect(await busy).toMatchObject({ status: 'failed', error: { code: 'LEASE_LOST' } });
    expect((await state.get('people'))?.value.run?.failure).toBeUndefined();
    expect(await host.begin()).toMatchObject({ runId: handle.runId });
  });

  it('leaves alone what is not the run of the handle any more', async () => {
    const { options, state } = setUp();
    const sync = new Sync(options);
    const old = await sync.begin();
    await sync.release(old);
    await sync.release(old);
    const handle = await sync.begin();
    await sync.release(old);
    expect((await state.get('people'))?.value.lease?.shared).toBe(true);
    await sync.deliverRange(handle, { from: 0, to: 250 });
    await sync.finish(handle);
    await sync.release(handle);
    expect((await state.get('people'))?.value.history).toHaveLength(1);
  });
});

describe('a worker of another version', () => {
  const differs = { name: 'ConfigError', code: 'WORKER_DIFFERS' };

  it('refuses the handle of a newer release', async () => {
    const sync = new Sync(setUp().options);
    const newer = { ...(await sync.begin()), version: 2, removals: 7 };
    await expect(sync.deliverRange(newer as never, { from: 0, to: 1 })).rejects.toMatchObject({
      ...differs,
      message: expect.stringContaining('version 2') as string,
    });
    await expect(sync.finish(newer as never)).rejects.toMatchObject(differs);
    await expect(sync.release(newer as never)).rejects.toMatchObject(differs);
  });

  it('takes the handle of an older one, which has no version', async () => {
    const sync = new Sync(setUp().options);
    const { version, ...older } = await sync.begin();
    expect(version).toBe(1);
    expect(await sync.deliverRange(older as RunHandle, { from: 0, to: 250 })).toMatchObject({ rowsDelivered: 250 });
  });

  it('refuses a run that was begun with another mapper, and does not give it up', async () => {
    const { options } = setUp();
    const handle = await new Sync(options).begin({ id: 'job 1' });
    const other = new Sync({ ...options, mapper: testMapper('another') });
    await expect(other.deliverRange(handle, { from: 0, to: 250 })).rejects.toMatchObject(differs);
    await expect(other.begin({ id: 'job 1' })).rejects.toMatchObject(differs);
    expect(await new Sync(options).deliverRange(handle, { from: 0, to: 250 })).toMatchObject({ rowsDelivered: 250 });
  });
});
