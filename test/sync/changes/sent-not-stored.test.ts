import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sync } from 'snowmelt';
import type { ChangesMode, SnapshotDiffOptions } from 'snowmelt/diff';
import { DyingState } from './dying-state.js';
import { completed, MirrorScene } from './mirror-scene.js';

let scene: MirrorScene;
beforeAll(async () => {
  scene = await MirrorScene.start();
});
afterAll(() => scene.close());
beforeEach(() => scene.restart());

const options = (mode: ChangesMode): Partial<SnapshotDiffOptions> =>
  mode === 'mirror' ? { maxRemoved: '100%' } : { mode };

/** A sync whose process dies once so many more messages have arrived: nothing of what came of them is stored. */
function dying(messages: number, mode: ChangesMode = 'mirror'): Sync {
  const from = scene.collector.messages.length;
  const isOver = (): boolean => scene.collector.messages.length >= from + messages;
  return scene.sync(options(mode), { state: new DyingState(scene.state, isOver), concurrency: 2 });
}

/** What the destination has, by all that it was told. */
function destination(): Record<string, unknown> {
  const known = new Map<string, unknown>();
  for (const { type, userId, traits } of scene.collector.messages) {
    if (type === 'identify') known.set(userId as string, (traits as { email: string }).email);
    else known.delete(userId as string);
  }
  return Object.fromEntries(known);
}

async function table(): Promise<Record<string, unknown>> {
  const rows = await scene.snowflake.query('SELECT ID, EMAIL FROM PEOPLE');
  return Object.fromEntries(rows.map(({ ID, EMAIL }) => [String(ID), EMAIL]));
}

/** The run that died is given up, because its result is no longer kept. */
const giveUp = (): void => {
  scene.snowflake.faults.expireResults();
};

const CHANGE = `UPDATE PEOPLE SET EMAIL = 'other@example.com'`;
const CHANGE_BACK = `UPDATE PEOPLE SET EMAIL = 'p' || ID || '@example.com'`;

describe.each(['mirror', 'upsert'] as const)('what a run that was given up may have sent, in mode %s', (mode) => {
  it('is sent again when its rows are as they were before', async () => {
    await completed(scene.sync(options(mode)).run());
    await scene.sql(CHANGE);
    expect((await dying(20, mode).run()).status).toBe('failed');
    expect(Object.values(destination())).toContain('other@example.com');
    await scene.sql(CHANGE_BACK);
    giveUp();
    await completed(scene.sync(options(mode)).run());
    expect(destination()).toEqual(await table());
    const { length } = scene.collector.messages;
    await completed(scene.sync(options(mode)).run());
    expect(scene.collector.messages).toHaveLength(length);
  });

  it('is sent again after a range that died', async () => {
    await completed(scene.sync(options(mode)).run());
    await scene.sql(CHANGE);
    const worker = dying(20, mode);
    const handle = await worker.begin();
    expect((await worker.deliverRange(handle, { from: 40, to: 100 })).status).toBe('failed');
    await scene.sync(options(mode)).release(handle);
    await scene.sql(CHANGE_BACK);
    giveUp();
    await completed(scene.sync(options(mode)).run());
    expect(destination()).toEqual(await table());
  });

  it('is sent again after a run that sent everything anew', async () => {
    await completed(scene.sync(options(mode)).run());
    await scene.sql(CHANGE);
    expect((await dying(20, mode).run({ resend: true })).status).toBe('failed');
    await scene.sql(CHANGE_BACK);
    giveUp();
    await completed(scene.sync(options(mode)).run());
    expect(destination()).toEqual(await table());
  });

  it('is sent again after two runs that were given up, one after the other', async () => {
    await completed(scene.sync(options(mode)).run());
    for (const email of ['one', 'two']) {
      await scene.sql(`UPDATE PEOPLE SET EMAIL = '${email}'`);
      expect((await dying(30, mode).run()).status).toBe('failed');
      giveUp();
    }
    await scene.sql(CHANGE_BACK);
    await completed(scene.sync(options(mode)).run());
    expect(destination()).toEqual(await table());
  });
});

