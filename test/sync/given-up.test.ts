import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStateStore, Sync } from 'snowmelt';
import type { RowRange, RunReport, SyncOptions, TrackMessage } from 'snowmelt';
import { NdjsonSink } from 'snowmelt/sinks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backfillNoted } from '../../src/state/transitions.js';
import { ListSink, testMapper, testRows, type TestRow } from './plug-ins.js';
import { setUp } from './set-up.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-given-up-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Who sent what, in the order of arrival. */
interface Sent {
  readonly who: string;
  readonly userId: string | undefined;
  readonly event: string | undefined;
}

/** A sync of people whose workers write to one destination. */
function scene(options: Partial<SyncOptions<TrackMessage>> = {}) {
  const made = setUp({
    mapper: { ...testMapper(), callType: 'identify' },
    concurrency: 1,
    checkpoint: { everyRows: 10, everySeconds: 0.05 },
    ...options,
  });
  const sent: Sent[] = [];
  const worker = (who: string, onWrite?: ListSink['onWrite'], more: Partial<SyncOptions<TrackMessage>> = {}) => {
    const sink = new ListSink();
    sink.onWrite = async (batch, signal) => {
      await onWrite?.(batch, signal);
      sent.push(...batch.map(({ userId, event }) => ({ who, userId, event })));
    };
    return new Sync({ ...made.options, ...more, sink });
  };
  const from = (who: string): Sent[] => sent.filter((each) => each.who === who);
  const values = () => new Map(sent.map(({ userId, event }) => [userId, event]));
  return { ...made, sent, worker, from, values };
}

/** Stands at the first write until it is told to go on. */
function gate() {
  let [open, arrive] = [(): void => undefined, (): void => undefined];
  const opened = new Promise<void>((resolve) => (open = resolve));
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const pass = async (): Promise<void> => {
    arrive();
    await opened;
  };
  return { open, arrived, pass };
}

const slow = { from: 0, to: 200 };
const bad = { from: 200, to: 250 };
const withBadRows = (): TestRow[] =>
  testRows(250).map(([user, event], row) => [user, row === 210 || row === 249 ? 'bad' : event]);
const allNew = new Map(testRows(250, 'new'));

/** How another worker ends the run for all. */
const failures: readonly (readonly [
  string,
  string,
  (made: ReturnType<typeof scene>) => Promise<RunReport['error']>,
])[] = [
  ['a row that it may not reject', 'TOO_MANY_REJECTS', ({ worker, state }) => fail(state, worker('second'), bad)],
  [
    'too many rejected rows',
    'TOO_MANY_REJECTS',
    ({ worker, state }) => fail(state, worker('second', undefined, lenient(1)), bad),
  ],
  [
    'too many rejected rows of ranges that were delivered at the same time',
    'TOO_MANY_REJECTS',
    async ({ worker, state }) => {
      const { open, arrived, pass } = gate();
      const second = fail(state, worker('second', pass, lenient(1)), { from: 225, to: 250 });
      await arrived;
      expect(await fail(state, worker('third', undefined, lenient(1)), { from: 200, to: 225 })).toBeUndefined();
      open();
      return second;
    },
  ],
  [
    'a result that is gone',
    'RESULT_EXPIRED',
    ({ worker, state, source }) => {
      source.results.clear();
      return fail(state, worker('second'), bad);
    },
  ],
];

/** Allows so many rejected rows. */
function lenient(maxRejected: number): Partial<SyncOptions<TrackMessage>> {
  return { deadLetter: new NdjsonSink({ path: join(folder, 'letters.ndjson') }), maxRejected };
}

async function fail(state: MemoryStateStore, worker: Sync<TrackMessage>, range: RowRange): Promise<RunReport['error']> {
  return (await worker.deliverRange(await handleOf(state), range)).error;
}

async function handleOf(state: MemoryStateStore) {
  const { run, fencingToken } = (await state.get('people'))!.value;
  const { queryId, columnsHash } = run!.ref!;
  const ref = { queryId, columnsHash, rowCount: 250 };
  return { version: 1, sync: 'people', runId: run!.runId, fencingToken, ref, rowCount: 250, firstRow: 0 };
}

