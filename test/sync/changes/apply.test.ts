import {
  identify,
  semanticEvents,
  SnowflakeSource,
  SqlApiSource,
  type PlanToken,
  type Sink,
  type Sync,
} from 'snowmelt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tokenOf } from '../apply/apply-scene.js';
import { completed, MirrorScene, removalsOf } from './mirror-scene.js';

let scene: MirrorScene;
let sync: Sync;
beforeAll(async () => {
  scene = await MirrorScene.start();
});
beforeEach(async () => {
  await scene.restart();
  sync = scene.sync();
  await completed(sync.run());
  scene.arrived();
});
afterAll(async () => {
  await scene.close();
});

async function expectStale(token: PlanToken, reason: string, by: Pick<Sync, 'run'> = sync): Promise<void> {
  const { error, messages } = await by.run({ plan: token });
  expect({ ...error?.details, messages }).toMatchObject({ reason, messages: 0 });
}

/** A run of a plan that stops before its removals are judged. */
async function cutOff(by: Sync, plan: PlanToken): Promise<void> {
  const stop = new AbortController();
  by.once('checkpoint', () => {
    stop.abort();
  });
  expect(await by.run({ plan, signal: stop.signal })).toMatchObject({ status: 'aborted' });
}

describe.each([
  ['the driver', SnowflakeSource],
  ['the SQL API', SqlApiSource],
])('a plan of a mirror, applied over %s', (_name, Kind) => {
  it('sends the changes and removals that were reviewed, and leaves later ones to the next run', async () => {
    const over = scene.sync({}, { source: scene.source(Kind as typeof SqlApiSource) });
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'reviewed' WHERE ID IN (1, 2); DELETE FROM PEOPLE WHERE ID IN (5, 6)`);
    const plan = await over.plan();
    const token = tokenOf(plan);
    expect(token).toMatchObject({ removals: 2 });
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'later' WHERE ID IN (2, 3); DELETE FROM PEOPLE WHERE ID = 7;
      INSERT INTO PEOPLE VALUES (5, 'back'), (500, 'new')`);

    const report = await completed(over.run({ plan: token }));
    const { added, changed, unchanged, removed, held } = plan.changes ?? {};
    expect(report.changes).toEqual({ added, changed, unchanged, removed, held });
    expect(report.changes).toEqual({ added: 0, changed: 2, unchanged: 96, removed: 2, held: 0 });
    expect(report.messages).toBe(plan.messages);
    const emails = scene.collector.messages.map(({ traits }) => (traits as { email?: string } | undefined)?.email);
    expect(emails.filter((email) => email !== undefined)).toEqual(['reviewed', 'reviewed']);
    expect(scene.arrived()).toEqual(['identify 1', 'identify 2', 'track User Deleted 5', 'track User Deleted 6']);

    const next = await completed(over.run());
    expect(next.changes).toMatchObject({ added: 2, changed: 2, removed: 1 });
    const later = ['identify 2', 'identify 3', 'identify 5', 'identify 500', 'track User Deleted 7'];
    expect(scene.arrived()).toEqual(later);
  });

  it('is sent by workers of ranges, and finished with the removals that were reviewed', async () => {
    const over = scene.sync({}, { source: scene.source(Kind as typeof SqlApiSource) });
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'x' WHERE ID IN (1, 2); DELETE FROM PEOPLE WHERE ID = 5`);
    const handle = await over.begin({ plan: tokenOf(await over.plan()) });
    await scene.sql('DELETE FROM PEOPLE WHERE ID = 6');
    const middle = Math.floor(handle.rowCount / 2);
    await over.deliverRange(handle, { from: middle, to: handle.rowCount });
    await over.deliverRange(handle, { from: 0, to: middle });
    expect((await completed(over.finish(handle))).changes).toMatchObject({ changed: 2, removed: 1, held: 0 });
    expect(scene.arrived()).toEqual(['identify 1', 'identify 2', 'track User Deleted 5']);
  });
});

describe('the first plan of a sync with changes', () => {
  it('begins the snapshot', async () => {
    await scene.restart();
    sync = scene.sync();
    const token = tokenOf(await sync.plan());
    expect(token.snapshot).toBeUndefined();
    expect((await completed(sync.run({ plan: token }))).changes).toMatchObject({ added: 100 });
    expect((await completed(sync.run())).changes).toMatchObject({ unchanged: 100 });
  });
});

describe('a plan after a run that was given up', () => {
  it('finds and sends what that run has left', async () => {
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'x' WHERE ID < 40; DELETE FROM PEOPLE WHERE ID = 70;
      INSERT INTO PEOPLE VALUES (NULL, 'nobody')`);
    const slow = scene.sync({}, { checkpoint: { everyRows: 1 }, concurrency: 1 });
    expect((await slow.run()).error?.code).toBe('TOO_MANY_REJECTS');
    await scene.sql(`DELETE FROM PEOPLE WHERE ID IS NULL; UPDATE PEOPLE SET EMAIL = 'y' WHERE ID < 10`);
    scene.arrived();
    const plan = await sync.plan();
    const report = await completed(sync.run({ plan: tokenOf(plan) }));
    expect(plan.changes).toMatchObject(report.changes ?? {});
    expect(report).toMatchObject({ messages: plan.messages, changes: { removed: 1 } });
    expect(scene.arrived()).toEqual(expect.arrayContaining(['identify 1', 'identify 9', 'track User Deleted 70']));
    expect((await completed(sync.run())).changes).toMatchObject({ added: 0, changed: 0, removed: 0, unchanged: 99 });
  });
});

