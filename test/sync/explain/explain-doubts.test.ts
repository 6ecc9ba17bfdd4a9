import {
  QueryTemplate,
  SinkError,
  track,
  withFilter,
  withTransform,
  type IdentifyMessage,
  type Message,
  type Sync,
} from 'snowmelt';
import { MemorySnapshotStore, snapshotDiff } from 'snowmelt/diff';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExplainScene } from './explain-scene.js';

let scene: ExplainScene;
beforeAll(async () => {
  scene = await ExplainScene.start();
});
afterAll(async () => scene.close());
beforeEach(async () => scene.restart());

const WINDOW = 'FROM PEOPLE p WHERE p.UPDATED >= {{last_sync_time:epoch}}';

const codes = async (sync: Sync<IdentifyMessage>, key: Record<string, string | number>): Promise<string[]> =>
  (await sync.explain(key)).rows.map(({ code }) => code);

describe('explain does not take one thing for another', () => {
  it('a row whose clock is ahead: every run sends it', async () => {
    await scene.sql('UPDATE PEOPLE SET UPDATED = UPDATED + 3600 + 7200 WHERE ID = 1');
    const sync = scene.sync();
    const { runId } = await sync.run();
    expect(await sync.explain({ userId: 1 })).toMatchObject({ code: 'sent', rows: [{ run: { runId } }] });
    await scene.later();
    const again = await sync.run();
    expect(await sync.explain({ userId: 1 })).toMatchObject({ code: 'sent', rows: [{ run: { runId: again.runId } }] });
    await scene.sql(`INSERT INTO PEOPLE SELECT 6, 'new@example.com', 'pro', UPDATED FROM PEOPLE WHERE ID = 1`);
    expect(await sync.explain({ userId: 6 })).toMatchObject({ code: 'outside-window', rows: [{ run: undefined }] });
  });

  it('a row that was committed late, and is in the next window', async () => {
    const sync = scene.sync({ lookbackSeconds: 600 });
    await sync.run();
    await scene.sql(`INSERT INTO PEOPLE SELECT 6, 'late@example.com', 'pro', DATE_PART(EPOCH_SECOND, SYSDATE()) - 60`);
    const late = await sync.explain({ userId: 6 });
    expect(late).toMatchObject({ code: 'should-have-been-sent', rows: [{ window: { inNextRun: true } }] });
    expect(late.text).toContain('The next run has it in its window, and sends it.');
    await sync.run();
    expect(await codes(sync, { userId: 6 })).toEqual(['sent']);
  });

  it.each([
    [
      'a filter',
      withFilter<IdentifyMessage>(
        { name: 'crm', write: (batch) => Promise.resolve({ accepted: batch.length }) },
        () => {
          throw new TypeError('no traits');
        },
      ),
    ],
    [
      'a function in front of a filter',
      withTransform<IdentifyMessage, IdentifyMessage>(
        withFilter({ name: 'crm', write: (batch) => Promise.resolve({ accepted: batch.length }) }, () => true),
        () => {
          throw new TypeError('no traits');
        },
      ),
    ],
  ])('%s that stumbles: the run rejects the row', async (_what, sink) => {
    const sync = scene.sync({ sink });
    const { runId, rejections } = await sync.run();
    expect(rejections.map(({ code }) => code)).toContain('CALLBACK_FAILED');
    const rejection = { code: 'CALLBACK_FAILED', runId };
    expect(await sync.explain({ userId: 1 })).toMatchObject({ code: 'rejected', rows: [{ rejection }] });
  });

  it.each(['RANDOM()', 'UUID_STRING()', '{{sync_time:epoch}}', '{{last_sync_time:epoch}}', 'CURRENT_TIMESTAMP()'])(
    'several rows with %s, which is another in each result',
    async (column) => {
      const text = `SELECT ID AS "userId", EMAIL AS "email", PLAN AS "plan", ${column} AS "x" ${WINDOW}`;
      const sync = scene.sync({ query: new QueryTemplate(text) });
      await sync.run();
      await scene.later();
      await scene.sql('UPDATE PEOPLE SET UPDATED = UPDATED + 3600 + 60 WHERE ID = 1');
      const { rows } = await sync.explain({ plan: 'pro' });
      // Without ORDER BY the rows come in any order.
      const byId = new Map(rows.map((row) => [row.values['userId'], row]));
      const told = [1, 3, 4].map((id) => [byId.get(id)?.code, byId.get(id)?.window?.inNextRun]);
      expect(told).toEqual([
        ['outside-window', true],
        ['filtered', false],
        ['rejected', false],
      ]);
      expect(byId.get(3)?.window?.time).toBeGreaterThan(1_000_000_000);
    },
  );
});

