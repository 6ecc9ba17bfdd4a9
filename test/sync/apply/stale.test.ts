import {
  defineMapper,
  fromAsyncIterable,
  identify,
  QueryTemplate,
  type PlanToken,
  type Sink,
  type Source,
  type Sync,
} from 'snowmelt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApplyScene, CHANGED, SOURCES, tokenOf } from './apply-scene.js';

let scene: ApplyScene;
let sync: Sync;
beforeAll(async () => {
  scene = await ApplyScene.start();
});
beforeEach(async () => {
  await scene.restart();
  sync = scene.sync();
});
afterAll(async () => {
  await scene.close();
});

/** That nothing was sent, nothing stored, and why. */
async function expectStale(token: PlanToken, reason: string, by: Sync = sync): Promise<void> {
  scene.collector.clear();
  const before = await scene.state.get('people');
  const report = await by.run({ plan: token });
  expect(report).toMatchObject({ status: 'failed', error: { code: 'PLAN_STALE', details: { reason } }, messages: 0 });
  expect(report.error?.hint).toBeTruthy();
  expect(scene.collector.messages).toEqual([]);
  expect((await scene.state.get('people'))?.version).toBe(before?.version);
}

/** A run that stops at its first checkpoint. */
async function cutOff(by: Sync, plan?: PlanToken): Promise<void> {
  const stop = new AbortController();
  by.once('checkpoint', () => {
    stop.abort();
  });
  const report = await by.run({ signal: stop.signal, ...(plan && { plan }) });
  expect(report.status).toBe('aborted');
}

const SLOW = { checkpoint: { everyRows: 1 }, concurrency: 1 };

