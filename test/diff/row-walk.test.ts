import { describe, expect, it } from 'vitest';
import { openLevel } from '../../src/diff/snapshot/open-snapshot.js';
import { ABSENT, ACCEPTED, LEFT_OUT, REJECTED, SKIPPED } from '../../src/diff/segment/flags.js';
import { getSegment } from '../../src/diff/merge/level-cursor.js';
import type { Level } from '../../src/diff/snapshot/manifest.js';
import type { SnapshotPlace } from '../../src/diff/snapshot/place.js';
import { NO_LEVEL, type LevelRef } from '../../src/state/snapshot-refs.js';
import { removalsOf } from '../../src/diff/walk/removals.js';
import { reachesBack, RowWalk, type RowWalkOptions } from '../../src/diff/walk/row-walk.js';
import type { Verdict, WalkRow } from '../../src/diff/walk/verdict.js';
import { bytes16, keysFrom, madeLevel, madePlace, numberOf } from './model/made-levels.js';

/** Rows of these keys (a key, or key and hash; 0: skipped), in order. */
function rowsOf(...keys: (number | undefined | readonly [key: number, hash: number])[]): WalkRow[] {
  return keys.map((given, row) => {
    const [key, hash] = typeof given === 'object' ? given : [given, 1];
    return { row, key: key === undefined ? undefined : bytes16(key), hash: bytes16(hash), skipped: hash === 0 };
  });
}

const text = (name: string) => (): Uint8Array => new TextEncoder().encode(name);

async function walked(
  place: SnapshotPlace,
  levels: readonly Level[],
  rows: readonly WalkRow[],
  options: Partial<RowWalkOptions> = {},
): Promise<{ readonly verdicts: string[]; readonly told: Verdict[]; readonly level: LevelRef }> {
  const snapshot = { id: place.id, levels };
  const walk = new RowWalk({ place, snapshot, level: NO_LEVEL, from: 0, to: rows.length, mode: 'upsert', ...options });
  const told = [...(await walk.push(rows)), ...(await walk.end())];
  for (const { row } of told) walk.settled(row, 'accepted');
  const verdicts = told.map((verdict) => ('code' in verdict ? verdict.code : verdict.is));
  return { verdicts, told, level: await walk.finish() };
}

/** The entries of a level as they are stored. */
async function stored(place: SnapshotPlace, ref: LevelRef): Promise<string[]> {
  const entries: string[] = [];
  for (const segment of (await openLevel(place, ref)).segments) {
    const { count, keys, hashes, flags, textOf } = await getSegment(place, segment);
    for (let index = 0; index < count; index++) {
      const shown = textOf(index) === undefined ? '' : ` ${new TextDecoder().decode(textOf(index))}`;
      entries.push(`${numberOf(keys, 16 * index)}=${numberOf(hashes, 16 * index)} ${flags[index]}${shown}`);
    }
  }
  return entries;
}

