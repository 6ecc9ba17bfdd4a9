import { QueryTemplate, SinkError, SnowflakeSource, SqlApiSource } from 'snowmelt';
import { readDeadLetters, readDeliveryLog } from 'snowmelt/sinks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExplainScene, QUERY } from './explain-scene.js';

let scene: ExplainScene;
beforeAll(async () => {
  scene = await ExplainScene.start();
});
afterAll(async () => scene.close());
beforeEach(async () => scene.restart());

const noLog = { deliveryLog: undefined };

describe.each([SnowflakeSource, SqlApiSource])('explain through %o', (Kind) => {
  it('says in which run a row was sent, and what became of the others', async () => {
    const sync = scene.sync({ source: scene.source(Kind) });
    const { runId } = await sync.run();
    expect(await sync.explain({ userId: 1 })).toMatchObject({
      sync: 'people',
      key: { userId: '1' },
      code: 'sent',
      more: false,
      notChecked: [],
      rows: [
        {
          code: 'sent',
          values: { userId: 1, email: 'ada@example.com', plan: 'pro' },
          messages: [{ type: 'identify', userId: '1', traits: { email: 'ada@example.com' } }],
          window: { column: 'p.UPDATED', inNextRun: false },
          run: { runId, status: 'completed' },
          delivered: { runId, outcome: 'delivered', messageIds: [expect.stringMatching(runId ?? '') as string] },
        },
      ],
    });
    const [sent] = (await sync.explain({ userId: 1 })).rows;
    expect(sent?.messages[0]).not.toHaveProperty('messageId');
    expect(sent?.text).toContain(`Sent in run ${runId ?? ''} at ${sent?.delivered?.time ?? ''}`);
    expect(await sync.explain({ userId: 2 })).toMatchObject({ code: 'skipped', rows: [{ messages: [] }] });
    expect(await sync.explain({ email: 'cleo@test.example' })).toMatchObject({
      code: 'filtered',
      text: expect.stringContaining('(crm)') as string,
    });
    const rejection = { code: 'BAD_PERSON', reason: 'not this one', runId, row: 3 };
    expect(await sync.explain({ userId: '4' })).toMatchObject({
      code: 'rejected',
      rows: [{ rejection, run: { runId } }],
    });
    const broken = await sync.explain({ USERID: 5 });
    expect(broken).toMatchObject({
      code: 'rejected',
      rows: [{ rejection: { code: 'MAPPING_ROW', runId, row: 4 }, messages: [] }],
    });
    expect(broken.text).toContain('this plan is broken');
    expect(await sync.explain({ userId: 6 })).toMatchObject({ code: 'not-in-query', rows: [] });
    expect(await sync.explain({ userId: 1, plan: 'free' })).toMatchObject({ code: 'not-in-query' });
  });

  it('only reads: Snowflake gets SELECTs, the store no write, the sink nothing', async () => {
    const source = scene.source(Kind);
    await scene.sync({ source }).run();
    const before = await scene.state.get('people');
    scene.statements = [];
    scene.sent = [];
    const opened: string[] = [];
    const refuse = (): never => expect.fail('the state was written');
    const state = {
      get: (key: string) => scene.state.get(key),
      compareAndSet: refuse,
      delete: refuse,
    };
    const sink = { ...scene.sink(), open: () => Promise.resolve(void opened.push('open')) };
    const sync = scene.sync({ source, state, sink });
    for (const userId of [1, 2, 3, 4, 5, 6]) await sync.explain({ userId });
    expect(scene.statements.length).toBeGreaterThan(12);
    expect(scene.statements.filter(({ sql }) => !/^\s*SELECT\b/.test(sql))).toEqual([]);
    expect([scene.sent, opened]).toEqual([[], []]);
    const { version, value } = (await scene.state.get('people'))!;
    expect({ version, value }).toEqual({ version: before?.version, value: before?.value });
  });

  it('binds the values of a key, whatever they say', async () => {
    const odd = `O'Hara "x" \\ ; -- {{last_sync_time}} ? $$ %`;
    await scene.sql(`INSERT INTO PEOPLE SELECT 7, $$${odd.replace('$$', '')}$$ || '$' || '$ %', 'pro', 1`);
    const text = `O'Hara "x" \\ ; -- {{last_sync_time}} ?  %$$ %`;
    const sync = scene.sync({ source: scene.source(Kind), ...noLog });
    await sync.run();
    expect(await sync.explain({ email: text })).toMatchObject({ rows: [{ values: { userId: 7, email: text } }] });
    expect(await sync.explain({ email: "x' OR '1'='1" })).toMatchObject({ code: 'not-in-query' });
    expect(scene.statements.filter(({ sql }) => sql.includes('OR '))).toEqual([]);
  });
});