describe('a plan is stale', () => {
  it('when it was applied already', async () => {
    const token = tokenOf(await sync.plan());
    (await sync.run({ plan: token })).throwIfFailed();
    await expectStale(token, 'applied');
    // Also when others have run since.
    (await sync.run()).throwIfFailed();
    await expectStale(token, 'applied');
  });

  it('when another run has completed, even one with nothing to send', async () => {
    (await sync.run()).throwIfFailed();
    const token = tokenOf(await sync.plan());
    (await sync.run()).throwIfFailed();
    await expectStale(token, 'run-completed');
  });

  it('when another run is open', async () => {
    const token = tokenOf(await sync.plan());
    await cutOff(scene.sync(SLOW));
    await expectStale(token, 'run-open');
    // The open run is none the worse for it.
    expect(await sync.run()).toMatchObject({ status: 'completed', rowsDelivered: 50 });
  });

  it('when another plan is being applied', async () => {
    const [one, other] = [tokenOf(await sync.plan()), tokenOf(await sync.plan())];
    await cutOff(scene.sync(SLOW), one);
    await expectStale(other, 'run-open');
    expect(await sync.run({ plan: one })).toMatchObject({ status: 'completed', runId: one.runId });
    await expectStale(other, 'run-completed');
  });

  it('when a run that sent something was given up: its values may be newer', async () => {
    const query = new QueryTemplate(`SELECT IFF(ID = 49, NULL, ID) AS "userId", EMAIL AS "email" FROM PEOPLE`);
    const failing = scene.sync({ query, ...SLOW });
    const token = tokenOf(await failing.plan());
    expect(await failing.run()).toMatchObject({ status: 'failed', error: { code: 'TOO_MANY_REJECTS' } });
    expect(scene.collector.messages).not.toEqual([]);
    await expectStale(token, 'sync-used', failing);
  });

  it('when the run that applied it was given up', async () => {
    const query = new QueryTemplate(`SELECT IFF(ID = 49, NULL, ID) AS "userId", EMAIL AS "email" FROM PEOPLE`);
    const failing = scene.sync({ query });
    const token = tokenOf(await failing.plan());
    expect(await failing.run({ plan: token })).toMatchObject({ error: { code: 'TOO_MANY_REJECTS' } });
    await expectStale(token, 'given-up', failing);
  });

  it('after a reset, also one to the same time', async () => {
    const token = tokenOf(await sync.plan());
    await sync.reset();
    await expectStale(token, 'sync-used');
    (await sync.run()).throwIfFailed();
    const later = tokenOf(await sync.plan());
    await sync.reset();
    await expectStale(later, 'time-moved');
  });

  it('after a backfill, whose values may be newer', async () => {
    const token = tokenOf(await sync.plan());
    await scene.change(3, 'new@example.com');
    (await sync.backfill({ from: 0 })).throwIfFailed();
    await expectStale(token, 'sync-used');
    const other = tokenOf(await sync.plan());
    (await sync.backfill({ from: 0, concurrent: true })).throwIfFailed();
    await expectStale(other, 'sync-used');
  });

  it.each(SOURCES)('when its result has expired, over %s', async (_name, Kind) => {
    const source = scene.source(Kind);
    const over = scene.sync({ source });
    const token = tokenOf(await over.plan());
    scene.snowflake.faults.expireResults(token.ref.queryId);
    await expectStale(token, 'result-expired', over);
    // Nothing was begun: the next run queries as if there had been no plan.
    expect(await over.run()).toMatchObject({ status: 'completed', rowsDelivered: 50 });
  });

  it('when its result expires while it is applied: no other result takes its place', async () => {
    const token = tokenOf(await sync.plan());
    await cutOff(scene.sync(SLOW), token);
    scene.snowflake.faults.expireResults(token.ref.queryId);
    scene.collector.clear();
    const report = await sync.run({ plan: token });
    expect(report.error).toMatchObject({ code: 'PLAN_STALE', details: { reason: 'given-up' } });
    expect(scene.collector.messages).toEqual([]);
    // A plain run is asked for everything.
    const next = await sync.run();
    expect(next).toMatchObject({ status: 'completed', rowsDelivered: 50 });
    expect(next.runId).not.toBe(token.runId);
    expect(next.warnings).toMatchObject([{ code: 'RUN_ABANDONED' }]);
  });

  it.each(SOURCES)('for another user, over %s, and is as good as before for its own', async (_name, Kind) => {
    const token = tokenOf(await scene.sync({ source: scene.source(Kind) }).plan());
    const bob = scene.sync({ source: scene.source(Kind, 'BOB') });
    await expectStale(token, 'other-user', bob);
    expect((await bob.run({ plan: token })).error?.message).toContain('ADA made it, and BOB reads now');
    expect(await scene.sync({ source: scene.source(Kind) }).run({ plan: token })).toMatchObject({ rowsDelivered: 50 });
  });

  it('for another user also when it is half applied', async () => {
    const token = tokenOf(await sync.plan());
    await cutOff(scene.sync(SLOW), token);
    await expectStale(token, 'other-user', scene.sync({ source: scene.source(undefined, 'BOB') }));
    expect(await sync.run({ plan: token })).toMatchObject({ status: 'completed', runId: token.runId });
  });

  it('with another query or another mapper, also when it is half applied', async () => {
    const token = tokenOf(await sync.plan());
    const query = scene.sync({ query: new QueryTemplate(`${CHANGED} AND ID < 40`) });
    const mapper = scene.sync({ mapper: identify({ columnCase: 'snake' }) });
    const own = scene.sync({
      mapper: defineMapper((row) => ({ type: 'identify' as const, userId: `${row['userId'] as number}`, traits: {} })),
    });
    await expectStale(token, 'query-changed', query);
    await expectStale(token, 'mapper-changed', mapper);
    await expectStale(token, 'mapper-changed', own);
    await cutOff(scene.sync(SLOW), token);
    await expectStale(token, 'query-changed', query);
    await expectStale(token, 'mapper-changed', mapper);
    expect(await sync.run({ plan: token })).toMatchObject({ status: 'completed', runId: token.runId });
  });
});

