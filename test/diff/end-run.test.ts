import { describe, expect, it } from 'vitest';
import { completeSnapshot, rolledUp } from '../../src/diff/level/end-run.js';
import { growLevel } from '../../src/diff/level/grow-level.js';
import { sweepSnapshot } from '../../src/diff/level/sweep.js';
import { ACCEPTED, GONE, REJECTED } from '../../src/diff/segment/flags.js';
import { acceptedKeys } from '../../src/diff/level/sending-levels.js';
import { openSnapshot } from '../../src/diff/snapshot/open-snapshot.js';
import type { SnapshotPlace } from '../../src/diff/snapshot/place.js';
import {
  abandonedSnapshot,
  NO_LEVEL,
  snapshotRefSchema,
  type LevelRef,
  type SnapshotRef,
} from '../../src/state/snapshot-refs.js';
import { keysFrom, madeLevel, madePlace, shown, type MadeEntry } from './model/made-levels.js';

/** A run's level of these entries. @param accepted - how many keys are new */
async function written(place: SnapshotPlace, entries: readonly MadeEntry[], accepted = 0): Promise<LevelRef> {
  return growLevel(place, NO_LEVEL, (await madeLevel(place, entries)).segments, accepted);
}

async function completed(
  place: SnapshotPlace,
  before: SnapshotRef,
  entries: readonly MadeEntry[],
  accepted = 0,
): Promise<SnapshotRef> {
  return snapshotRefSchema.parse(
    await completeSnapshot(place, before, { rows: await written(place, entries, accepted) }),
  );
}

async function contents(place: SnapshotPlace, ref: SnapshotRef): Promise<string[]> {
  return shown(place, (await openSnapshot(place, ref)).levels);
}

/** The names of all segments of a snapshot. */
async function namesOf(place: SnapshotPlace, ref: SnapshotRef): Promise<string[][]> {
  return (await openSnapshot(place, ref)).levels.map(({ segments }) => segments.map(({ name }) => name));
}