describe('the order of the reasons', () => {
  it('begins with the sync', async () => {
    const disabled = scene.sync({ enabled: false });
    expect(await disabled.explain({ userId: 1 })).toMatchObject({
      code: 'disabled',
      rows: [{ values: { userId: 1 } }],
    });
    expect(await disabled.explain({ userId: 6 })).toMatchObject({ code: 'disabled', rows: [] });
    const sync = scene.sync();
    expect(await sync.explain({ userId: 1 })).toMatchObject({ code: 'never-ran', hint: 'Run it: snowmelt run people' });
    expect(await sync.explain({ userId: 6 })).toMatchObject({ code: 'never-ran' });
    await sync.run();
    expect(await disabled.explain({ userId: 1 })).toMatchObject({ code: 'disabled' });
  });

  it('a row that changed since is newer than the last run, by so much, and in the next one', async () => {
    const sync = scene.sync();
    await sync.run();
    await scene.later();
    await scene.sql(`UPDATE PEOPLE SET UPDATED = UPDATED + 3600 + 30 WHERE ID IN (1, 4)`);
    const { lastSyncTime } = (await scene.state.get('people'))!.value;
    for (const userId of [1, 4]) {
      const explained = await sync.explain({ userId });
      expect(explained).toMatchObject({ code: 'outside-window', rows: [{ window: { inNextRun: true } }] });
      const { time = 0, bySeconds } = explained.rows[0]?.window ?? {};
      expect(time).toBeGreaterThan(lastSyncTime);
      expect(bySeconds).toBe(time - lastSyncTime);
      expect(explained.text).toContain('p.UPDATED is newer than the last completed run by');
    }
  });

  it('a row that is older than a window that was set by hand is told by how much', async () => {
    const sync = scene.sync();
    const source = scene.source();
    const now = Math.floor((await source.now()).getTime() / 1000);
    await scene.sql(`UPDATE PEOPLE SET UPDATED = ${now - 90_000} WHERE ID = 1`);
    await sync.reset({ lastSyncTime: now - 60 });
    expect(await sync.explain({ userId: 1 })).toMatchObject({
      code: 'outside-window',
      rows: [{ window: { time: now - 90_000, start: now - 60, bySeconds: -89_940, inNextRun: false } }],
    });
    const { text, hint } = await sync.explain({ userId: 1 });
    expect(text).toContain('by 1 d: ');
    expect(hint).toContain(
      `snowmelt backfill people --from ${new Date((now - 90_000) * 1000).toISOString().slice(0, 19)}Z`,
    );
    // The lookback belongs to the window.
    const wide = scene.sync({ lookbackSeconds: 90_000 });
    expect(await wide.explain({ userId: 1 })).not.toMatchObject({ rows: [{ window: { inNextRun: false } }] });
  });

  it('a row behind the upper end of the window is in no run yet', async () => {
    const query = new QueryTemplate(`SELECT ID AS "userId", EMAIL AS "email", PLAN AS "plan" FROM PEOPLE
      WHERE UPDATED >= {{last_sync_time:epoch}} AND UPDATED < {{sync_time:epoch}}`);
    const sync = scene.sync({ query });
    await sync.run();
    await scene.sql(`UPDATE PEOPLE SET UPDATED = UPDATED + 10000000 WHERE ID = 1`);
    expect(await sync.explain({ userId: 1 })).toMatchObject({
      code: 'outside-window',
      text: expect.stringContaining('{{sync_time}}') as string,
      rows: [{ window: { inNextRun: false } }],
    });
  });

  it('an expression that is compared has a place in time too', async () => {
    const query = new QueryTemplate(`SELECT ID AS "userId", EMAIL AS "email", PLAN AS "plan" FROM PEOPLE
      WHERE TO_TIMESTAMP_NTZ(UPDATED - 1000) > {{last_sync_time:timestamp_ntz}}`);
    const sync = scene.sync({ query });
    await sync.reset({ lastSyncTime: 4_000_000_000 });
    await scene.sql(`UPDATE PEOPLE SET UPDATED = 1500000000 WHERE ID = 1`);
    const { rows } = await sync.explain({ userId: 1 });
    expect(rows[0]?.window).toEqual({
      column: undefined,
      start: 4_000_000_000,
      time: 1_499_998_999,
      bySeconds: 1_499_998_999 - 4_000_000_000,
      inNextRun: false,
    });
  });

  it('without a log it can only say which run should have sent it', async () => {
    const sync = scene.sync(noLog);
    const { runId } = await sync.run();
    await scene.later();
    await sync.run();
    const explained = await sync.explain({ userId: 1 });
    expect(explained).toMatchObject({ code: 'should-have-been-sent', rows: [{ run: { runId } }] });
    expect(explained.notChecked).toEqual([expect.stringContaining('`deliveryLog`')]);
    // A log that has no record of it.
    const deliveries = scene.sync().explain({ userId: 1 }, { deliveries: [] });
    expect((await deliveries).text).toContain('the delivery log has no record');
  });

  it('a run that has not ended, and runs that have failed, stand in the way', async () => {
    const down = scene.sync({
      sink: {
        ...scene.sink(),
        write: () => Promise.reject(new SinkError('SINK_UNREACHABLE', 'down', { retryable: false })),
      },
    });
    const { runId } = await down.run();
    expect(await down.explain({ userId: 1 })).toMatchObject({ code: 'run-unfinished', rows: [{ run: { runId } }] });
    const strict = scene.sync({ maxRejected: 0, query: new QueryTemplate(`${QUERY} AND 1 = 1`) });
    const failed = await strict.run();
    expect(failed.error?.code).toBe('TOO_MANY_REJECTS');
    expect(await strict.explain({ userId: 1 })).toMatchObject({
      code: 'run-failed',
      text: expect.stringContaining('failed with TOO_MANY_REJECTS') as string,
      rows: [{ run: { runId: failed.runId } }],
    });
  });
});

