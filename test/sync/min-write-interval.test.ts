import { MemoryStateStore, Sync } from 'snowmelt';
import type { StateStore } from 'snowmelt';
import { beforeEach, describe, expect, it } from 'vitest';
import { passUntil, stopTime } from '../stopped-time.js';
import { testRows } from './plug-ins.js';
import { refuse, setUp } from './set-up.js';

const interval = 400;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A store that takes its time for a write, wants few of them, and notes when they came. */
class SlowStore implements StateStore {
  readonly minWriteIntervalMs = interval;
  readonly inner = new MemoryStateStore();
  readonly writes: { readonly at: number; readonly key: string; readonly settled: number }[] = [];

  readonly get = this.inner.get;
  readonly delete = this.inner.delete;
  readonly compareAndSet: StateStore['compareAndSet'] = async (key, version, value) => {
    this.writes.push({ at: performance.now(), key, settled: value.run?.settled.at(-1)?.to ?? 0 });
    await wait(40);
    return this.inner.compareAndSet(key, version, value);
  };
}

/** A sync of so many batches, each of which takes so long, and the writes between the query and the last batch. */
function slowSync(batches: number, batchMs: number) {
  const state = new SlowStore();
  const { options, sink, source } = setUp({
    state,
    concurrency: 1,
    lease: { ttlSeconds: (3 * interval) / 1000 },
    checkpoint: { everyRows: 10, everySeconds: 0.05 },
  });
  source.rows = testRows(batches * 10);
  let lastBatchAt = Infinity;
  sink.onWrite = async () => {
    await wait(batchMs);
    if (sink.accepted.length === source.rows.length - 10) lastBatchAt = performance.now();
  };
  const sync = new Sync(options);
  let openedAt = 0;
  sync.on('query:done', () => (openedAt = performance.now()));
  const during = (): SlowStore['writes'] => state.writes.filter(({ at }) => at > openedAt && at < lastBatchAt);
  return { sync, state, sink, source, options, during };
}

/** Milliseconds between writes. */
const gapsOf = (writes: SlowStore['writes']): number[] =>
  writes.slice(1).map(({ at }, index) => at - (writes[index]?.at ?? 0));

describe('a store with minWriteIntervalMs', () => {
  beforeEach(stopTime);

  it.each([
    ['a little settles often', 60, 40],
    ['rows settle less often than the lease is looked at', 10, 270],
    ['rows settle less often than the lease is renewed', 4, 700],
  ])('gets one write per interval, checkpoint or renewal, while %s', async (_when, batches, batchMs) => {
    const { sync, state, during, sink, source } = slowSync(batches, batchMs);
    expect(await passUntil(sync.run())).toMatchObject({ status: 'completed', rowsDelivered: source.rows.length });
    expect(sink.accepted).toHaveLength(source.rows.length);
    const writes = during();
    expect(writes.length).toBeGreaterThanOrEqual(4);
    expect(Math.min(...gapsOf(writes))).toBeGreaterThanOrEqual(interval);
    // The last of them is a checkpoint too: at most an interval and a batch are missing.
    const missing = 10 * Math.ceil((interval + 150) / batchMs + 1);
    expect(writes.at(-1)?.settled).toBeGreaterThanOrEqual(source.rows.length - missing);
    const stored = (await state.inner.get('people'))?.value;
    expect(stored).toMatchObject({ lastSyncTime: 1_700_000_000, history: [{ status: 'completed' }] });
    expect([stored?.run, stored?.lease]).toEqual([undefined, undefined]);
  });

  it('gets renewals while nothing settles, one per interval, and the lease holds', async () => {
    const { sync, during, options } = slowSync(1, 2_200);
    const [report, beside] = await passUntil(
      Promise.all([sync.run(), wait(1_900).then(() => new Sync(options).run())]),
    );
    expect([report.status, beside.skipReason]).toEqual(['completed', 'lease-held']);
    const writes = during();
    expect(writes.length).toBeGreaterThanOrEqual(4);
    expect(Math.min(...gapsOf(writes))).toBeGreaterThanOrEqual(interval);
  });

  it('gets the last state of a run that fails at once: the next run repeats nothing', async () => {
    const { sync, state, sink } = slowSync(30, 20);
    const delay = sink.onWrite;
    sink.onWrite = async (...batch) => {
      await delay?.(...batch);
      if (sink.accepted.length === 170) refuse();
    };
    expect(await passUntil(sync.run())).toMatchObject({ status: 'failed', rowsDelivered: 170 });
    expect((await state.inner.get('people'))?.value.run?.settled).toMatchObject([{ from: 0, to: 170 }]);
    sink.onWrite = undefined;
    expect(await passUntil(sync.run())).toMatchObject({ status: 'completed', resumedFromRow: 170 });
    expect(sink.accepted).toHaveLength(300);
  });

  it('gets one write per interval and record while ranges are delivered', async () => {
    const { sync, state, sink } = slowSync(40, 40);
    const handle = await passUntil(sync.begin({ leaseSeconds: (3 * interval) / 1000 }));
    const startedAt = performance.now();
    await passUntil(sync.deliverRange(handle, { from: 0, to: 400 }));
    // The claim and the opening of the range's record write at once, as its end does.
    const endedAt = performance.now();
    const during = state.writes.filter(({ at }) => at > startedAt + 250 && at < endedAt - 250);
    expect(new Set(during.map(({ key }) => key)).size).toBe(2);
    for (const key of new Set(during.map((write) => write.key))) {
      expect(Math.min(...gapsOf(during.filter((write) => write.key === key)))).toBeGreaterThanOrEqual(interval);
    }
    expect(await passUntil(sync.finish(handle))).toMatchObject({ status: 'completed', rowsDelivered: 400 });
    expect(sink.accepted).toHaveLength(400);
  });

  it('refuses leases that would have to be renewed more often', async () => {
    const { options, sync, state } = slowSync(1, 0);
    const short = (3 * interval) / 1000 - 0.001;
    expect(() => new Sync({ ...options, lease: { ttlSeconds: short } })).toThrow(/lease\.ttlSeconds.*at least 1\.2/);
    await expect(sync.begin({ leaseSeconds: short })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      hint: 'Pass at least 1.2.',
    });
    expect(state.writes).toEqual([]);
  });
});