describe('what a run of a mirror that was given up may have sent', () => {
  it('is removed when its rows are gone again', async () => {
    await completed(scene.sync({ maxRemoved: '100%' }).run());
    await scene.sql(`INSERT INTO PEOPLE SELECT 1000 + SEQ4(), 'new' FROM TABLE(GENERATOR(ROWCOUNT => 50))`);
    expect((await dying(20).run()).status).toBe('failed');
    await scene.sql('DELETE FROM PEOPLE WHERE ID >= 1000');
    giveUp();
    await completed(scene.sync({ maxRemoved: '100%' }).run());
    expect(destination()).toEqual(await table());
    expect((await scene.sync().status()).snapshot?.keys).toBe(100);
  });

  it('is sent again when somebody who was removed is there again', async () => {
    await completed(scene.sync({ maxRemoved: '100%' }).run());
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 50');
    expect((await dying(20).run()).status).toBe('failed');
    expect(Object.keys(destination()).length).toBeLessThan(100);
    await scene.refill();
    giveUp();
    await completed(scene.sync({ maxRemoved: '100%' }).run());
    expect(destination()).toEqual(await table());
  });

  it('is sent again when finish() died among the removals', async () => {
    await completed(scene.sync({ maxRemoved: '100%' }).run());
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 50');
    const worker = dying(20);
    const handle = await worker.begin();
    await completed(worker.deliverRange(handle, { from: 0, to: 50 }));
    await expect(worker.finish(handle)).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    await scene.sync().release(handle);
    await scene.refill();
    giveUp();
    await completed(scene.sync({ maxRemoved: '100%' }).run());
    expect(destination()).toEqual(await table());
  });

  it('is nothing that a resumed run sends again behind its last checkpoint, and the ids are the same', async () => {
    await completed(scene.sync({ maxRemoved: '100%' }).run());
    scene.collector.clear();
    await scene.sql(CHANGE);
    expect((await dying(40).run()).status).toBe('failed');
    const settled = (await scene.state.get('people'))?.value.run?.settled.at(-1)?.to ?? 0;
    const first = scene.collector.messages.length;
    await completed(scene.sync({ maxRemoved: '100%' }).run());
    const ids = scene.collector.messages.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(100);
    expect(ids.length - first).toBe(100 - settled);
    expect((await scene.state.get('people'))?.value.snapshot?.present.levels).toBeUndefined();
  });
});

it('reset() forgets it with the rest', async () => {
  await completed(scene.sync({ mode: 'upsert' }).run());
  await scene.sql(CHANGE);
  expect((await dying(20, 'upsert').run()).status).toBe('failed');
  await scene.sql(CHANGE_BACK);
  await scene.sync({ mode: 'upsert' }).reset({ lastSyncTime: 0 });
  expect((await completed(scene.sync({ mode: 'upsert' }).run())).changes).toMatchObject({ added: 100, changed: 0 });
  expect(destination()).toEqual(await table());
});

it('append loses nothing that a run which was given up may not have sent', async () => {
  expect((await dying(20, 'append').run()).status).toBe('failed');
  giveUp();
  await completed(scene.sync({ mode: 'append' }).run());
  expect(destination()).toEqual(await table());
});

describe('what a backfill may have sent', () => {
  it.each([
    ['died', () => undefined],
    ['died, and is called again when its result is no longer kept', giveUp],
  ])('is sent again by the next run when it %s', async (_how, then) => {
    await completed(scene.sync({ mode: 'upsert' }).run());
    await scene.sql(CHANGE);
    expect((await dying(20, 'upsert').backfill({ from: 0 })).status).toBe('failed');
    await scene.sql(CHANGE_BACK);
    if (then === giveUp) {
      giveUp();
      // It begins anew, and dies as well.
      expect((await dying(20, 'upsert').backfill({ from: 0 })).status).toBe('failed');
    }
    await completed(scene.sync({ mode: 'upsert' }).run());
    expect(destination()).toEqual(await table());
    const { length } = scene.collector.messages;
    expect((await completed(scene.sync({ mode: 'upsert' }).run())).changes?.unchanged).toBe(100);
    expect(scene.collector.messages).toHaveLength(length);
  });

  it('is sent again by the next run when it was given up', async () => {
    await completed(scene.sync({ mode: 'upsert' }).run());
    await scene.sql(CHANGE);
    const backfill = scene.sync({ mode: 'upsert' });
    scene.collector.fault({ kind: 'status', status: 400 }, { after: 3, times: Infinity });
    expect(await backfill.backfill({ from: 0 })).toMatchObject({ status: 'failed' });
    scene.collector.clearFaults();
    await scene.sql(CHANGE_BACK);
    await completed(scene.sync({ mode: 'upsert' }).run());
    expect(destination()).toEqual(await table());
  });
});