describe.each(failures)('a run in ranges that one worker gives up, for %s', (_, code, giveUp) => {
  it('goes on to nobody else before its other worker has noticed, which it does at its next checkpoint', async () => {
    const made = scene();
    const { source, worker, from, sent, values, state } = made;
    source.rows = withBadRows();
    const handle = await worker('host').begin({ leaseSeconds: 900 });
    const { open, arrived, pass } = gate();
    const first = worker('first', () => (from('first').length >= 50 ? pass() : undefined)).deliverRange(handle, slow);
    await arrived;
    expect(await giveUp(made)).toMatchObject({ code });
    expect((await state.get('people'))!.value).toMatchObject({ run: { failure: code } });
    expect((await state.get('people'))!.value.lease).toBeUndefined();

    source.rows = testRows(250, 'new');
    source.time += 100;
    expect(await worker('too early').run()).toMatchObject({ status: 'skipped', skipReason: 'lease-held' });
    await expect(worker('too early').begin()).rejects.toMatchObject({ code: 'LEASE_HELD' });
    await expect(worker('too early').reset()).rejects.toMatchObject({ code: 'LEASE_HELD' });
    const next = worker('next', undefined, { lease: { wait: 60 } }).run();
    open();
    expect(await first).toMatchObject({ status: 'failed', error: { code: 'LEASE_LOST' } });
    expect(await next).toMatchObject({ status: 'completed', queryId: 'query-2', rowsDelivered: 250 });
    // The batch that was on its way, and at most those while the checkpoint was stored.
    expect(from('first').length).toBeLessThanOrEqual(80);
    expect(from('too early')).toEqual([]);
    const begun = sent.findIndex(({ who }) => who === 'next');
    expect(sent.slice(begun).every(({ who }) => who === 'next')).toBe(true);
    expect(values()).toEqual(allNew);
    expect(await state.get(`people/${handle.runId}/0-200`)).toBeUndefined();
    expect((await state.get('people'))!.value.run).toBeUndefined();
  });

  it('is noticed by a worker whose batch takes long as soon as it renews its lease', async () => {
    const made = scene({ lease: { ttlSeconds: 0.6 } });
    const { source, worker, from } = made;
    source.rows = withBadRows();
    const handle = await worker('host').begin({ leaseSeconds: 900 });
    const { arrived, pass } = gate();
    // Its batch is never answered.
    const first = worker('first', pass).deliverRange(handle, slow);
    await arrived;
    expect(await giveUp(made)).toMatchObject({ code });
    expect(await first).toMatchObject({ status: 'failed', error: { code: 'LEASE_LOST' } });
    expect(from('first')).toEqual([]);
    source.rows = testRows(250, 'new');
    expect(await worker('next').run()).toMatchObject({ status: 'completed', rowsDelivered: 250 });
    expect(from('first')).toEqual([]);
  });

  it('is told to its other worker also where the record changes meanwhile', async () => {
    const state = new MemoryStateStore();
    const made = scene({ state });
    const { source, worker, from } = made;
    source.rows = withBadRows();
    const handle = await worker('host').begin({ leaseSeconds: 900 });
    const { open, arrived, pass } = gate();
    const first = worker('first', () => (from('first').length >= 50 ? pass() : undefined)).deliverRange(handle, slow);
    await arrived;
    // A backfill of events is noted beside each write of the run that is given up.
    const { compareAndSet } = state;
    let notes = 0;
    const noting: typeof compareAndSet = async (key, version, value) => {
      const stored = await compareAndSet(key, version, value);
      if (key !== 'people' || value.run?.failure === undefined || notes > 3) return stored;
      notes += 1;
      await compareAndSet(key, stored.version, backfillNoted(value, { runId: `b${notes}`, from: 0, notedAt: 0 }));
      return stored;
    };
    Object.assign(state, { compareAndSet: noting });
    expect(await giveUp({ ...made, state })).toMatchObject({ code });
    Object.assign(state, { compareAndSet });
    expect((await state.get(`people/${handle.runId}/0-200`))!.value.run).toMatchObject({ failure: code });
    open();
    expect(await first).toMatchObject({ status: 'failed', error: { code: 'LEASE_LOST' } });
    expect(from('first').length).toBeLessThanOrEqual(80);
  });
});

describe('a run in ranges whose lease ran out while a worker goes on', () => {
  it('is not taken over before the lease of its range has run out as well', async () => {
    const { worker, from, state } = scene();
    const handle = await worker('host').begin({ leaseSeconds: 900 });
    const { open, arrived, pass } = gate();
    const first = worker('first', () => (from('first').length >= 50 ? pass() : undefined)).deliverRange(handle, slow);
    await arrived;
    const { version, value } = (await state.get('people'))!;
    await state.compareAndSet('people', version, { ...value, lease: { ...value.lease!, expiresAt: 0 } });
    expect(await worker('too early').run()).toMatchObject({ status: 'skipped', skipReason: 'lease-held' });
    open();
    // Nobody has taken its run: the worker goes on with it.
    expect(await first).toMatchObject({ status: 'completed', rowsRead: 200 });
    expect(from('too early')).toEqual([]);
  });
});