describe('the walk', () => {
  it('tells added, changed, unchanged and skipped rows apart, and writes only what changed', async () => {
    const place = madePlace();
    const base = await madeLevel(place, keysFrom(1, 6));
    const { verdicts, level } = await walked(place, [base], rowsOf(1, [2, 9], 4, [5, 0], 6));
    expect(verdicts).toEqual(['unchanged', 'changed', 'unchanged', 'skipped', 'added']);
    expect(await stored(place, level)).toEqual(['2=9 1', `5=0 ${SKIPPED | ACCEPTED}`, '6=1 1']);
    expect(level).toMatchObject({ accepted: 1, removable: 0, closed: true });
  });

  it('knows a row that was rejected, and that of a mapper that skips it again', async () => {
    const place = madePlace();
    const entries = [
      { key: 1, flags: REJECTED },
      { key: 2, flags: REJECTED },
      { key: 3, hash: 0, flags: SKIPPED },
      { key: 4, hash: 0, flags: SKIPPED },
    ];
    const base = await madeLevel(place, entries);
    const { verdicts, level } = await walked(place, [base], rowsOf(1, [2, 9], [3, 0], 4));
    expect(verdicts).toEqual(['unchanged', 'added', 'skipped', 'added']);
    expect(await stored(place, level)).toEqual(['2=9 1', '4=1 1']);
  });

  it('delivers one of several rows of a key with equal messages, and none of those with different ones', async () => {
    const place = madePlace();
    const base = await madeLevel(place, keysFrom(1, 3));
    const rows = rowsOf([1, 5], [1, 5], [1, 5], [2, 5], [2, 5], [2, 6], [2, 5], 3, 3);
    const { verdicts, told, level } = await walked(place, [base], rows, { mode: 'mirror' });
    const rejected = Array.from({ length: 4 }, () => 'DUPLICATE_KEY');
    expect(verdicts).toEqual(['changed', 'duplicate', 'duplicate', ...rejected, 'added', 'duplicate']);
    expect(told[2]).toEqual({ row: 2, is: 'duplicate', of: 0 });
    expect(told[6]).toEqual({ row: 6, is: 'rejected', code: 'DUPLICATE_KEY', rows: [3, 4, 5], isTooMany: false });
    expect(await stored(place, level)).toEqual(['1=5 1', '3=1 1']);
  });

  it('rejects rows without a key', async () => {
    const place = madePlace();
    const { verdicts, level } = await walked(place, [], rowsOf(1, undefined, undefined));
    expect(verdicts).toEqual(['added', 'KEY_NULL', 'KEY_NULL']);
    expect(level.count).toBe(1);
  });

  it.each([
    ['falls', rowsOf(1, 3, 2), 2],
    ['falls behind rows of one key', rowsOf(3, 3, 2), 2],
    ['follows a row without one', rowsOf(1, undefined, 2), 2],
    ['follows a first row without one', rowsOf(undefined, 2), 1],
  ])('fails when a key %s', async (_what, rows, row) => {
    const place = madePlace();
    await expect(walked(place, [], rows)).rejects.toMatchObject({ code: 'RESULT_UNSORTED', details: { row } });
  });

  it('sends what was appended once never again, whatever it says now', async () => {
    const place = madePlace();
    const base = await madeLevel(place, [{ key: 1 }, { key: 2, flags: REJECTED }, { key: 3, flags: REJECTED }]);
    const { verdicts } = await walked(place, [base], rowsOf([1, 9], [2, 9], 3), { mode: 'append' });
    expect(verdicts).toEqual(['unchanged', 'added', 'unchanged']);
  });

  it('sends everything when it is asked to, and writes it', async () => {
    const place = madePlace();
    const base = await madeLevel(place, keysFrom(1, 3));
    const { verdicts, level } = await walked(place, [base], rowsOf(1, [2, 0], 3), { resend: true });
    expect(verdicts).toEqual(['changed', 'skipped', 'added']);
    expect(level).toMatchObject({ count: 3, accepted: 1 });
  });

  it('knows a row by the hash of the form before, and writes the new one', async () => {
    const place = madePlace();
    const base = await madeLevel(place, keysFrom(1, 3));
    const rows = rowsOf([1, 8], [2, 8]).map((row, index) => ({ ...row, formerHash: bytes16(index + 1) }));
    const { verdicts, level } = await walked(place, [base], rows);
    expect(verdicts).toEqual(['unchanged', 'changed']);
    expect(await stored(place, level)).toEqual(['1=8 1', '2=8 1']);
    expect(level.accepted).toBe(0);
  });

  it('keeps every key it has seen when the snapshot is to be that of a window', async () => {
    const place = madePlace();
    const base = await madeLevel(place, keysFrom(1, 6));
    const { verdicts, level } = await walked(place, [base], rowsOf(1, [3, 4], [3, 5], [5, 2]), { keep: 'window' });
    expect(verdicts).toEqual(['unchanged', 'DUPLICATE_KEY', 'DUPLICATE_KEY', 'changed']);
    expect(await stored(place, level)).toEqual(['1=1 1', '3=1 1', '5=2 1']);
    expect(level.accepted).toBe(3);
  });
});

describe('keys without a row', () => {
  it('are absent when they were accepted and their text is known', async () => {
    const place = madePlace();
    const base = await madeLevel(place, [
      { key: 1, text: 'one' },
      { key: 2 },
      { key: 3, text: 'three', flags: REJECTED },
      { key: 4, text: 'four', flags: ACCEPTED | REJECTED },
      { key: 6, text: 'six' },
      { key: 9, text: 'nine' },
    ]);
    const { verdicts, level } = await walked(place, [base], rowsOf(5, [6, 0]), { mode: 'mirror' });
    expect(verdicts).toEqual(['added', 'skipped']);
    expect(await stored(place, level)).toEqual([
      `1=1 ${ACCEPTED | ABSENT} one`,
      `4=1 ${ACCEPTED | REJECTED | ABSENT} four`,
      '5=1 1',
      `6=0 ${ACCEPTED | SKIPPED | ABSENT | LEFT_OUT} six`,
      `9=1 ${ACCEPTED | ABSENT} nine`,
    ]);
    expect(level.removable).toBe(4);
  });

  it('are not looked for without a need', async () => {
    const place = madePlace();
    const base = await madeLevel(place, [{ key: 1, text: 'one' }]);
    expect((await walked(place, [base], rowsOf(2))).level.removable).toBe(0);
  });

  it('get their text when the run has one and the snapshot not yet', async () => {
    const place = madePlace();
    const base = await madeLevel(place, keysFrom(1, 3));
    const rows = rowsOf(1, 2).map((row) => ({ ...row, text: text(`k${row.row}`) }));
    const { verdicts, level } = await walked(place, [base], rows, { mode: 'mirror' });
    expect(verdicts).toEqual(['unchanged', 'unchanged']);
    expect(await stored(place, level)).toEqual(['1=1 1 k0', '2=1 1 k1']);
    expect(level.accepted).toBe(0);
  });

  it('go to the store at once when they are many, and are named by the checkpoint that passes them', async () => {
    const place = madePlace({ segmentBytes: 4000 });
    const entries = keysFrom(0, 5000).map(({ key }) => ({ key, text: `key ${key}` }));
    const base = await madeLevel(place, entries);
    const before = await place.store.list('');
    const rows = rowsOf([4000, 9], 6000);
    const walk = new RowWalk({
      place,
      snapshot: { id: place.id, levels: [base] },
      level: NO_LEVEL,
      from: 0,
      to: 2,
      mode: 'mirror',
    });
    await walk.push(rows.slice(0, 1));
    expect((await place.store.list('')).length).toBeGreaterThan(before.length + 10);
    expect((await walk.checkpoint(0)).count).toBe(0);
    await walk.push(rows.slice(1));
    walk.settled(0, 'accepted');
    expect((await walk.checkpoint(1)).removable).toBe(4000);
    await walk.end();
    walk.settled(1, 'accepted');
    const level = await walk.finish();
    expect(level.removable).toBe(4999);
    const keys: string[] = [];
    for await (const removals of removalsOf(place, await openLevel(place, level))) {
      keys.push(...removals.map((removal) => `${removal.number} ${new TextDecoder().decode(removal.text)}`));
    }
    const wanted = entries.filter(({ key }) => key !== 4000).map((entry, index) => `${index} ${entry.text}`);
    expect(keys).toEqual(wanted);
  });

  it('are all of them when the result has no rows', async () => {
    const place = madePlace();
    const base = await madeLevel(place, [
      { key: 1, text: 'one' },
      { key: 2, text: 'two' },
    ]);
    const { level } = await walked(place, [base], [], { mode: 'mirror' });
    expect(level).toMatchObject({ removable: 2, closed: true });
  });
});

