import { defineMapper, QueryTemplate, track, type Message, type SyncOptions } from 'snowmelt';
import type { SnapshotDiffOptions } from 'snowmelt/diff';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePeople, type PeopleParts } from './people.js';

let snowflake: EmbeddedSnowflake;
let collector: Collector;
let people: PeopleParts;
beforeAll(async () => {
  snowflake = await startSnowflake();
  collector = await startCollector({ check: false });
  people = await makePeople(snowflake, collector);
});
afterAll(async () => {
  await people.source.close();
  await collector.close();
  await snowflake.close();
});

const upsert = { mode: 'upsert', removed: undefined } as const;

const OF_CHANGES = ['NO_TIME_FILTER', 'MAPPER_UNSTABLE', 'LANE_SHARED', 'MIRROR_LIMITED'];

async function codes(changes: Partial<SnapshotDiffOptions>, options: Partial<SyncOptions> = {}): Promise<string[]> {
  const { warnings } = await people.with(changes, options).preview();
  return warnings.flatMap(({ code, column }) =>
    code === 'IGNORE_UNKNOWN' ? [`${code} ${column ?? ''}`] : OF_CHANGES.includes(code) ? [code] : [],
  );
}

const mapping = (make: (id: string) => Message): Partial<SyncOptions> => ({
  mapper: defineMapper(({ userId }) => make(String(userId as number))),
});

describe('preview of a sync with changes', () => {
  it('has nothing to say of a good one, and does not ask for a time filter', async () => {
    expect(await codes({})).toEqual([]);
    expect(await people.snapshots.list('')).toEqual([]);
  });

  it.each([
    ['the time', () => new Date().toISOString()],
    ['chance', () => Math.random()],
    [
      'a count',
      (
        (count) => () =>
          (count += 1)
      )(0),
    ],
  ])('warns of a mapper that depends on %s, unless that is ignored', async (_what, value) => {
    const unstable = mapping((userId) => ({ type: 'identify', userId, traits: { seen: value() } }));
    expect(await codes({}, unstable)).toEqual(['MAPPER_UNSTABLE']);
    expect(await codes({ ignore: ['seen'] }, unstable)).toEqual([]);
  });

  it('warns of several keys in one lane, by the columns and by the rows shown', async () => {
    const query = new QueryTemplate(
      `SELECT SEQ4() AS ID, 'Bought' AS "event", 'u' || SEQ4() AS "userId" FROM TABLE(GENERATOR(ROWCOUNT => 5))`,
    );
    expect(await codes({ ...upsert, mode: 'append', key: ['ID'] }, { query, mapper: track() })).toEqual([
      'LANE_SHARED',
    ]);
    expect(await codes({ ...upsert, key: ['userId'] }, { query, mapper: track() })).toEqual([]);
    expect(
      await codes(
        {},
        mapping(() => ({ type: 'identify', userId: 'all' })),
      ),
    ).toEqual(['LANE_SHARED']);
  });

  it.each([
    ['SELECT ID AS "userId" FROM PEOPLE LIMIT 50', 'LIMIT'],
    ['SELECT TOP 50 ID AS "userId" FROM PEOPLE', 'TOP'],
    ['SELECT ID AS "userId" FROM (SELECT ID FROM PEOPLE LIMIT 9)', 'LIMIT'],
  ])('warns of a mirror over %s', async (sql, word) => {
    const query = new QueryTemplate(sql);
    const { warnings } = await people.with({}, { query }).preview();
    expect(warnings).toMatchObject([{ code: 'MIRROR_LIMITED', message: expect.stringContaining(`has ${word},`) }]);
    expect(await codes(upsert, { query })).toEqual([]);
  });

  it('takes no text and no comment for a limit', async () => {
    const query = new QueryTemplate(`SELECT ID AS "userId", 'LIMIT 5' AS "limit" FROM PEOPLE -- SAMPLE (10)`);
    expect(await codes({}, { query })).toEqual([]);
  });

  it('warns of an ignored name that nothing has', async () => {
    expect(await codes({ ignore: ['email', 'EMAIL', 'seen_at'] })).toEqual([
      'IGNORE_UNKNOWN EMAIL',
      'IGNORE_UNKNOWN seen_at',
    ]);
  });

  it('refuses a key that a run would refuse', async () => {
    await expect(people.with({ key: ['nothing'] }).preview()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