describe('a plan that becomes stale in the moment before its lease', () => {
  /** Does something once the result is open, which is the last look at it before the lease. */
  function whenOpen(act: () => Promise<unknown>): Source {
    const source = scene.source();
    return {
      snowflakeSql: true,
      execute: (...call) => source.execute(...call),
      now: (options) => source.now(options),
      close: () => source.close(),
      reopen: async (...call) => {
        const result = await source.reopen(...call);
        await act();
        return result;
      },
    };
  }

  it('is not applied, and the run that was faster is left alone', async () => {
    const token = tokenOf(await sync.plan());
    const late = scene.sync({ source: whenOpen(() => cutOff(scene.sync(SLOW))) });
    expect((await late.run({ plan: token })).error).toMatchObject({ details: { reason: 'run-open' } });
    const { holder, run, history } = await sync.status();
    expect({ holder, history }).toMatchObject({ holder: undefined, history: [{ status: 'aborted' }] });
    expect(await sync.run()).toMatchObject({ status: 'completed', runId: run?.runId });
  });

  it('is not applied after a run that has completed by then', async () => {
    const token = tokenOf(await sync.plan());
    const late = scene.sync({ source: whenOpen(() => sync.run()) });
    expect((await late.run({ plan: token })).error).toMatchObject({ details: { reason: 'run-completed' } });
    expect(scene.collector.messages).toHaveLength(50);
    expect((await sync.status()).holder).toBeUndefined();
  });
});

describe('a plan is as good as before', () => {
  it('when the source was away', async () => {
    const token = tokenOf(await sync.plan());
    await scene.snowflake.faults.refuseConnections();
    const away = scene.sync({ source: scene.source() });
    expect(await away.run({ plan: token })).toMatchObject({ status: 'failed', error: { code: 'SOURCE_UNREACHABLE' } });
    await scene.snowflake.faults.acceptConnections();
    expect(await sync.run({ plan: token })).toMatchObject({ status: 'completed' });
  });

  it('when the sync was disabled, or is running elsewhere', async () => {
    const token = tokenOf(await sync.plan());
    const disabled = await scene.sync({ enabled: false }).run({ plan: token });
    expect(disabled).toMatchObject({ status: 'skipped', skipReason: 'disabled' });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let begin: () => void = () => undefined;
    const writing = new Promise<void>((resolve) => (begin = resolve));
    const write: Sink['write'] = async (batch) => {
      begin();
      await held;
      return { accepted: batch.length };
    };
    const slow = scene.sync({ sink: { name: 'slow', write } }).run({ plan: token });
    await writing;
    expect(await sync.run({ plan: token })).toMatchObject({ status: 'skipped', skipReason: 'lease-held' });
    release();
    expect(await slow).toMatchObject({ status: 'completed', runId: token.runId });
  });

  it('after a preview, another plan and a look at the status', async () => {
    const token = tokenOf(await sync.plan());
    await sync.preview();
    await sync.plan();
    await sync.status();
    expect(await sync.run({ plan: token })).toMatchObject({ status: 'completed', rowsDelivered: 50 });
  });
});

describe('a plan has no token', () => {
  it('while a run has not ended', async () => {
    await cutOff(scene.sync(SLOW));
    const plan = await sync.plan();
    expect(plan.token).toBeUndefined();
    expect(String(plan)).toMatch(/No run can apply this plan\. Run \S+ has not ended\. .* snowmelt run people/);
    await expect(sync.run({ plan: plan.token })).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    await expect(sync.begin({ plan: plan.token })).rejects.toMatchObject({ code: 'PLAN_INVALID' });
  });

  it('from another time on than the stored one', async () => {
    expect((await sync.plan({ lastSyncTime: 5 })).notApplicable).toContain('another last_sync_time');
    expect((await sync.plan({ lastSyncTime: 0 })).token).toBeDefined();
  });

  it('where the source keeps no result', async () => {
    async function* rows(): AsyncGenerator<{ userId: string }> {
      yield { userId: 'a' };
      yield { userId: 'b' };
    }
    const source = fromAsyncIterable(rows, { columns: ['userId'] });
    const plan = await scene.sync({ source, query: undefined }).plan();
    expect([plan.rowsRead, plan.token]).toEqual([2, undefined]);
    expect(plan.notApplicable).toContain('keeps no result');
  });
});
