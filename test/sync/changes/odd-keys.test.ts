import { QueryTemplate } from 'snowmelt';
import type { DeadLetter, RunReport, Sync } from 'snowmelt';
import { CallbackSink } from 'snowmelt/sinks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completed, MirrorScene, removalsOf } from './mirror-scene.js';

let scene: MirrorScene;
let letters: DeadLetter[];
beforeAll(async () => {
  scene = await MirrorScene.start();
});
afterAll(() => scene.close());
beforeEach(async () => {
  await scene.restart();
  letters = [];
});

function deadLetter(): CallbackSink<DeadLetter> {
  return new CallbackSink<DeadLetter>((batch) => {
    letters.push(...batch);
    return Promise.resolve();
  });
}

function mirror(maxRejected = 1_000): Sync {
  return scene.sync({}, { deadLetter: deadLetter(), maxRejected });
}

const again = (where: string, email = 'EMAIL'): Promise<unknown> =>
  scene.sql(`INSERT INTO PEOPLE SELECT ID, ${email} FROM PEOPLE WHERE ${where}`);

/** One run in ranges of so many rows, as the workers of a queue would do it. */
async function inRanges(sync: Sync, rows: number): Promise<RunReport> {
  const handle = await sync.begin();
  const ranges = Array.from({ length: Math.ceil(handle.rowCount / rows) }, (_, index) => ({
    from: index * rows,
    to: Math.min((index + 1) * rows, handle.rowCount),
  }));
  // From the last one on: what a range knows of its neighbours it has from its own reading.
  for (const range of ranges.reverse()) await completed(sync.deliverRange(handle, range));
  return completed(sync.finish(handle));
}

// Pages of a result have 20 rows.
const ways: readonly [string, number, (sync: Sync) => Promise<RunReport>][] = [
  ['run()', 100, (sync) => completed(sync.run())],
  ['ranges of 25 rows', 100, (sync) => inRanges(sync, 25)],
  ['ranges of one row', 5, (sync) => inRanges(sync, 1)],
];

describe.each(ways)('through %s', (_name, people, run) => {
  beforeEach(() => scene.sql(`DELETE FROM PEOPLE WHERE ID >= ${people}`));

  it('rows without a key are rejected, each with its number, and cost nobody else anything', async () => {
    await scene.sql(`INSERT INTO PEOPLE VALUES (NULL, 'a'), (NULL, 'a'), (NULL, NULL)`);
    const report = await run(mirror());
    expect(report).toMatchObject({ rowsRead: people + 3, rowsRejected: 3, changes: { added: people } });
    // They come last.
    expect(letters.map(({ row, code }) => [row, code]).sort()).toEqual(
      [0, 1, 2].map((row) => [people + row, 'KEY_NULL']),
    );
    expect(letters.every(({ reason }) => reason.includes('a column of the key is NULL'))).toBe(true);
    const second = await run(mirror());
    expect(second).toMatchObject({ rowsRejected: 3, changes: { unchanged: people, removed: 0, held: 0 } });
  });

  it('equal rows of one key are one delivery, and the others are skipped', async () => {
    await again('ID IN (1, 3)');
    await again('ID = 3');
    const report = await run(mirror());
    expect(report).toMatchObject({ rowsDelivered: people, rowsSkipped: 4, changes: { added: people } });
    expect(scene.arrived().filter((text) => text === 'identify 3')).toHaveLength(1);
    const second = await run(mirror());
    expect(second).toMatchObject({ rowsSkipped: 4, changes: { added: 0, changed: 0, unchanged: people, removed: 0 } });
    expect(scene.arrived()).toEqual([]);
  });

  it('different ones are all rejected, named, and what was sent before stays', async () => {
    await run(mirror());
    scene.arrived();
    await again('ID IN (1, 3)', `'other'`);
    await again('ID = 3', `'third'`);
    const report = await run(mirror());
    expect(report).toMatchObject({ rowsRejected: 6, rowsDelivered: 0, changes: { unchanged: people - 2 } });
    expect(removalsOf(report)).toEqual({ removed: 0, held: 0, why: '' });
    expect(scene.arrived()).toEqual([]);
    expect(letters.every(({ code }) => code === 'DUPLICATE_KEY')).toBe(true);
    const rows = new Set(letters.map(({ row }) => row));
    expect(rows.size).toBe(6);
    // Two of the rows of the key, at least.
    const named = (reason: string): readonly number[] =>
      [...(/the rows ([\d, ]+) have/.exec(reason)?.[1] ?? '').matchAll(/\d+/g)].map(([digits]) => Number(digits));
    for (const { reason } of letters) {
      expect(named(reason).length).toBeGreaterThanOrEqual(2);
      expect(named(reason).every((row) => rows.has(row))).toBe(true);
    }

    // Whichever is right, the entry knows it again.
    await scene.sql(`DELETE FROM PEOPLE WHERE EMAIL IN ('other', 'third')`);
    expect((await run(mirror())).changes).toMatchObject({ added: 0, changed: 0, unchanged: people, removed: 0 });
    await scene.sql('DELETE FROM PEOPLE WHERE ID = 3');
    expect((await run(mirror())).changes).toMatchObject({ unchanged: people - 1, removed: 1 });
    expect(scene.arrived()).toEqual(['track User Deleted 3']);
  });
});

