import { identify, QueryTemplate } from 'snowmelt';
import type { RowMapper, Sync } from 'snowmelt';
import { MemorySnapshotStore } from 'snowmelt/diff';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completed, MirrorScene, PEOPLE, removalsOf } from '../mirror-scene.js';

let scene: MirrorScene;
beforeAll(async () => {
  scene = await MirrorScene.start();
});
afterAll(() => scene.close());
beforeEach(() => scene.restart());

/** One batch at a time: what has arrived when a run is cut off is settled, and stored as such. */
const inOrder = { concurrency: 1 };

/** Cuts the next run of a sync off when something of it has happened. */
function cut(sync: Sync, when: 'query:done' | 'batch:delivered'): AbortSignal {
  const stop = new AbortController();
  sync.once(when, () => {
    stop.abort();
  });
  return stop.signal;
}

const everybody = Array.from({ length: 100 }, (_, id) => `identify ${id}`).sort();
const codesOf = ({ warnings }: { readonly warnings: readonly { readonly code: string }[] }): readonly string[] =>
  warnings.map(({ code }) => code);

describe('a run that was given up', () => {
  it('keeps what it had settled, and its removals are found anew', async () => {
    const sync = scene.sync({}, inOrder);
    await completed(sync.run());
    scene.arrived();
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'other' WHERE ID >= 50; DELETE FROM PEOPLE WHERE ID < 3`);
    expect(await sync.run({ signal: cut(sync, 'batch:delivered') })).toMatchObject({ status: 'aborted' });
    const sent = scene.arrived();
    expect(sent.length).toBeGreaterThan(0);
    scene.snowflake.faults.expireResults();
    // One of them is back.
    await scene.sql(`INSERT INTO PEOPLE VALUES (0, 'p0@example.com')`);
    const report = await completed(sync.run());
    expect(codesOf(report)).toContain('RUN_ABANDONED');
    expect(report.changes).toEqual({
      added: 0,
      changed: 50 - sent.length,
      unchanged: 48 + sent.length,
      removed: 2,
      held: 0,
    });
    expect([...sent, ...scene.arrived()].sort()).toEqual(
      [
        ...everybody.filter((text) => Number(text.slice(9)) >= 50),
        'track User Deleted 1',
        'track User Deleted 2',
      ].sort(),
    );
    const { history, snapshot } = await sync.status();
    expect(history.map(({ status }) => status)).toEqual(['completed', 'abandoned', 'completed']);
    expect(snapshot).toEqual({ keys: 98, held: undefined });
    expect((await completed(sync.run())).changes).toMatchObject({ unchanged: 98, changed: 0, removed: 0 });
  });
});

describe('seed()', () => {
  it('gives an open run up, and takes the present result as sent', async () => {
    const sync = scene.sync();
    expect(await sync.run({ signal: cut(sync, 'batch:delivered') })).toMatchObject({ status: 'aborted' });
    scene.arrived();
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'other' WHERE ID >= 50`);
    const seeded = await completed(sync.seed());
    expect(codesOf(seeded)).toContain('RUN_ABANDONED');
    expect(seeded).toMatchObject({ messages: 0, changes: { unchanged: 100 } });
    expect((await completed(sync.run())).changes).toMatchObject({ added: 0, changed: 0, unchanged: 100 });
    expect(scene.arrived()).toEqual([]);
  });

  interface Turn {
    readonly name: string;
    readonly then?: () => unknown;
    readonly next?: (sync: Sync) => Promise<unknown>;
    readonly sync?: () => Sync;
  }
  const inRanges = async (sync: Sync): Promise<unknown> => {
    const handle = await sync.begin();
    const half = Math.floor(handle.rowCount / 2);
    await completed(sync.deliverRange(handle, { from: half, to: handle.rowCount }));
    if (handle.firstRow < half) await completed(sync.deliverRange(handle, { from: 0, to: half }));
    return sync.finish(handle);
  };
  const turns: readonly Turn[] = [
    { name: 'at once' },
    { name: 'in ranges', next: inRanges },
    { name: 'when its result has expired', then: () => scene.snowflake.faults.expireResults() },
    {
      name: 'in ranges, when its result has expired',
      then: () => scene.snowflake.faults.expireResults(),
      next: inRanges,
    },
    {
      name: 'with another mapper',
      sync: () => scene.sync({}, { mapper: identify({ emailFallback: true }) as unknown as RowMapper }),
    },
    { name: 'with another query', sync: () => scene.sync({}, { query: new QueryTemplate(`${PEOPLE} WHERE ID >= 0`) }) },
    { name: 'with an approval of removals', next: (sync) => completed(sync.run({ removals: { upTo: 100 } })) },
  ];
  it.each(turns)('that was cut off is never delivered by the next run, $name', async ({ then, next, sync: other }) => {
    const sync = scene.sync();
    expect(await sync.seed({ signal: cut(sync, 'query:done') })).toMatchObject({ status: 'aborted' });
    expect((await sync.status()).run?.kind).toBe('seed');
    then?.();
    const again = other?.() ?? sync;
    await (next ?? ((each) => completed(each.run())))(again);
    expect(scene.arrived()).toEqual([]);
    expect((await again.status()).snapshot).toMatchObject({ keys: 100 });
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'other' WHERE ID = 5`);
    expect((await completed(again.run())).changes).toMatchObject({ added: 0, changed: 1, unchanged: 99 });
    expect(scene.arrived()).toEqual(['identify 5']);
  });

  it('over a snapshot that has other people removes nobody', async () => {
    const sync = scene.sync();
    await completed(sync.run());
    scene.arrived();
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 3');
    await sync.seed({ signal: cut(sync, 'query:done') });
    scene.snowflake.faults.expireResults();
    expect(removalsOf(await completed(sync.run()))).toEqual({ removed: 0, held: 0, why: '' });
    expect((await sync.status()).snapshot?.keys).toBe(97);
    expect(scene.arrived()).toEqual([]);
  });
});

describe('run({ resend: true }) that was cut off', () => {
  it('is gone on with by the next run: everybody is sent, nobody under two ids', async () => {
    const sync = scene.sync({}, inOrder);
    await completed(sync.run());
    scene.arrived();
    expect(await sync.run({ resend: true, signal: cut(sync, 'batch:delivered') })).toMatchObject({ status: 'aborted' });
    const report = await completed(sync.run());
    expect(report).toMatchObject({ rowsRead: 100, rowsDelivered: 100, changes: { changed: 100, unchanged: 0 } });
    expect(report.resumedFromRow).toBeGreaterThan(0);
    const ids = new Set(scene.collector.messages.map(({ messageId }) => messageId));
    expect(ids.size).toBe(100);
    expect([...new Set(scene.arrived())]).toEqual(everybody);
    expect((await completed(sync.run())).changes).toMatchObject({ unchanged: 100 });
  });

  it('sends everybody also when its result has expired', async () => {
    const sync = scene.sync();
    await completed(sync.run());
    scene.arrived();
    await sync.run({ resend: true, signal: cut(sync, 'batch:delivered') });
    scene.snowflake.faults.expireResults();
    scene.arrived();
    const report = await completed(sync.run());
    expect(codesOf(report)).toContain('RUN_ABANDONED');
    expect(report.changes).toMatchObject({ changed: 100, unchanged: 0 });
    expect(scene.arrived()).toEqual(everybody);
    expect((await completed(sync.run())).changes).toMatchObject({ unchanged: 100 });
  });
});

describe('reset()', () => {
  it('removes the objects of the snapshot that it forgets, and no others', async () => {
    const sync = scene.sync();
    const other = scene.sync({}, { name: 'others' });
    await completed(sync.run());
    await completed(other.run());
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'other' WHERE ID >= 50`);
    await sync.run({ signal: cut(sync, 'batch:delivered') });
    const { snapshot } = (await scene.state.get('others'))!.value;
    await sync.reset();
    const names = await scene.snapshots.list('');
    expect(names.length).toBeGreaterThan(0);
    expect(names.every((name) => name.startsWith(`${snapshot!.present.id}/`))).toBe(true);
    scene.arrived();
    expect((await completed(sync.run())).changes).toMatchObject({ added: 100 });
    expect((await completed(other.run())).changes).toMatchObject({ changed: 50, unchanged: 50 });
  });

  it('is done also when the store of snapshots refuses to remove', async () => {
    const { put, get, list } = new MemorySnapshotStore();
    const refusing = { put, get, list, delete: () => Promise.reject(new TypeError('no')) };
    const sync = scene.sync({ snapshots: refusing });
    await completed(sync.run());
    await sync.reset();
    expect((await sync.status()).snapshot).toBeUndefined();
    expect((await completed(sync.run())).changes).toMatchObject({ added: 100, unchanged: 0 });
  });

  it('that is refused leaves the snapshot as it was', async () => {
    const sync = scene.sync();
    await completed(sync.run());
    const handle = await sync.begin();
    await expect(sync.reset()).rejects.toMatchObject({ code: 'LEASE_HELD' });
    await sync.release(handle);
    expect((await completed(sync.run())).changes).toMatchObject({ unchanged: 100 });
  });
});
