import { MemoryStateStore, Sync } from 'snowmelt';
import type { RowMapper, SyncOptions, TrackMessage } from 'snowmelt';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/sync/record/clock.js';
import { processIdentity } from '../../src/sync/record/process-identity.js';
import { SURROUNDINGS } from '../../src/sync/options/sync-context.js';
import { testMapper, testRows } from './plug-ins.js';
import { refuse, setUp } from './set-up.js';

const DAY_MS = 86_400_000;
type CallType = RowMapper['callType'];
const STATE_LIKE: readonly CallType[] = ['identify', 'group', 'alias', 'custom'];
const EVENTS: readonly CallType[] = ['track', 'page', 'screen'];

function of(callType: CallType, options: Partial<SyncOptions<TrackMessage>> = {}) {
  const made = setUp({ mapper: { ...testMapper(), callType }, concurrency: 1, ...options });
  const { sink, source } = made;
  return {
    ...made,
    sync: new Sync(made.options),
    /** Lets only so many messages pass, in all. */
    cutOffAt: (count: number): void => {
      sink.onWrite = () => sink.accepted.length >= count && refuse();
    },
    repair: (): void => {
      sink.onWrite = undefined;
    },
    change: (): void => {
      source.time += 100;
      source.rows = testRows(250, 'new');
    },
    /** The value of everybody that arrived last. */
    values: () => new Map(sink.accepted.map(({ userId, event }) => [userId, event])),
  };
}

function warningsOf(sync: Sync<TrackMessage>): string[] {
  const codes: string[] = [];
  sync.on('warning', ({ code }) => void codes.push(code));
  return codes;
}

const allNew = new Map(testRows(250, 'new'));

describe('a backfill that was cut off', () => {
  it.each(STATE_LIKE)('of %s calls does not send its old result over what a run has sent since', async (callType) => {
    const { sync, source, cutOffAt, repair, change, values } = of(callType);
    const warnings = warningsOf(sync);
    cutOffAt(100);
    const cutOff = await sync.backfill({ from: 0 });
    expect(cutOff.status).toBe('failed');
    repair();
    change();
    expect((await sync.run()).status).toBe('completed');
    const again = await sync.backfill({ from: 0 });
    expect(again).toMatchObject({ status: 'completed', queryId: 'query-3', rowsDelivered: 250 });
    expect(again.runId).not.toBe(cutOff.runId);
    expect(warnings).toEqual(['BACKFILL_RESTARTED']);
    expect(values()).toEqual(allNew);
    expect(source.reopened).toBe(0);
    expect((await sync.status()).backfills).toEqual([]);
  });

  it.each(STATE_LIKE)('of %s calls does not either when that run has failed half-way', async (callType) => {
    const { sync, sink, cutOffAt, repair, change, values } = of(callType);
    cutOffAt(20);
    await sync.backfill({ from: 0 });
    change();
    cutOffAt(sink.accepted.length + 200);
    expect((await sync.run()).status).toBe('failed');
    repair();
    expect(await sync.backfill({ from: 0 })).toMatchObject({ status: 'completed', rowsDelivered: 250 });
    expect(values()).toEqual(allNew);
    // Nor when the run then sends what it has left.
    expect((await sync.run()).status).toBe('completed');
    expect(values()).toEqual(allNew);
  });

  it.each(STATE_LIKE)('of %s calls does not either when another backfill has sent since', async (callType) => {
    const { sync, cutOffAt, repair, change, values } = of(callType);
    cutOffAt(100);
    await sync.backfill({ from: 0 });
    repair();
    change();
    expect((await sync.backfill({ from: 5 })).status).toBe('completed');
    expect(await sync.backfill({ from: 0 })).toMatchObject({ status: 'completed', queryId: 'query-3' });
    expect(values()).toEqual(allNew);
    expect((await sync.status()).backfills).toEqual([]);
  });

  it.each([...STATE_LIKE, ...EVENTS])('of %s calls resumes where no run has sent anything since', async (callType) => {
    const { sync, source, sink, cutOffAt, repair } = of(callType);
    await sync.run();
    cutOffAt(350);
    const cutOff = await sync.backfill({ from: 0 });
    const query = source.execute;
    Object.assign(source, { execute: () => Promise.reject(new Error('no warehouse')) });
    expect((await sync.run()).status).toBe('failed');
    Object.assign(source, { execute: query });
    repair();
    expect(await sync.backfill({ from: 0 })).toMatchObject({
      status: 'completed',
      runId: cutOff.runId,
      resumedFromRow: 100,
    });
    expect(sink.accepted).toHaveLength(500);
  });

  it.each(EVENTS)('of %s calls resumes, whatever has run since', async (callType) => {
    const { sync, cutOffAt, repair, change } = of(callType);
    const warnings = warningsOf(sync);
    cutOffAt(100);
    const cutOff = await sync.backfill({ from: 0 });
    repair();
    change();
    expect((await sync.run()).status).toBe('completed');
    expect(await sync.backfill({ from: 0 })).toMatchObject({ runId: cutOff.runId, resumedFromRow: 100 });
    expect(warnings).toEqual([]);
  });

  it('that is older than results are kept begins anew', async () => {
    const { options, cutOffAt, repair } = of('track');
    let wall = 1_700_000_000_000;
    const at = { clock: { ...systemClock, wall: () => wall }, identity: processIdentity };
    const sync = new Sync({ ...options, ...{ [SURROUNDINGS]: at } });
    const warnings = warningsOf(sync);
    cutOffAt(100);
    const cutOff = await sync.backfill({ from: 0 });
    repair();
    wall += 2 * DAY_MS + 2_000;
    const again = await sync.backfill({ from: 0 });
    expect(again).toMatchObject({ status: 'completed', rowsDelivered: 250 });
    expect(again.runId).not.toBe(cutOff.runId);
    expect(warnings).toEqual(['BACKFILL_RESTARTED']);
  });
});