/** A source an hour and more later. */
class LaterSource extends SqlApiSource {
  override async now(options?: Parameters<SqlApiSource['now']>[0]): Promise<Date> {
    return new Date((await super.now(options)).getTime() + 3_700_000);
  }
}

describe('beside a backfill that is cut off', () => {
  const SLOW = { checkpoint: { everyRows: 1 }, concurrency: 1 };

  it('there is no plan to apply, until a run has looked at what it sent', async () => {
    const stop = new AbortController();
    const slow = scene.sync({}, SLOW);
    slow.once('checkpoint', () => {
      stop.abort();
    });
    await slow.backfill({ from: 0, signal: stop.signal });
    expect((await sync.plan()).notApplicable).toContain('A backfill was cut off');
    await completed(sync.run());
    const token = tokenOf(await sync.plan());
    expect(await sync.run({ plan: token })).toMatchObject({ status: 'completed' });
  });

  it('a plan that was made before is stale', async () => {
    const stop = new AbortController();
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    let begin: () => void = () => undefined;
    const writing = new Promise<void>((resolve) => (begin = resolve));
    const write: Sink['write'] = async (batch) => {
      begin();
      await held;
      return { accepted: batch.length };
    };
    const slow = scene.sync({}, { ...SLOW, sink: { name: 'held', limits: { maxMessages: 10 }, write } });
    slow.once('checkpoint', () => {
      stop.abort();
    });
    const backfill = slow.backfill({ from: 0, concurrent: true, signal: stop.signal });
    await writing;
    const token = tokenOf(await sync.plan());
    go();
    expect(await backfill).toMatchObject({ status: 'aborted' });
    await expectStale(token, 'snapshot-moved');
    const { history, holder } = await sync.status();
    expect({ history, holder }).toMatchObject({ history: [{ status: 'completed' }], holder: undefined });
  });
});

describe('removals of a plan', () => {
  const whyHeld = async (by: Sync, token: PlanToken): Promise<unknown> => {
    const report = await completed(by.run({ plan: token }));
    const { removed, held } = removalsOf(report);
    return { removed, held, why: (await by.status()).snapshot?.held?.reason };
  };

  it('that a guard held stay held, whatever the guard says by then', async () => {
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'x' WHERE ID = 50; DELETE FROM PEOPLE WHERE ID < 20`);
    const plan = await sync.plan();
    expect(tokenOf(plan)).toMatchObject({ removals: 0 });
    const lenient = scene.sync({ maxRemoved: '100%' });
    expect(await whyHeld(lenient, tokenOf(plan))).toEqual({ removed: 0, held: 20, why: 'more-than-reviewed' });
    expect(scene.arrived()).toEqual(['identify 50']);
    // The hold lasts until somebody lets them go.
    expect((await completed(lenient.run())).changes).toMatchObject({ removed: 0, held: 20 });
    expect((await completed(lenient.run({ removals: { upTo: 20 } }))).changes).toMatchObject({ removed: 20 });
  });

  it('that a guard held stay held by that guard', async () => {
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 20');
    expect(await whyHeld(sync, tokenOf(await sync.plan()))).toEqual({ removed: 0, held: 20, why: 'too-many' });
  });

  it('are held where the guards say so by then', async () => {
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 20');
    const token = tokenOf(await scene.sync({ maxRemoved: 20 }).plan());
    expect(token).toMatchObject({ removals: 20 });
    expect(await whyHeld(sync, token)).toEqual({ removed: 0, held: 20, why: 'too-many' });
  });

  it('are held when the plan is older than removalsMaxAge, which its text says beforehand', async () => {
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'x' WHERE ID = 50; DELETE FROM PEOPLE WHERE ID = 5`);
    const plan = await sync.plan();
    const token = tokenOf(plan);
    const until = new Date((token.startedAt + 3600) * 1000);
    expect(plan.changes?.removalsUntil).toEqual(until);
    expect(String(plan)).toContain(`Its removals go until ${until.toISOString()}; later they are held.`);
    const later = scene.sync({}, { source: scene.source(LaterSource) });
    expect(await whyHeld(later, token)).toEqual({ removed: 0, held: 1, why: 'result-old' });
    expect(scene.arrived()).toEqual(['identify 50']);
  });

  it('are no more than were reviewed when a plain run goes on with it', async () => {
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'x' WHERE ID >= 50; DELETE FROM PEOPLE WHERE ID < 20`);
    const token = tokenOf(await sync.plan());
    const lenient = scene.sync({ maxRemoved: '100%' }, { checkpoint: { everyRows: 1 }, concurrency: 1 });
    await cutOff(lenient, token);
    const report = await completed(lenient.run());
    expect(report).toMatchObject({ runId: token.runId, changes: { removed: 0, held: 20 } });
    expect((await lenient.status()).snapshot?.held?.reason).toBe('more-than-reviewed');
  });

  it('that were not reviewed do not trip the breaker', async () => {
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'x' WHERE ID = 50; DELETE FROM PEOPLE WHERE ID < 20`);
    const token = tokenOf(await sync.plan());
    const guarded = scene.sync({ maxRemoved: '100%' }, { breaker: { maxDeletes: 5 } });
    expect((await completed(guarded.run({ plan: token }))).changes).toMatchObject({ changed: 1, held: 20 });
  });

  it('that were reviewed trip it', async () => {
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 5');
    const token = tokenOf(await sync.plan());
    const guarded = scene.sync({}, { breaker: { maxDeletes: 4 } });
    expect((await guarded.run({ plan: token })).error?.code).toBe('BREAKER_TRIPPED');
    expect(scene.arrived()).toEqual([]);
  });
});

