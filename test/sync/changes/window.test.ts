import { QueryTemplate } from 'snowmelt';
import type { RunReport, Sync } from 'snowmelt';
import type { SnapshotDiffOptions } from 'snowmelt/diff';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completed, MirrorScene } from './mirror-scene.js';

let scene: MirrorScene;
beforeAll(async () => {
  scene = await MirrorScene.start();
});
afterAll(() => scene.close());
beforeEach(async () => {
  await scene.restart();
  await scene.sql('CREATE OR REPLACE TABLE VISITS AS SELECT ID, EMAIL, 1000::NUMBER(38) AS UPDATED FROM PEOPLE');
});

const IN_WINDOW = `SELECT ID AS "userId", EMAIL AS "email" FROM VISITS WHERE UPDATED >= {{last_sync_time}}`;

function windowed(changes: Partial<SnapshotDiffOptions> = {}): Sync {
  return scene.sync(
    { mode: 'upsert', ...changes },
    { query: new QueryTemplate(IN_WINDOW), lookbackSeconds: 3600, concurrency: 1 },
  );
}

/** The rows are in every window from now on. */
const touch = (where: string): Promise<unknown> => scene.sql(`UPDATE VISITS SET UPDATED = 9999999999 WHERE ${where}`);

const keysOf = async (sync: Sync): Promise<number | undefined> => (await sync.status()).snapshot?.keys;

function found({ rowsRead, changes }: RunReport): unknown {
  const { added, changed, unchanged } = changes ?? {};
  return { rowsRead, added, changed, unchanged };
}

describe('with {{last_sync_time}}', () => {
  it('a wide lookback reads rows again, and sends only what is new', async () => {
    const sync = windowed();
    await touch('ID < 10');
    expect(found(await completed(sync.run()))).toEqual({ rowsRead: 100, added: 100, changed: 0, unchanged: 0 });
    scene.arrived();
    await touch('ID < 12');
    await scene.sql(`UPDATE VISITS SET EMAIL = 'other' WHERE ID = 3`);
    expect(found(await completed(sync.run()))).toEqual({ rowsRead: 12, added: 0, changed: 1, unchanged: 11 });
    expect(scene.arrived()).toEqual(['identify 3']);
    expect(found(await completed(sync.run()))).toEqual({ rowsRead: 12, added: 0, changed: 0, unchanged: 12 });
    expect(scene.arrived()).toEqual([]);
  });

  it('the snapshot holds the keys of the last window, so that one that comes back is sent', async () => {
    const sync = windowed();
    await touch('ID < 10');
    await completed(sync.run());
    expect(await keysOf(sync)).toBe(100);
    await completed(sync.run());
    expect(await keysOf(sync)).toBe(10);
    scene.arrived();
    await touch('ID = 50');
    expect(found(await completed(sync.run()))).toEqual({ rowsRead: 11, added: 1, changed: 0, unchanged: 10 });
    expect(scene.arrived()).toEqual(['identify 50']);
    expect(await keysOf(sync)).toBe(11);
  });

  it('and keep: all, it holds every key ever sent', async () => {
    const sync = windowed({ keep: 'all' });
    await touch('ID < 10');
    await completed(sync.run());
    await completed(sync.run());
    expect(await keysOf(sync)).toBe(100);
    scene.arrived();
    await touch('ID = 50');
    await touch('ID = 51');
    await scene.sql(`UPDATE VISITS SET EMAIL = 'other' WHERE ID = 51`);
    expect(found(await completed(sync.run()))).toEqual({ rowsRead: 12, added: 0, changed: 1, unchanged: 11 });
    expect(scene.arrived()).toEqual(['identify 51']);
    expect(await keysOf(sync)).toBe(100);
  });

  it('a run that is given up within a window loses neither what it sent nor the window before', async () => {
    const sync = windowed();
    await touch('ID < 30');
    await completed(sync.run());
    scene.arrived();
    await scene.sql(`UPDATE VISITS SET EMAIL = 'other' WHERE ID < 20`);
    const stop = new AbortController();
    sync.once('batch:delivered', () => {
      stop.abort();
    });
    expect(await sync.run({ signal: stop.signal })).toMatchObject({ status: 'aborted' });
    const sent = scene.arrived();
    expect(sent.length).toBeGreaterThan(0);
    scene.snowflake.faults.expireResults();
    const report = await completed(sync.run());
    expect(report.warnings.map(({ code }) => code)).toContain('RUN_ABANDONED');
    expect(found(report)).toEqual({ rowsRead: 30, added: 0, changed: 20 - sent.length, unchanged: 10 + sent.length });
    expect([...sent, ...scene.arrived()].sort()).toEqual(
      Array.from({ length: 20 }, (_, id) => `identify ${id}`).sort(),
    );
    expect(found(await completed(sync.run()))).toMatchObject({ changed: 0, unchanged: 30 });
  });
});

describe('mode append', () => {
  it('sends a key once, whatever becomes of its row', async () => {
    const sync = scene.sync({ mode: 'append' });
    expect((await completed(sync.run())).changes).toMatchObject({ added: 100 });
    scene.arrived();
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'other' WHERE ID < 5;
      DELETE FROM PEOPLE WHERE ID = 6; INSERT INTO PEOPLE VALUES (1000, 'new')`);
    const report = await completed(sync.run());
    expect(report.changes).toMatchObject({ added: 1, changed: 0, unchanged: 99, removed: 0, held: 0 });
    expect(scene.arrived()).toEqual(['identify 1000']);
    await scene.sql(`INSERT INTO PEOPLE VALUES (6, 'back')`);
    expect((await completed(sync.run())).changes).toMatchObject({ added: 0, unchanged: 101 });
    expect(scene.arrived()).toEqual([]);
    expect(await keysOf(sync)).toBe(101);
  });

  it('in a window knows the keys of that window', async () => {
    const sync = windowed({ mode: 'append' });
    await touch('ID < 10');
    await completed(sync.run());
    scene.arrived();
    await scene.sql(`UPDATE VISITS SET EMAIL = 'other' WHERE ID < 5`);
    expect(found(await completed(sync.run()))).toEqual({ rowsRead: 10, added: 0, changed: 0, unchanged: 10 });
    expect(scene.arrived()).toEqual([]);
    // As before the change, which was never sent.
    expect(found(await completed(sync.run()))).toMatchObject({ added: 0, unchanged: 10 });
    expect(await keysOf(sync)).toBe(10);
  });
});
