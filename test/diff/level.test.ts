import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinLevels } from '../../src/diff/level/grow-level.js';
import { LevelRecorder } from '../../src/diff/level/level-recorder.js';
import { ACCEPTED } from '../../src/diff/segment/flags.js';
import { openLevel } from '../../src/diff/snapshot/open-snapshot.js';
import type { SnapshotPlace } from '../../src/diff/snapshot/place.js';
import { levelRefSchema, NO_LEVEL, type LevelRef } from '../../src/state/snapshot-refs.js';
import type { SnapshotStore } from '../../src/diff/stores/snapshot-store.js';
import { bytes16, hexOf, keysFrom, madePlace, shown } from './model/made-levels.js';

function add(recorder: LevelRecorder, row: number, isOpen = false): void {
  const [keys, hashes] = [bytes16(row), bytes16(1)];
  recorder.add({
    row,
    keys,
    keyAt: 0,
    hashes,
    hashAt: 0,
    flags: ACCEPTED,
    text: undefined,
    wasAccepted: false,
    isOpen,
  });
}

async function keysOf(place: SnapshotPlace, level: LevelRef): Promise<string[]> {
  return shown(place, [await openLevel(place, level)]);
}

const wanted = (from: number, to: number): string[] => keysFrom(from, to).map(({ key }) => `${key}=1`);

/** A store that counts what is written, and fails when it is told to. */
function watched(store: SnapshotStore): SnapshotStore & { bytes: number; failAt: number; puts: number } {
  const watching = {
    ...store,
    bytes: 0,
    puts: 0,
    failAt: -1,
    put: async (name: string, bytes: Uint8Array) => {
      watching.puts += 1;
      if (watching.puts === watching.failAt) throw new Error('away');
      watching.bytes += bytes.length;
      await store.put(name, bytes);
    },
  };
  return watching;
}

describe('the level of a run', () => {
  it.each([1, 7])(
    'has a reference of bounded size after 1,000 checkpoints, the last %i times as far',
    async (stride) => {
      const place = madePlace({ segmentBytes: 65_536 });
      const store = watched(place.store);
      const recorder = new LevelRecorder({ ...place, store }, NO_LEVEL);
      let [row, longest, level] = [0, 0, NO_LEVEL];
      for (let checkpoint = 0; checkpoint < 1000; checkpoint++) {
        const end = row + (checkpoint % 10 === 0 ? stride : 1);
        for (; row < end; row++) add(recorder, row);
        level = await recorder.checkpoint(row);
        longest = Math.max(longest, JSON.stringify(level).length);
      }
      levelRefSchema.parse(level);
      expect(longest).toBeLessThan(4000);
      expect(level.count).toBe(row);
      expect(await keysOf(place, level)).toEqual(wanted(0, row));
      const { segments } = await openLevel(place, level);
      // Few segments are left to read, and no entry was written again more than a few times.
      expect(segments.length).toBeLessThan(30);
      const written = await Promise.all(
        (await place.store.list('')).map(async (name) => (await place.store.get(name))!),
      );
      const entries = written
        .filter((bytes) => bytes[8] === 1)
        .reduce((sum, bytes) => sum + (bytes.length - 100) / 33, 0);
      expect(entries).toBeLessThan(row * 12);
    },
  );

  it('loses no entry when the store fails in the middle of a checkpoint', async () => {
    for (let failAt = 1; failAt <= 6; failAt++) {
      const place = madePlace({ segmentBytes: 200 });
      const store = watched(place.store);
      const recorder = new LevelRecorder({ ...place, store }, NO_LEVEL);
      for (let row = 0; row < 30; row++) add(recorder, row);
      store.failAt = failAt;
      if (failAt <= 5) await expect(recorder.checkpoint(30)).rejects.toThrow('away');
      const level = await recorder.checkpoint(30);
      expect(level.count).toBe(30);
      expect(await keysOf(place, level)).toEqual(wanted(0, 30));
    }
  });

  it('takes entries while a checkpoint is written', async () => {
    const place = madePlace({ segmentBytes: 200 });
    const recorder = new LevelRecorder(place, NO_LEVEL);
    for (let row = 0; row < 20; row++) add(recorder, row);
    const writing = recorder.checkpoint(20);
    for (let row = 20; row < 700; row++) add(recorder, row, true);
    await writing;
    for (let row = 20; row < 700; row++) recorder.settle(row, () => ACCEPTED);
    const half = recorder.checkpoint(300);
    add(recorder, 700);
    await half;
    expect(await keysOf(place, await recorder.checkpoint(701))).toEqual(wanted(0, 701));
  });

  it('refuses a checkpoint over a row that is not settled', async () => {
    const recorder = new LevelRecorder(madePlace(), NO_LEVEL);
    add(recorder, 0);
    add(recorder, 1, true);
    expect((await recorder.checkpoint(1)).count).toBe(1);
    await expect(recorder.checkpoint(2)).rejects.toMatchObject({ code: 'BOOKS_UNBALANCED' });
    recorder.settle(1, () => undefined);
    expect((await recorder.checkpoint(2)).count).toBe(1);
  });

  it('is joined of its ranges in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...Array(40).keys()], { minLength: 40 }), async (order) => {
        const place = madePlace({ segmentBytes: 400 });
        let level = NO_LEVEL;
        for (const range of order) {
          const recorder = new LevelRecorder(place, NO_LEVEL);
          for (let row = range * 10; row < range * 10 + 10; row++) add(recorder, row);
          level = await joinLevels(place, level, await recorder.checkpoint(Infinity));
          levelRefSchema.parse(level);
        }
        expect(await keysOf(place, level)).toEqual(wanted(0, 400));
        expect(level).toMatchObject({ count: 400, accepted: 400 });
      }),
      { numRuns: 5 },
    );
  });

  it('is unreadable when its index is lost, or of another snapshot, or its parts overlap', async () => {
    const place = madePlace({ segmentBytes: 200 });
    const recorder = new LevelRecorder(place, NO_LEVEL);
    for (let row = 0; row < 200; row++) add(recorder, row);
    const level = await recorder.checkpoint(200);
    const unreadable = { code: 'SNAPSHOT_UNREADABLE' };
    await expect(openLevel({ ...place, id: 'other' }, level)).rejects.toMatchObject(unreadable);
    const { segments } = await openLevel(place, level);
    expect(segments[0]!.first).toBe(hexOf(0));
    const twice = { ...level, segments: segments.slice(0, 1), count: level.count + segments[0]!.count };
    await expect(openLevel(place, twice)).rejects.toMatchObject({ message: expect.stringContaining('overlap') });
    await expect(openLevel(place, { ...level, count: 3 })).rejects.toMatchObject(unreadable);
    await place.store.delete(level.index!);
    await expect(openLevel(place, level)).rejects.toMatchObject({ ...unreadable, details: { name: level.index } });
  });
});
