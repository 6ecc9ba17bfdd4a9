import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotCursor } from '../../src/diff/merge/snapshot-cursor.js';
import { ABSENT, ACCEPTED, GONE, LEFT_OUT, PARTLY, REJECTED, SKIPPED } from '../../src/diff/segment/flags.js';
import { bytes16, keysFrom, madeLevel, madePlace, shown, type MadeEntry } from './model/made-levels.js';

describe('a cursor over a snapshot', () => {
  it('shows of each key what the newest level says, from any key on', async () => {
    const entry = fc.record({
      key: fc.nat({ max: 60 }),
      hash: fc.nat({ max: 3 }),
      flags: fc.constantFrom(ACCEPTED, GONE),
    });
    const level = fc.uniqueArray(entry, { selector: ({ key }) => key, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(level, { maxLength: 5 }),
        fc.option(fc.nat({ max: 61 }), { nil: undefined }),
        fc.boolean(),
        async (levels, after, withGone) => {
          const place = madePlace();
          const made = [];
          const plain = new Map<number, MadeEntry>();
          for (const entries of levels) {
            entries.sort((one, other) => one.key - other.key);
            made.push(await madeLevel(place, entries));
            for (const one of entries) plain.set(one.key, one);
          }
          const wanted = [...plain.values()]
            .filter(({ key, flags }) => key > (after ?? -1) && (withGone || flags !== GONE))
            .sort((one, other) => one.key - other.key)
            .map(({ key, hash, flags }) => `${key}=${hash}${flags === GONE ? ` ${GONE}` : ''}`);
          const options = { after: after === undefined ? undefined : bytes16(after), withGone };
          expect(await shown(place, made, options)).toEqual(wanted);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('shows no flags that mean something in the level of their run only', async () => {
    const place = madePlace();
    const level = await madeLevel(place, [
      { key: 1, flags: ACCEPTED | ABSENT },
      { key: 2, flags: ACCEPTED | SKIPPED | ABSENT | LEFT_OUT },
      { key: 3, flags: ACCEPTED | REJECTED | PARTLY, hash: 4 },
    ]);
    expect(await shown(place, [level])).toEqual(['1=1', `2=1 ${ACCEPTED | SKIPPED}`, `3=4 ${ACCEPTED | REJECTED}`]);
  });

  it('shows what is older where a run that was given up had rejected, and no hash where it was partly accepted', async () => {
    const place = madePlace();
    const base = await madeLevel(place, keysFrom(1, 6));
    const entries = [
      { key: 1, hash: 2 },
      { key: 2, hash: 2, flags: ACCEPTED | REJECTED },
      { key: 3, hash: 2, flags: ACCEPTED | REJECTED | PARTLY },
      { key: 4, hash: 2, flags: GONE },
      { key: 7, hash: 2, flags: REJECTED },
    ];
    const abandoned = await madeLevel(place, entries, true);
    expect(await shown(place, [base, abandoned])).toEqual(['1=2', '2=1', '3=0', '5=1']);
    const ended = { ...abandoned, abandoned: false };
    const kept = ['1=2', `2=2 ${ACCEPTED | REJECTED}`, `3=2 ${ACCEPTED | REJECTED}`, '5=1', `7=2 ${REJECTED}`];
    expect(await shown(place, [base, ended])).toEqual(kept);
  });

  it('has the next segment of a level on its way, and no other', async () => {
    const place = madePlace();
    const level = await madeLevel(place, keysFrom(0, 100));
    const asked: string[] = [];
    const store = { ...place.store, get: (name: string) => (asked.push(name), place.store.get(name)) };
    const cursor = new SnapshotCursor({ store }, [level]);
    const names = level.segments.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(8);
    await cursor.next();
    expect(asked).toEqual(names.slice(0, 2));
    for (let key = 1; key < level.segments[0]!.count; key++) expect(cursor.next()).toBe(true);
    expect(asked).toEqual(names.slice(0, 2));
    await cursor.next();
    expect(asked).toEqual(names.slice(0, 3));
  });

  it('reads nothing in front of the key it begins behind', async () => {
    const place = madePlace();
    const level = await madeLevel(place, keysFrom(0, 100));
    const asked: string[] = [];
    const store = { ...place.store, get: (name: string) => (asked.push(name), place.store.get(name)) };
    const left = await shown({ ...place, store }, [level], { after: bytes16(94) });
    expect(left).toEqual(['95=1', '96=1', '97=1', '98=1', '99=1']);
    expect(asked.length).toBeLessThanOrEqual(2);
    expect(await shown(place, [level], { after: bytes16(99) })).toEqual([]);
  });

  it('fails again when it is asked again: no segment is ever left out', async () => {
    const place = madePlace();
    const level = await madeLevel(place, keysFrom(0, 40));
    let isAway = true;
    const lost = level.segments[1]!.name;
    const get = async (name: string): Promise<Uint8Array | undefined> => {
      if (isAway && name === lost) throw new Error('away');
      return place.store.get(name);
    };
    const cursor = new SnapshotCursor({ store: { ...place.store, get } }, [level]);
    const walk = async (): Promise<void> => {
      while (await cursor.next());
    };
    await expect(walk()).rejects.toThrow('away');
    isAway = false;
    await expect(walk()).rejects.toThrow('away');
  });

  it('stops with its signal', async () => {
    const place = madePlace();
    const level = await madeLevel(place, keysFrom(0, 40));
    const controller = new AbortController();
    const cursor = new SnapshotCursor({ store: place.store, signal: controller.signal }, [level]);
    await cursor.next();
    controller.abort(new Error('enough'));
    const walk = async (): Promise<void> => {
      while (await cursor.next());
    };
    await expect(walk()).rejects.toThrow('enough');
  });
});

describe('a snapshot whose store is not as it was', () => {
  it.each([
    ['has lost a segment', undefined, 'it is missing'],
    ['gives other entries under its name', keysFrom(3, 9), 'it has other entries than its manifest says'],
    ['gives fewer entries under its name', keysFrom(0, 2), 'it has other entries than its manifest says'],
  ])('is unreadable when the store %s', async (_what, entries, reason) => {
    const place = madePlace();
    const level = await madeLevel(place, keysFrom(0, 6));
    const [segment] = level.segments;
    if (entries === undefined) await place.store.delete(segment!.name);
    else {
      const other = await madeLevel({ ...place, segmentBytes: 1e6 }, entries);
      const stored = Buffer.from((await place.store.get(other.segments[0]!.name))!);
      const { sealObject } = await import('../../src/diff/segment/stored-object.js');
      const body = stored.subarray(16 + stored.readUInt16LE(10), -16);
      await place.store.put(segment!.name, sealObject('segment', segment!.name, [body]));
    }
    await expect(shown(place, [level])).rejects.toMatchObject({
      code: 'SNAPSHOT_UNREADABLE',
      message: expect.stringContaining(reason),
      details: { name: segment!.name },
    });
  });
});