describe('more rows of one key than may wait', () => {
  beforeAll(async () => {
    // Pages as large as usual.
    await scene.close();
    scene = await MirrorScene.start(2_000);
  });

  // Not one more than it takes: 10,000 wait at most.
  const MANY = 10_050;

  it.each([
    ['run()', (sync: Sync) => completed(sync.run())],
    ['ranges that lie within it', (sync: Sync) => inRanges(sync, 4_000)],
  ] as const)('are rejected through %s, also when all are equal', async (_name, run) => {
    await completed(mirror().run());
    scene.arrived();
    await scene.sql(
      `INSERT INTO PEOPLE SELECT 7, 'p7@example.com' FROM TABLE(GENERATOR(ROWCOUNT => ${MANY - 1})) ORDER BY SEQ4()`,
    );
    const report = await run(mirror(MANY));
    expect(report).toMatchObject({
      rowsRejected: MANY,
      rowsSkipped: 0,
      changes: { unchanged: 99, removed: 0, held: 0 },
    });
    expect(letters).toHaveLength(MANY);
    expect(letters[0]?.reason).toContain('more than 10000 rows have the same key');
    expect(scene.arrived()).toEqual([]);
    await scene.sql(`CREATE OR REPLACE TABLE PEOPLE AS SELECT DISTINCT ID, EMAIL FROM PEOPLE`);
    expect((await run(mirror())).changes).toMatchObject({ unchanged: 100, added: 0, changed: 0, removed: 0 });
  });

  it('are delivered once as long as they are no more', async () => {
    await scene.sql(
      `INSERT INTO PEOPLE SELECT 7, 'p7@example.com' FROM TABLE(GENERATOR(ROWCOUNT => 9999)) ORDER BY SEQ4()`,
    );
    const report = await inRanges(mirror(), 5_000);
    expect(report).toMatchObject({ rowsDelivered: 100, rowsSkipped: 9_999, rowsRejected: 0 });
    expect(scene.arrived().filter((text) => text === 'identify 7')).toHaveLength(1);
  });
});

describe('several columns', () => {
  it('are no key when one of them is NULL, and another key in another order of values', async () => {
    const query = new QueryTemplate(
      `SELECT ID AS "userId", IFF(ID < 2, NULL, ID + 1) AS "device", EMAIL AS "email" FROM PEOPLE`,
    );
    const sync = scene.sync({ mode: 'upsert', key: ['userId', 'device'] }, { query, deadLetter: deadLetter() });
    expect(await completed(sync.run())).toMatchObject({ rowsRejected: 2, changes: { added: 98 } });
    expect(letters.map(({ code }) => code)).toEqual(['KEY_NULL', 'KEY_NULL']);
  });
});
