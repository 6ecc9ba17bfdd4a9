import { Sync } from 'snowmelt';
import type { DeadLetter, SyncOptions, TrackMessage } from 'snowmelt';
import { CallbackSink } from 'snowmelt/sinks';
import { describe, expect, it } from 'vitest';
import { testRows } from './plug-ins.js';
import { refuse, setUp } from './set-up.js';

/** A sync of 15,000 rows, 1 % of which are 150, whose rows at these numbers cannot be mapped. */
function withBadRows(isBad: (row: number) => boolean, options: Partial<SyncOptions<TrackMessage>> = {}) {
  const letters: DeadLetter<TrackMessage>[] = [];
  const deadLetter = new CallbackSink<DeadLetter<TrackMessage>>(async (batch) => void letters.push(...batch));
  const all = setUp({ deadLetter, checkpoint: { everyRows: 1_000 }, ...options });
  all.source.rows = testRows(15_000).map((row, index) => (isBad(index) ? [row[0], 'bad'] : row));
  return { ...all, letters };
}

const tooMany = { status: 'failed', error: { code: 'TOO_MANY_REJECTS', details: { rejected: 151, maxRejected: 150 } } };

describe('by default a sync allows as many rejected rows as 1 % of the result', () => {
  it('and not one more', async () => {
    const allowed = withBadRows((row) => row < 150);
    expect(await new Sync(allowed.options).run()).toMatchObject({ status: 'completed', rowsRejected: 150 });
    expect(allowed.letters).toHaveLength(150);
    const oneMore = withBadRows((row) => row < 151);
    expect(await new Sync(oneMore.options).run()).toMatchObject(tooMany);
    expect((await oneMore.state.get('people'))?.value.lastSyncTime).toBe(0);
  });

  it('but 100 of a small one', async () => {
    const { options, source } = withBadRows(() => false);
    source.rows = testRows(250).map((row, index) => (index < 100 ? [row[0], 'bad'] : row));
    expect(await new Sync(options).run()).toMatchObject({ status: 'completed', rowsRejected: 100 });
    source.rows = testRows(250).map((row, index) => (index < 101 ? [row[0], 'bad'] : row));
    expect(await new Sync(options).run()).toMatchObject({
      error: { code: 'TOO_MANY_REJECTS', details: { rejected: 101, maxRejected: 100 } },
    });
  });

  it('also in a range: 1 % of the whole result, not of the range', async () => {
    const allowed = withBadRows((row) => row < 150);
    const sync = new Sync(allowed.options);
    const handle = await sync.begin();
    expect(await sync.deliverRange(handle, { from: 0, to: 5_000 })).toMatchObject({ status: 'completed' });
    const oneMore = withBadRows((row) => row < 151);
    const other = new Sync(oneMore.options);
    expect(await other.deliverRange(await other.begin(), { from: 0, to: 5_000 })).toMatchObject(tooMany);
  });

  it('counted over ranges that are delivered at the same time', async () => {
    // 50 in each of four ranges.
    const { options, state } = withBadRows((row) => row % 3_750 < 50);
    const sync = new Sync(options);
    const handle = await sync.begin();
    const ranges = [0, 3_750, 7_500, 11_250].map((from) => sync.deliverRange(handle, { from, to: from + 3_750 }));
    const reports = await Promise.all(ranges);
    expect(reports.find(({ status }) => status === 'failed')).toMatchObject({ error: { code: 'TOO_MANY_REJECTS' } });
    await expect(sync.finish(handle)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect((await state.get('people'))?.value).toMatchObject({ lastSyncTime: 0, run: { failure: 'TOO_MANY_REJECTS' } });
  });

  it('counted over the ranges of a run, and over its parts before and after an interruption', async () => {
    // 100 below row 5,000, and 51 above.
    const isBad = (row: number): boolean => row < 100 || (row >= 5_000 && row < 5_051);
    const ranges = withBadRows(isBad);
    const sync = new Sync(ranges.options);
    const handle = await sync.begin();
    expect(await sync.deliverRange(handle, { from: 0, to: 5_000 })).toMatchObject({ status: 'completed' });
    expect(await sync.deliverRange(handle, { from: 5_000, to: 15_000 })).toMatchObject(tooMany);

    const resumed = withBadRows(isBad, { concurrency: 1 });
    resumed.sink.onWrite = () => resumed.sink.accepted.length >= 2_000 && refuse();
    expect(await new Sync(resumed.options).run()).toMatchObject({ error: { code: 'SINK_UNREACHABLE' } });
    resumed.sink.onWrite = undefined;
    expect(await new Sync(resumed.options).run()).toMatchObject({ ...tooMany, resumedFromRow: 2_100 });
  });

  it('and none at all without a dead letter', async () => {
    const { options } = withBadRows((row) => row === 7_000, { deadLetter: undefined });
    expect(await new Sync(options).run()).toMatchObject({
      error: { code: 'TOO_MANY_REJECTS', details: { row: 7_000 } },
    });
  });
});