describe('where the past is read from', () => {
  it('takes readers of the call, of the sync, and of its sinks', async () => {
    const kept = scene.sync();
    const { runId } = await kept.run();
    const blind = scene.sync({
      deliveryLog: undefined,
      deadLetter: { name: 'elsewhere', write: (batch) => Promise.resolve({ accepted: batch.length }) },
    });
    expect(await blind.explain({ userId: 4 })).toMatchObject({ code: 'should-have-been-sent' });
    expect((await blind.explain({ userId: 4 })).notChecked).toHaveLength(2);
    const deadLetters = readDeadLetters(scene.rejected);
    expect(await blind.explain({ userId: 4 }, { deadLetters })).toMatchObject({
      code: 'rejected',
      rows: [{ run: { runId } }],
    });
    const asked: unknown[] = [];
    const reading = scene.sync({
      deliveryLog: undefined,
      readers: {
        deliveries: (wanted) => {
          asked.push(wanted);
          return readDeliveryLog(scene.delivered);
        },
      },
    });
    expect(await reading.explain({ userId: 1 })).toMatchObject({ code: 'sent' });
    const [record] = (await reading.explain({ userId: 1 })).rows;
    expect(asked[0]).toMatchObject({ sync: 'people', keys: [record?.delivered?.key], messageIds: [] });
  });

  it('refuses what is no record, and tells of a reader that fails', async () => {
    const sync = scene.sync();
    await sync.run();
    const explain = (readers: object): Promise<unknown> => sync.explain({ userId: 1 }, readers);
    await expect(explain({ deliveries: [{ sync: 'people' }] })).rejects.toMatchObject({
      code: 'DELIVERY_LOG_UNREADABLE',
    });
    await expect(explain({ deadLetters: ['x'] })).rejects.toMatchObject({ code: 'DEAD_LETTER_UNREADABLE' });
    await expect(explain({ deadLetters: 5 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const failing = (): never => {
      throw new TypeError('secret');
    };
    await expect(explain({ deliveries: failing })).rejects.toThrow(/^(?!.*secret)/);
  });

  it('a row that was sent by a backfill or a replay was sent', async () => {
    const sync = scene.sync();
    await sync.reset({ lastSyncTime: 4_000_000_000 });
    const { runId } = await sync.backfill({ from: 0 });
    expect(await sync.explain({ userId: 1 })).toMatchObject({ code: 'sent', rows: [{ delivered: { runId } }] });
  });
});
