import { Sync } from 'snowmelt';
import type { RowRange } from 'snowmelt';
import { describe, expect, it } from 'vitest';
import { refuse, setUp } from './set-up.js';

const claimed: RowRange = { from: 80, to: 160 };
const refused = { code: 'CONFIG_INVALID', hint: expect.stringContaining('once') as string };

const overlapping: readonly (readonly [how: string, range: RowRange])[] = [
  ['inside', { from: 100, to: 120 }],
  ['around', { from: 50, to: 200 }],
  ['over its left end', { from: 60, to: 81 }],
  ['over its right end', { from: 159, to: 200 }],
  ['inside with the same start', { from: 80, to: 120 }],
  ['around with the same end', { from: 0, to: 160 }],
];

describe('a range that overlaps one of another job', () => {
  it.each(overlapping)('is refused while that is delivered: %s', async (_how, range) => {
    const { options, sink, state } = setUp({ concurrency: 1 });
    const handle = await new Sync(options).begin();
    let goOn: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (goOn = resolve));
    const isBusy = new Promise<void>((resolve) => {
      sink.onWrite = () => {
        resolve();
        return blocked;
      };
    });
    const first = new Sync(options).deliverRange(handle, claimed);
    await isBusy;
    await expect(new Sync(options).deliverRange(handle, range)).rejects.toMatchObject({
      ...refused,
      message: `Sync "people": the rows ${range.from} to ${range.to} overlap the range 80 to 160 of another job.`,
    });
    expect((await state.get('people'))?.value.run?.claimed).toEqual([claimed]);
    expect(await state.get(`people/${handle.runId}/${range.from}-${range.to}`)).toBeUndefined();
    goOn();
    expect(await first).toMatchObject({ status: 'completed', rowsRead: 80 });
    expect(sink.accepted).toHaveLength(80);
  });

  it.each(overlapping)(
    'is refused after that has failed, until its own job has settled it: %s',
    async (_how, range) => {
      const { options, sink } = setUp({ concurrency: 1 });
      const sync = new Sync(options);
      const handle = await sync.begin();
      sink.onWrite = () => sink.accepted.length >= 30 && refuse();
      expect(await sync.deliverRange(handle, claimed)).toMatchObject({ status: 'failed' });
      sink.onWrite = undefined;
      await expect(sync.deliverRange(handle, range)).rejects.toMatchObject(refused);
      expect(await sync.deliverRange(handle, claimed)).toMatchObject({ status: 'completed', resumedFromRow: 110 });
      // Settled rows are no job's any more: what is left of the range is delivered, each row once.
      await sync.deliverRange(handle, range);
      await sync.deliverRange(handle, { from: 0, to: 250 });
      expect(await sync.finish(handle)).toMatchObject({ status: 'completed', rowsRead: 250, rowsDelivered: 250 });
      expect(sink.accepted).toHaveLength(250);
      expect(sink.users.size).toBe(250);
    },
  );

  it.each(overlapping)('is refused once when both begin at the same moment: %s', async (_how, range) => {
    const { options, sink } = setUp();
    const handle = await new Sync(options).begin();
    let goOn: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (goOn = resolve));
    sink.onWrite = () => blocked;
    const jobs = [claimed, range].map((each) => new Sync(options).deliverRange(handle, each));
    await Promise.race(jobs).catch(() => undefined);
    goOn();
    const outcomes = await Promise.allSettled(jobs);
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(failures).toMatchObject([refused]);
    expect(sink.users.size).toBe(sink.accepted.length);
    await new Sync(options).deliverRange(handle, { from: 0, to: 250 });
    expect(await new Sync(options).finish(handle)).toMatchObject({ rowsDelivered: 250 });
    expect(sink.accepted).toHaveLength(250);
  });
});

it('a range that ends where another begins is no overlap', async () => {
  const { options, sink } = setUp();
  const handle = await new Sync(options).begin();
  const ranges = [{ from: 0, to: 80 }, claimed, { from: 160, to: 250 }];
  const reports = await Promise.all(ranges.map((range) => new Sync(options).deliverRange(handle, range)));
  expect(reports.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  expect(sink.accepted).toHaveLength(250);
});