describe('a range', () => {
  it('owns the keys behind the row before it, up to its last row', async () => {
    const place = madePlace();
    const base = await madeLevel(
      place,
      keysFrom(0, 20).map(({ key }) => ({ key, text: `${key}` })),
    );
    const rows = rowsOf(4, 8, 12, 16);
    const owned = async (from: number, to: number): Promise<string[]> => {
      const given = rows.slice(Math.max(0, from - 1), to + 1);
      const { level } = await walked(place, [base], given, { from, to, mode: 'mirror' });
      return (await stored(place, level)).map((entry) => entry.split('=')[0]!);
    };
    expect(await owned(0, 2)).toEqual(['0', '1', '2', '3', '5', '6', '7']);
    expect(await owned(2, 3)).toEqual(['9', '10', '11']);
    expect(await owned(3, 4)).toEqual(['13', '14', '15', '17', '18', '19']);
    expect(await owned(4, 4)).toEqual(['17', '18', '19']);
  });

  it('judges rows of a key that lie in two ranges alike', async () => {
    const place = madePlace();
    const rows = rowsOf([1, 5], [2, 5], [2, 6], [2, 6], [2, 6], 3);
    const of = async (from: number, to: number, back: number): Promise<string[]> =>
      (await walked(place, [], rows.slice(back), { from, to })).verdicts;
    expect(await of(0, 2, 0)).toEqual(['added', 'DUPLICATE_KEY']);
    expect(await of(3, 5, 0)).toEqual(['DUPLICATE_KEY', 'DUPLICATE_KEY']);
    expect(await of(4, 6, 0)).toEqual(['DUPLICATE_KEY', 'added']);
    expect(reachesBack(rows.slice(2, 4))).toBe(false);
    expect(reachesBack(rows.slice(1, 4))).toBe(false);
    expect(reachesBack(rows.slice(0, 4))).toBe(true);
  });

  it('owns nothing of the snapshot when the row before it has no key', async () => {
    const place = madePlace();
    const base = await madeLevel(place, [{ key: 9, text: 'nine' }]);
    const rows = rowsOf(1, undefined, undefined);
    const { verdicts, level } = await walked(place, [base], rows.slice(1), { from: 2, to: 3, mode: 'mirror' });
    expect(verdicts).toEqual(['KEY_NULL']);
    expect(level.count).toBe(0);
    const before = await walked(place, [base], rows, { from: 0, to: 2, mode: 'mirror' });
    expect(before.level.removable).toBe(1);
  });
});

it('removals are the same under the same numbers, from any of them on', async () => {
  const place = madePlace();
  const base = await madeLevel(
    place,
    keysFrom(0, 60).map(({ key }) => ({ key, text: `${key}` })),
  );
  const { level } = await walked(place, [base], rowsOf(7, 20, 21, [40, 3]), { mode: 'mirror' });
  const opened = await openLevel(place, level);
  expect(opened.segments.length).toBeGreaterThan(3);
  const all: string[] = [];
  const from = async (first: number): Promise<string[]> => {
    const found: string[] = [];
    for await (const removals of removalsOf(place, opened, first)) {
      found.push(...removals.map(({ number, key }) => `${number} ${numberOf(key)}`));
    }
    return found;
  };
  all.push(...(await from(0)));
  expect(all).toHaveLength(56);
  for (let first = 0; first <= 56; first++) expect(await from(first)).toEqual(all.slice(first));
});
