import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApplyScene, SOURCES, tokenOf } from './apply-scene.js';

let scene: ApplyScene;
beforeAll(async () => {
  scene = await ApplyScene.start();
});
beforeEach(async () => {
  await scene.restart();
});
afterAll(async () => {
  await scene.close();
});

describe.each(SOURCES)('a plan that is applied, over %s', (_name, Kind) => {
  it('sends what was reviewed; what changed since is sent by the next run', async () => {
    const plan = await scene.sync({ source: scene.source(Kind) }).plan();
    const token = tokenOf(plan);
    await scene.change(3, 'new@example.com');
    await scene.snowflake.query(`INSERT INTO PEOPLE VALUES (100, 'late@example.com', SYSDATE());
      DELETE FROM PEOPLE WHERE ID = 7`);

    const sync = scene.sync({ source: scene.source(Kind) });
    const report = await sync.run({ plan: token });
    report.throwIfFailed();
    const { rowsRead, messages, queryId, runId, lastSyncTime } = report;
    expect({ rowsRead, messages, queryId, runId }).toEqual({
      rowsRead: plan.rowsRead,
      messages: plan.messages,
      queryId: plan.queryId,
      runId: token.runId,
    });
    expect(lastSyncTime).toEqual({ before: 0, after: token.startedAt });
    expect(scene.collector.messages.every(({ messageId }) => messageId?.startsWith(token.runId))).toBe(true);
    const sent = scene.arrived();
    expect(sent.size).toBe(50);
    expect([sent.get('3'), sent.get('7'), sent.has('100')]).toEqual(['p3@example.com', 'p7@example.com', false]);

    (await sync.run()).throwIfFailed();
    const later = [...scene.arrived()].sort();
    expect(later).toEqual([
      ['100', 'late@example.com'],
      ['3', 'new@example.com'],
    ]);
  });

  it('goes on where it was cut off, by the same plan or by a plain run, with the same message ids', async () => {
    for (const how of ['plan', 'plain'] as const) {
      await scene.restart();
      const token = tokenOf(await scene.sync({ source: scene.source(Kind) }).plan());
      const stop = new AbortController();
      const options = { checkpoint: { everyRows: 1 }, concurrency: 1 };
      const first = scene.sync({ source: scene.source(Kind), ...options });
      first.on('checkpoint', () => {
        stop.abort();
      });
      expect(await first.run({ plan: token, signal: stop.signal })).toMatchObject({ status: 'aborted' });
      expect((await first.status()).run).toMatchObject({ runId: token.runId, kind: 'plan' });
      await scene.change(49, 'new@example.com');

      const second = scene.sync({ source: scene.source(Kind), ...options });
      const report = await second.run(how === 'plan' ? { plan: token } : {});
      expect(report).toMatchObject({ status: 'completed', runId: token.runId, rowsDelivered: 50 });
      expect(report.resumedFromRow).toBeGreaterThan(0);
      expect(new Set(scene.collector.messages.map(({ messageId }) => messageId)).size).toBe(50);
      expect(scene.arrived().get('49')).toBe('p49@example.com');
      expect((await second.status()).lastSyncTime).toBe(token.startedAt);
    }
  });

  it('is delivered in ranges as well', async () => {
    const token = tokenOf(await scene.sync({ source: scene.source(Kind) }).plan());
    await scene.change(3, 'new@example.com');
    const sync = scene.sync({ source: scene.source(Kind) });
    const handle = await sync.begin({ plan: token, id: 'job 1' });
    expect(handle).toMatchObject({ runId: token.runId, rowCount: 50, ref: token.ref });
    expect(await scene.sync().begin({ plan: token, id: 'job 1' })).toEqual(handle);
    for (const range of [
      { from: 25, to: 50 },
      { from: 0, to: 25 },
    ]) {
      (await sync.deliverRange(handle, range)).throwIfFailed();
    }
    (await sync.finish(handle)).throwIfFailed();
    expect(scene.arrived().get('3')).toBe('p3@example.com');
    expect((await sync.status()).lastSyncTime).toBe(token.startedAt);
    await expect(sync.begin({ plan: token })).rejects.toMatchObject({
      code: 'PLAN_STALE',
      details: { reason: 'applied' },
    });
  });
});