describe('a plan of a sync with changes is stale', () => {
  it('after whatever moves the snapshot', async () => {
    const token = tokenOf(await sync.plan());
    const { lastSyncTime } = await sync.status();
    await completed(sync.backfill({ from: 0 }));
    scene.arrived();
    await expectStale(token, 'snapshot-moved');
    const second = tokenOf(await sync.plan());
    await completed(sync.seed());
    await expectStale(second, 'run-completed');
    const third = tokenOf(await sync.plan());
    await sync.reset({ lastSyncTime: third.lastSyncTime });
    await expectStale(third, 'snapshot-moved');
    expect(lastSyncTime).toBeGreaterThan(0);
  });

  it('with another option `changes`, or with none', async () => {
    const token = tokenOf(await sync.plan());
    const removed = ({ userId }: Readonly<Record<string, unknown>>) =>
      semanticEvents.suppressPerson({ userId: String(userId) });
    await expectStale(token, 'changes-changed', scene.sync({ removed }));
    await expectStale(token, 'changes-changed', scene.sync({ mode: 'upsert' }));
    await expectStale(token, 'changes-changed', scene.sync({ ignore: ['email'] }));
    await expectStale(token, 'changes-changed', scene.sync({ key: ['email'] }));
    await expectStale(token, 'mapper-changed', scene.sync({}, { mapper: identify({ nulls: 'omit' }) }));
    expect(await sync.run({ plan: token })).toMatchObject({ status: 'completed' });
  });
});

describe('the text of a plan', () => {
  it('shows ten keys of its removals, also of those that are held, and the token none', async () => {
    const secret = scene.sync({ secret: 'of the snapshot' });
    await sync.reset();
    await completed(secret.run());
    await scene.sql(`DELETE FROM PEOPLE WHERE ID >= 70; UPDATE PEOPLE SET EMAIL = 'x' WHERE ID = 1`);
    for (const by of [secret, scene.sync({ secret: 'of the snapshot', maxRemoved: 30 })]) {
      const plan = await by.plan();
      const keys = plan.changes?.removedKeys.map(({ userId }) => Number(userId)) ?? [];
      expect(keys).toHaveLength(10);
      expect(new Set(keys).size).toBe(10);
      expect(keys.every((key) => key >= 70)).toBe(true);
      const lines = String(plan).split('\n');
      const at = lines.indexOf('Removals, 10 of 30:');
      expect(lines.slice(at + 1, at + 12).map((line) => line.trim())).toEqual(['userId', ...keys.map(String)]);
      expect(Object.keys(tokenOf(plan))).not.toContain('changes');
      const { held = 0 } = plan.changes ?? {};
      const what = held > 0 ? '30 removals held' : '30 keys removed';
      expect(String(plan)).toContain(`Largest change against the last 2 completed runs: ${what}, usually 0.`);
    }
  });

  it('is none where a run would refuse to mirror', async () => {
    await expect(scene.sync({ key: ['userId', 'email'] }).plan()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