describe('two calls of a backfill at the same moment', () => {
  it.each([...EVENTS, ...STATE_LIKE])('of %s calls send it once', async (callType) => {
    const { options, sink } = of(callType);
    for (let round = 0; round < 10; round += 1) {
      sink.accepted.length = 0;
      const calls = Array.from({ length: 3 }, () => new Sync(options).backfill({ from: round }));
      const statuses = (await Promise.all(calls)).map(({ status }) => status);
      // One that asks after the end begins anew, as it should.
      const completed = statuses.filter((status) => status === 'completed').length;
      expect(statuses.filter((status) => status === 'skipped')).toHaveLength(3 - completed);
      expect(sink.accepted).toHaveLength(250 * completed);
      expect(completed).toBeGreaterThan(0);
    }
  });

  it('of events go on with one note, also when one asks between the note and the lease of the other', async () => {
    const { options, sink, state } = of('track');
    const others: Promise<unknown>[] = [];
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    let [writes, isWriting] = [0, false];
    sink.onWrite = async () => {
      isWriting = true;
      if (writes++ === 0) await gate;
    };
    const { compareAndSet } = state;
    Object.assign(state, {
      compareAndSet: async (...given: Parameters<typeof compareAndSet>) => {
        const stored = await compareAndSet(...given);
        const [key, , value] = given;
        if (key === 'people' && value.backfills?.length === 1 && others.length === 0) {
          others.push(new Sync(options).backfill({ from: 0 }));
          await expect.poll(() => isWriting, { interval: 5 }).toBe(true);
        }
        return stored;
      },
    });
    expect(await new Sync(options).backfill({ from: 0 })).toMatchObject({
      status: 'skipped',
      skipReason: 'lease-held',
    });
    go();
    expect(await Promise.all(others)).toMatchObject([{ status: 'completed' }]);
    expect(sink.accepted).toHaveLength(250);
    expect((await new Sync(options).status()).backfills).toEqual([]);
  });
});