describe('begin({ plan, id })', () => {
  it('gives no handle of another run that has that id', async () => {
    const sync = scene.sync();
    const open = await sync.begin({ id: 'job 1' });
    await sync.deliverRange(open, { from: 0, to: 50 });
    await expect(sync.plan()).resolves.toMatchObject({ notApplicable: expect.stringContaining(open.runId) as string });
    (await sync.finish(open)).throwIfFailed();
    const token = tokenOf(await sync.plan());
    const handle = await sync.begin({ id: 'job 1', plan: token });
    expect(handle.runId).toBe(token.runId);
    const stale = tokenOf(await scene.sync({ name: 'others' }).plan());
    await expect(sync.begin({ id: 'job 1', plan: stale })).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    (await sync.finish(handle)).throwIfFailed();
    expect(await sync.begin({ id: 'job 1', plan: token })).toEqual(handle);
  });

  it('is stale beside a run that was begun by that id', async () => {
    const sync = scene.sync();
    const token = tokenOf(await sync.plan());
    await sync.begin({ id: 'job 1' });
    await expect(sync.begin({ id: 'job 1', plan: token })).rejects.toMatchObject({
      code: 'PLAN_STALE',
      details: { reason: 'run-open' },
    });
  });
});

describe('a plan', () => {
  it.each([
    ['the driver', 'the SQL API', 0, 1],
    ['the SQL API', 'the driver', 1, 0],
  ])('made over %s is applied over %s', async (_one, _other, made, applied) => {
    const token = tokenOf(await scene.sync({ source: scene.source(SOURCES[made]?.[1]) }).plan());
    const report = await scene.sync({ source: scene.source(SOURCES[applied]?.[1]) }).run({ plan: token });
    expect(report).toMatchObject({ status: 'completed', rowsDelivered: 50 });
  });

  it('of a result without rows moves the time', async () => {
    const sync = scene.sync();
    (await sync.run()).throwIfFailed();
    const token = tokenOf(await sync.plan());
    expect(await sync.run({ plan: token })).toMatchObject({ status: 'completed', rowsRead: 0 });
    expect((await sync.status()).lastSyncTime).toBe(token.startedAt);
  });

  it('widens its window by the lookback, and says so', async () => {
    const sync = scene.sync({ lookbackSeconds: 600 });
    (await sync.run()).throwIfFailed();
    const { lastSyncTime } = await sync.status();
    await scene.change(1, 'new@example.com');
    scene.collector.clear();
    const token = tokenOf(await sync.plan());
    expect(token).toMatchObject({ lastSyncTime, windowStart: lastSyncTime - 600 });
    (await sync.run({ plan: token })).throwIfFailed();
    expect([...scene.arrived().keys()]).toEqual(['1']);
  });

  it('has a token without secrets and without values of rows', async () => {
    await scene.snowflake.query(`UPDATE PEOPLE SET EMAIL = 'planted-value' || ID || '@example.com'`);
    const plan = await scene.sync().plan();
    const { privateKey } = scene.snowflake.connection({ user: 'ADA' });
    const text = JSON.stringify(plan.token);
    const secrets = [
      'planted-value',
      scene.collector.writeKey,
      ...privateKey.split('\n').filter((line) => line !== ''),
    ];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(plan.token).toMatchObject({ version: 1, sync: 'people', user: 'ADA', rowCount: 50, lastSyncTime: 0 });
  });

  it('tells in its text how it is applied, by whom, and until when', async () => {
    const plan = await scene.sync().plan();
    const { startedAt } = tokenOf(plan);
    const end = new Date((startedAt + 86_400) * 1000).toISOString();
    expect(String(plan)).toContain('To send exactly this: run({ plan: plan.token })');
    expect(String(plan)).toContain(`Snowflake keeps its result until ${end}, for the user ADA.`);
  });

  it('compares its numbers with those of the runs before', async () => {
    const sync = scene.sync();
    expect((await sync.plan()).largestDifference).toBeUndefined();
    (await sync.run()).throwIfFailed();
    for (const id of [1, 2]) {
      await sync.reset();
      await scene.snowflake.query(`DELETE FROM PEOPLE WHERE ID > ${id}`);
      (await sync.run()).throwIfFailed();
    }
    await sync.reset();
    await scene.snowflake.query('INSERT INTO PEOPLE SELECT NULL, EMAIL, UPDATED FROM PEOPLE');
    const plan = await sync.plan();
    expect(plan.largestDifference).toEqual({ of: 'rejected', planned: 2, usual: 0, runs: 3 });
    expect(String(plan)).toContain('Largest change against the last 3 completed runs: 2 rows rejected, usually 0.');
  });
});
