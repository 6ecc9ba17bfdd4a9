import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makePeople, type PeopleParts } from './people.js';

let snowflake: EmbeddedSnowflake;
let collector: Collector;
let people: PeopleParts;
beforeAll(async () => {
  snowflake = await startSnowflake({ resultChunkRows: 20, resultInlineRows: 5 });
  collector = await startCollector({ check: false });
});
afterAll(async () => {
  await collector.close();
  await snowflake.close();
});
beforeEach(async () => {
  people = await makePeople(snowflake, collector);
});
afterEach(async () => {
  await people.source.close();
  collector.clear();
});

const touch = async (where: string): Promise<void> => {
  await snowflake.query(`UPDATE PEOPLE SET EMAIL = EMAIL || 'x' WHERE ${where}`);
};
const forget = async (where: string): Promise<void> => {
  await snowflake.query(`DELETE FROM PEOPLE WHERE ${where}`);
};

describe('the circuit breaker of a sync with changes', () => {
  it('counts what is added or changed for maxRows, and trips before the first write', async () => {
    const sync = people.with({}, { breaker: { maxRows: 3 } });
    expect(await sync.run()).toMatchObject({ error: { code: 'BREAKER_TRIPPED', details: { rows: 100, maxRows: 3 } } });
    expect(collector.messages).toHaveLength(0);
    (await sync.seed()).throwIfFailed();
    await touch('ID < 3');
    expect(await sync.run()).toMatchObject({ status: 'completed', changes: { changed: 3, unchanged: 97 } });
    collector.clear();
    await touch('ID < 3');
    await snowflake.query(`INSERT INTO PEOPLE VALUES (1000, 'new@example.com')`);
    expect(await sync.run()).toMatchObject({ error: { code: 'BREAKER_TRIPPED', details: { rows: 4 } } });
    expect(collector.messages).toHaveLength(0);
    expect(await sync.run({ resend: true })).toMatchObject({ error: { details: { rows: 101 } } });
    await expect(sync.begin()).rejects.toMatchObject({ code: 'BREAKER_TRIPPED', details: { rows: 4 } });
  });

  it('takes for usual what runs have sent, not what they have read', async () => {
    const sync = people.with({}, { breaker: { maxRowsFactor: 2 } });
    (await sync.seed()).throwIfFailed();
    for (const count of [3, 3, 3]) {
      await touch(`ID < ${count}`);
      expect((await sync.run()).status).toBe('completed');
    }
    await touch('ID < 7');
    expect(await sync.run()).toMatchObject({ error: { code: 'BREAKER_TRIPPED', details: { rows: 7, usual: 3 } } });
    await forget('ID = 0');
    expect(await sync.run()).toMatchObject({ status: 'completed', changes: { changed: 6, removed: 1 } });
  });

  it('counts removals for maxDeletes, but none that are held', async () => {
    const sync = people.with({ maxRemoved: 10 }, { breaker: { maxDeletes: 4 } });
    (await sync.run()).throwIfFailed();
    collector.clear();
    await forget('ID < 5');
    expect(await sync.run()).toMatchObject({ error: { code: 'BREAKER_TRIPPED', details: { deletes: 5 } } });
    expect(collector.messages).toHaveLength(0);
    await forget('ID < 20');
    expect(await sync.run()).toMatchObject({ status: 'completed', changes: { removed: 0, held: 20 } });
    const some = await sync.run({ removals: { upTo: 4 } });
    expect(some).toMatchObject({ status: 'completed', changes: { removed: 4, held: 16 } });
    expect(await sync.run({ removals: { upTo: 5 } })).toMatchObject({ error: { details: { deletes: 5 } } });
  });
});