describe('backfills that failed', () => {
  /** Fails one backfill a day, each from another time. */
  async function failDaily(days: number) {
    const state = new MemoryStateStore();
    const { options, cutOffAt } = of('identify', { state });
    cutOffAt(0);
    let wall = 1_700_000_000_000;
    const at = { clock: { ...systemClock, wall: () => wall }, identity: processIdentity };
    const sync = new Sync({ ...options, ...{ [SURROUNDINGS]: at } });
    const noted = new Set<string>();
    for (let day = 0; day < days; day += 1) {
      wall += DAY_MS;
      expect((await sync.backfill({ from: 1_600_000_000 + day })).status).toBe('failed');
      for (const { runId } of (await sync.status()).backfills) noted.add(runId);
    }
    const kept = async (): Promise<string[]> => {
      const found = [];
      for (const runId of noted) if ((await state.get(`people/${runId}`)) !== undefined) found.push(runId);
      return found;
    };
    return { sync, noted, kept };
  }

  it('are forgotten with their records after two days, however often their times moved', async () => {
    const { sync, noted, kept } = await failDaily(12);
    expect(noted.size).toBe(12);
    const { backfills } = await sync.status();
    expect(backfills.length).toBeLessThanOrEqual(3);
    expect(await kept()).toEqual(backfills.map(({ runId }) => runId));
  });

  it('are all forgotten with their records by a reset', async () => {
    const { sync, noted, kept } = await failDaily(3);
    expect(noted.size).toBe(3);
    expect(await kept()).not.toEqual([]);
    await sync.reset();
    expect((await sync.status()).backfills).toEqual([]);
    expect(await kept()).toEqual([]);
  });
});

describe('the fencing token that a sink sees', () => {
  it.each(['identify', 'track'] as const)('rises with each run and each backfill of %s calls', async (callType) => {
    const { options, sink, cutOffAt, repair } = of(callType);
    const tokens: (number | undefined)[] = [];
    const seen = async (act: (sync: Sync<TrackMessage>) => Promise<unknown>): Promise<void> => {
      sink.contexts.length = 0;
      // Whoever runs: each time another process.
      await act(new Sync(options));
      const some = new Set(sink.contexts.map(({ fencingToken }) => fencingToken));
      expect(some.size).toBe(1);
      tokens.push(...some);
    };
    await seen((sync) => sync.run());
    await seen((sync) => sync.backfill({ from: 0 }));
    await seen((sync) => sync.run());
    cutOffAt(sink.accepted.length + 100);
    await seen((sync) => sync.backfill({ from: 5 }));
    repair();
    await seen((sync) => sync.backfill({ from: 9 }));
    // Goes on or begins anew, with a token of its own in both cases.
    await seen((sync) => sync.backfill({ from: 5 }));
    await seen(async (sync) => {
      const handle = await sync.begin();
      await sync.deliverRange(handle, { from: 0, to: 100 });
      await new Sync(options).deliverRange(handle, { from: 100, to: 250 });
      await sync.finish(handle);
    });
    await new Sync(options).reset();
    await seen((sync) => sync.backfill({ from: 5 }));
    await seen((sync) => sync.run());
    expect(tokens).toHaveLength(9);
    for (const [i, token] of tokens.entries()) expect(token).toBeGreaterThan(tokens[i - 1] ?? 0);
  });

  it('is higher for a run that begins beside a backfill of events, and for a backfill beside a run', async () => {
    const { options, sink } = of('track');
    const tokens: (number | undefined)[] = [];
    const note = (): void => void tokens.push(sink.contexts.at(-1)?.fencingToken);
    let isFirst = true;
    sink.onWrite = async () => {
      if (sink.contexts.length === 0 || !isFirst) return;
      isFirst = false;
      note();
      await new Sync(options).run();
      note();
      await new Sync(options).backfill({ from: 7 });
      note();
    };
    await new Sync(options).backfill({ from: 0 });
    expect(tokens).toHaveLength(3);
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a! - b!));
  });
});