describe('a completed run', () => {
  it('of a first snapshot is its base as it stands', async () => {
    const place = madePlace();
    const level = await written(place, keysFrom(0, 30), 30);
    const after = await completeSnapshot(place, { id: place.id }, { rows: level });
    const { segments } = await madeLevel(place, keysFrom(0, 30));
    expect((await namesOf(place, after)).map((names) => names.length)).toEqual([segments.length]);
    expect(await contents(place, after)).toHaveLength(30);
  });

  it('that found nothing changed writes nothing', async () => {
    const place = madePlace();
    const nothing = { rows: NO_LEVEL, removals: NO_LEVEL };
    expect(await completeSnapshot(place, { id: place.id }, nothing)).toEqual({ id: place.id });
    const first = await completed(place, { id: place.id }, keysFrom(0, 30), 30);
    const before = await place.store.list('');
    expect(await completeSnapshot(place, first, nothing)).toEqual(first);
    expect(await place.store.list('')).toEqual(before);
    const left = abandonedSnapshot(first, [await written(place, [{ key: 3, hash: 2 }])]);
    expect(await contents(place, await completeSnapshot(place, left, nothing))).toContain('3=2');
  });

  it('with few changes is a level above the base; with more than a tenth it is folded in', async () => {
    const place = madePlace();
    const first = await completed(place, { id: place.id }, keysFrom(0, 100), 100);
    const second = await completed(
      place,
      first,
      [
        { key: 5, hash: 2 },
        { key: 200, hash: 2 },
      ],
      1,
    );
    expect(await namesOf(place, second)).toHaveLength(2);
    const third = await completed(
      place,
      second,
      keysFrom(10, 20).map(({ key }) => ({ key, hash: 3 })),
    );
    expect(await namesOf(place, third)).toHaveLength(1);
    const entries = await contents(place, third);
    expect(entries).toHaveLength(101);
    expect(entries.filter((entry) => entry.endsWith('=2'))).toEqual(['5=2', '200=2']);
    expect(entries.filter((entry) => entry.endsWith('=3'))).toHaveLength(10);
    expect(await acceptedKeys(place, await openSnapshot(place, third))).toBe(101);
  });

  it('keeps the segments of the base that it does not touch, under their names', async () => {
    const place = madePlace();
    const first = await completed(place, { id: place.id }, keysFrom(0, 300, 2), 150);
    const [before = []] = await namesOf(place, first);
    const changes = keysFrom(101, 141, 2);
    const second = await completed(place, first, changes, 20);
    const [after = [], ...above] = await namesOf(place, second);
    expect(above).toEqual([]);
    const kept = before.filter((name) => after.includes(name));
    expect(kept.length).toBeGreaterThan(before.length - 6);
    expect(kept.length).toBeLessThan(before.length);
    expect(await contents(place, second)).toHaveLength(170);
  });

  it('leaves no small segments behind, however often it folds', async () => {
    const place = madePlace({ segmentBytes: 1000 });
    let snapshot = await completed(place, { id: place.id }, keysFrom(0, 600, 3), 200);
    for (let run = 0; run < 20; run++) {
      const from = (run * 37) % 500;
      snapshot = await completed(place, snapshot, keysFrom(from, from + 40), 0);
    }
    const [base] = (await openSnapshot(place, snapshot)).levels;
    const sizes = base!.segments.map(({ bytes }) => bytes);
    expect(sizes.filter((bytes) => bytes < 250).length).toBeLessThanOrEqual(2);
  });

  it('leaves a handful of levels after sixty small runs', async () => {
    const place = madePlace();
    let snapshot = await completed(place, { id: place.id }, keysFrom(0, 2000), 2000);
    for (let run = 1; run <= 60; run++) {
      snapshot = await completed(place, snapshot, [
        { key: run * 7, hash: run },
        { key: run * 11 + 1000, hash: run },
      ]);
      expect((await namesOf(place, snapshot)).length).toBeLessThanOrEqual(9);
    }
    const entries = await contents(place, snapshot);
    expect(entries).toContain('420=60');
    expect(entries).toContain('1660=60');
    expect(entries).toContain('7=1');
  });

  it('takes out what many small runs have removed', async () => {
    const place = madePlace();
    let snapshot = await completed(place, { id: place.id }, keysFrom(0, 400), 400);
    for (let key = 0; key < 30; key++) {
      snapshot = await completed(place, snapshot, [{ key, flags: GONE }], -1);
    }
    expect((await namesOf(place, snapshot)).length).toBeGreaterThan(1);
    expect(await contents(place, snapshot)).toHaveLength(370);
    expect(await acceptedKeys(place, await openSnapshot(place, snapshot))).toBe(370);
  });

  it('takes out what was removed, and the base may become empty', async () => {
    const place = madePlace();
    const first = await completed(place, { id: place.id }, keysFrom(0, 30), 30);
    const removals = await written(
      place,
      keysFrom(0, 30).map(({ key }) => ({ key, flags: GONE })),
      -30,
    );
    const after = await completeSnapshot(place, first, { rows: NO_LEVEL, removals });
    expect(await contents(place, after)).toEqual([]);
    expect(await acceptedKeys(place, await openSnapshot(place, after))).toBe(0);
    const again = await completed(place, after, keysFrom(3, 5), 2);
    expect(await contents(place, again)).toEqual(['3=1', '4=1']);
  });

  it('of a window is all that is left', async () => {
    const place = madePlace();
    const first = await completed(place, { id: place.id }, keysFrom(0, 30), 30);
    const rows = await written(place, keysFrom(5, 9), 4);
    const after = await completeSnapshot(place, first, { rows }, 'window');
    expect(await contents(place, after)).toEqual(['5=1', '6=1', '7=1', '8=1']);
  });
});

describe('a run that was given up', () => {
  it('leaves what it had written, and the next run names it in a manifest', async () => {
    const place = madePlace();
    const first = await completed(place, { id: place.id }, keysFrom(0, 100), 100);
    const rows = await written(
      place,
      [
        { key: 1, hash: 2 },
        { key: 2, hash: 2, flags: ACCEPTED | REJECTED },
        { key: 300, hash: 2 },
      ],
      1,
    );
    const left = snapshotRefSchema.parse(abandonedSnapshot(first, [rows, NO_LEVEL]));
    const entries = await contents(place, left);
    expect(entries.filter((entry) => entry.endsWith('=2'))).toEqual(['1=2', '300=2']);
    const rolled = await rolledUp(place, left);
    expect(rolled.levels).toBeUndefined();
    expect(await contents(place, rolled)).toEqual(entries);
    expect(await acceptedKeys(place, await openSnapshot(place, rolled))).toBe(101);
    expect(await rolledUp(place, rolled)).toBe(rolled);
    expect(abandonedSnapshot(first, [NO_LEVEL])).toBe(first);
  });

  it('leaves no base when it was the first, and what it rejected comes again', async () => {
    const place = madePlace();
    const rows = await written(place, [{ key: 1 }, { key: 2, flags: REJECTED }], 1);
    const left = abandonedSnapshot({ id: place.id }, [rows]);
    expect(await contents(place, left)).toEqual(['1=1']);
    const rolled = await rolledUp(place, left);
    expect(await contents(place, rolled)).toEqual(['1=1']);
    const folded = await completed(place, rolled, [{ key: 3 }], 1);
    expect(await namesOf(place, folded)).toHaveLength(1);
    expect(await contents(place, folded)).toEqual(['1=1', '3=1']);
  });
});