describe('explain with changes and rows of one key', () => {
  const changes = () => snapshotDiff<IdentifyMessage>({ key: ['userId'], snapshots: new MemorySnapshotStore() });

  it('sees the other one when it was asked by another column', async () => {
    await scene.sql(`INSERT INTO PEOPLE SELECT 1, 'other@example.com', 'pro', UPDATED FROM PEOPLE WHERE ID = 1`);
    const query = new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email", PLAN AS "plan" FROM PEOPLE');
    const sync = scene.sync({ query, changes: changes() });
    expect((await sync.run()).rejections.map(({ code }) => code)).toContain('DUPLICATE_KEY');
    const rejected = { code: 'rejected', rows: [{ rejection: { code: 'DUPLICATE_KEY' } }] };
    expect(await sync.explain({ email: 'ada@example.com' })).toMatchObject(rejected);
    expect(await sync.explain({ userId: 1, email: 'ada@example.com' })).toMatchObject(rejected);
    expect((await sync.explain({ email: 'dan@example.com' })).rows[0]?.rejection?.code).toBe('BAD_PERSON');
  });

  it('leaves out one that no run has in the same window', async () => {
    const sync = scene.sync({ changes: changes() });
    await sync.run();
    await scene.later();
    await scene.sql(`INSERT INTO PEOPLE SELECT 1, 'other@example.com', 'pro', DATE_PART(EPOCH_SECOND, SYSDATE())`);
    expect((await sync.run()).rowsRejected).toBe(0);
    await scene.later();
    await sync.run();
    expect(await codes(sync, { userId: 1 })).not.toContain('rejected');
    expect(await codes(sync, { email: 'other@example.com' })).toEqual(['sent']);
  });
});

describe('explain of events without an id of their own', () => {
  it('takes no record of another event of the same person', async () => {
    let tries = 0;
    const text = `SELECT 'ada' AS "userId", ID AS "order" ${WINDOW} ORDER BY ID`;
    let isDown = true;
    const sync = scene.sync({
      query: new QueryTemplate(text),
      mapper: track({ event: 'Ordered' }) as never,
      concurrency: 1,
      retry: { attempts: 1 },
      sink: {
        name: 'crm',
        limits: { maxMessages: 1 },
        write: (batch: readonly Message[]) => {
          tries += 1;
          if (isDown && tries > 2) return Promise.reject(new SinkError('SINK_FAILED', 'down', { retryable: true }));
          const isBad = batch.some((message) => message.type === 'track' && message.properties?.['order'] === 4);
          const rejected = isBad ? [{ index: 0, code: 'BAD_ORDER', reason: 'not this one' }] : [];
          return Promise.resolve({ accepted: batch.length - rejected.length, rejected });
        },
      },
    });
    expect(await sync.run()).toMatchObject({ status: 'failed', rowsDelivered: 2 });
    expect(await codes(sync, { order: 5 })).toEqual(['run-unfinished']);
    isDown = false;
    const { runId } = await sync.run();
    expect(await sync.explain({ order: 5 })).toMatchObject({
      code: 'sent',
      text: expect.stringContaining(`Run ${runId} has sent it: all events of its person.`) as string,
    });
    expect(await sync.explain({ order: 4 })).toMatchObject({
      code: 'rejected',
      rows: [{ rejection: { code: 'BAD_ORDER', runId } }],
    });
  });
});