describe('a manifest', () => {
  it.each([
    ['is lost', async (place: SnapshotPlace, name: string) => place.store.delete(name), 'it is missing'],
    [
      'is cut short',
      async (place: SnapshotPlace, name: string) => place.store.put(name, (await place.store.get(name))!.slice(0, -9)),
      'cut short',
    ],
  ])('that %s makes the snapshot unreadable, not empty', async (_what, harm, reason) => {
    const place = madePlace();
    const first = await completed(place, { id: place.id }, keysFrom(0, 30), 30);
    await harm(place, first.manifest!);
    await expect(openSnapshot(place, first)).rejects.toMatchObject({
      code: 'SNAPSHOT_UNREADABLE',
      message: expect.stringContaining(reason),
      details: { name: first.manifest },
    });
  });

  it('of another snapshot is not taken', async () => {
    const place = madePlace();
    const first = await completed(place, { id: place.id }, keysFrom(0, 30), 30);
    await expect(openSnapshot(place, { ...first, id: 'other' })).rejects.toMatchObject({
      code: 'SNAPSHOT_UNREADABLE',
      message: expect.stringContaining('it is not of the snapshot "other"'),
    });
  });
});

describe('the sweep', () => {
  async function twoRuns(): Promise<{ place: SnapshotPlace; first: SnapshotRef; second: SnapshotRef }> {
    const place = madePlace({ token: 5 });
    const first = await completed(place, { id: place.id }, keysFrom(0, 30), 30);
    const second = await completed(place, first, keysFrom(10, 20), 0);
    return { place, first, second };
  }

  it('removes what neither the present nor the previous snapshot names', async () => {
    const { place, first, second } = await twoRuns();
    await place.store.put(`${place.id}/4-orphan`, new Uint8Array(1));
    await place.store.put(`${place.id}/5-orphan`, new Uint8Array(1));
    const third = await completed(place, second, keysFrom(20, 30), 0);
    expect(await sweepSnapshot(place, { present: third, previous: second, isShared: false })).toBeGreaterThan(2);
    expect(await contents(place, third)).toHaveLength(30);
    expect(await contents(place, second)).toHaveLength(30);
    await expect(openSnapshot(place, first)).rejects.toMatchObject({ code: 'SNAPSHOT_UNREADABLE' });
    await sweepSnapshot(place, { present: third, isShared: false });
    expect(await contents(place, third)).toHaveLength(30);
    const known = [third.manifest, ...(await namesOf(place, third)).flat()];
    expect([...(await place.store.list(''))].sort()).toEqual(known.sort());
  });

  it('leaves the objects of later tokens, of other snapshots and of others alone', async () => {
    const { place, second } = await twoRuns();
    const strangers = [`${place.id}/6-later`, `${place.id}0/4-other`, `other/1-a`, `${place.id}/readme`];
    for (const name of strangers) await place.store.put(name, new Uint8Array(1));
    await sweepSnapshot(place, { present: second, isShared: false });
    expect(await place.store.list('')).toEqual(expect.arrayContaining(strangers));
  });

  it('removes nothing while others write', async () => {
    const { place, second } = await twoRuns();
    const before = await place.store.list('');
    expect(await sweepSnapshot(place, { present: second, isShared: true })).toBe(0);
    expect(await place.store.list('')).toEqual(before);
  });

  it('keeps levels of runs that have not ended, with what their index names', async () => {
    const { place, second } = await twoRuns();
    let open = NO_LEVEL;
    for (let run = 0; run < 40; run++)
      open = await growLevel(place, open, (await written(place, [{ key: run }])).segments, 1);
    expect(open.index).toBeDefined();
    const abandoned = abandonedSnapshot(second, [await written(place, [{ key: 1, hash: 9 }])]);
    await sweepSnapshot(place, { present: abandoned, open: [open], isShared: false });
    expect(await contents(place, { id: place.id, levels: [open] })).toHaveLength(40);
    expect(await contents(place, abandoned)).toContain('1=9');
  });

  it('goes on without the previous snapshot when that is gone, never without the present one', async () => {
    const { place, first, second } = await twoRuns();
    await place.store.delete(first.manifest!);
    expect(await sweepSnapshot(place, { present: second, previous: first, isShared: false })).toBeGreaterThan(0);
    await place.store.delete(second.manifest!);
    const before = await place.store.list('');
    await expect(sweepSnapshot(place, { present: second, isShared: false })).rejects.toMatchObject({
      code: 'SNAPSHOT_UNREADABLE',
    });
    expect(await place.store.list('')).toEqual(before);
  });
});
