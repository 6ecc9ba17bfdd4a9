import { defineMapper, QueryTemplate, type Message } from 'snowmelt';
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

/** All that is stored. */
async function stored(): Promise<unknown> {
  const { version, value } = (await people.state.get('people')) ?? {};
  return { version, value, objects: [...(await people.snapshots.list(''))].sort() };
}

describe('plan of a sync with changes', () => {
  it('counts the first run, and then only what changed, and writes nothing', async () => {
    const { sync } = people;
    expect(await sync.plan()).toMatchObject({
      rowsRead: 100,
      messages: 100,
      changes: { added: 100, changed: 0, unchanged: 0, removed: 0, held: 0 },
    });
    expect(await people.snapshots.list('')).toEqual([]);
    (await sync.run()).throwIfFailed();
    collector.clear();
    await snowflake.query(`INSERT INTO PEOPLE VALUES (1000, 'new@example.com'), (NULL, 'nobody@example.com');
      UPDATE PEOPLE SET EMAIL = 'other@example.com' WHERE ID IN (3, 4);
      DELETE FROM PEOPLE WHERE ID IN (7, 8, 9)`);
    const before = await stored();
    const plan = await sync.plan();
    expect(plan).toMatchObject({
      rowsRead: 99,
      rowsRejected: 1,
      rejections: [{ code: 'KEY_NULL' }],
      messages: 6,
      deletes: 3,
      calls: [
        { type: 'identify', messages: 3 },
        { type: 'track', event: 'User Deleted', messages: 3 },
      ],
      requests: 2,
      changes: { added: 1, changed: 2, unchanged: 95, removed: 3, held: 0 },
    });
    expect(String(plan)).toContain('1 added, 2 changed, 95 unchanged, 3 removed.');
    expect(await stored()).toEqual(before);
    expect(collector.messages).toHaveLength(0);
  });

  it('tells what the guards would hold, and how to let it go', async () => {
    const { sync } = people;
    (await sync.run()).throwIfFailed();
    await snowflake.query('DELETE FROM PEOPLE WHERE ID < 20');
    const before = await stored();
    const plan = await sync.plan();
    expect(plan).toMatchObject({ messages: 0, deletes: 0, changes: { removed: 0, held: 20, reason: 'too-many' } });
    expect(String(plan)).toContain(
      '20 removals would be held: they are more than `maxRemoved`. To let them go: snowmelt run people --remove-up-to 20',
    );
    expect(await stored()).toEqual(before);
    (await sync.run()).throwIfFailed();
    expect((await sync.plan()).changes).toMatchObject({ held: 20, reason: 'held-before' });
  });

  it('expects the same as the run after it, also where more keys are gone than are held in memory', async () => {
    const sync = people.with({ maxRemoved: '100%' });
    await snowflake.query(`INSERT INTO PEOPLE SELECT 1000 + SEQ4(), 'x' FROM TABLE(GENERATOR(ROWCOUNT => 3000))`);
    (await sync.run()).throwIfFailed();
    await snowflake.query(`DELETE FROM PEOPLE WHERE ID >= 1000; UPDATE PEOPLE SET EMAIL = 'y' WHERE ID < 10`);
    const before = await stored();
    const plan = await sync.plan();
    expect(await stored()).toEqual(before);
    const { changes, messages } = await sync.run();
    expect(plan.changes).toMatchObject(changes ?? {});
    expect(plan.messages).toBe(messages);
    expect(changes).toMatchObject({ changed: 10, removed: 3000 });
  });

  it('counts as sent what an unfinished run has settled', async () => {
    const sync = people.with({}, { checkpoint: { everyRows: 1 }, concurrency: 1 });
    const stop = new AbortController();
    sync.once('checkpoint', () => {
      stop.abort();
    });
    await sync.run({ signal: stop.signal });
    const { run } = await sync.status();
    const settled = run?.counts.delivered ?? 0;
    expect(settled).toBeGreaterThan(0);
    expect((await sync.plan()).changes).toMatchObject({ added: 100 - settled, unchanged: settled });
  });

  it('warns of rows that its query leaves out and a mirror would remove', async () => {
    (await people.sync.run()).throwIfFailed();
    const query = new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE LIMIT 99');
    const plan = await people.with({}, { query }).plan();
    expect(plan.warnings).toMatchObject([{ code: 'MIRROR_LIMITED' }]);
    expect(String(plan)).toContain('The query has LIMIT');
  });

  it('shows what a changed mapping would send', async () => {
    (await people.sync.run()).throwIfFailed();
    const mapper = defineMapper((row): Message => {
      const { userId, email } = row as { readonly userId: number; readonly email: string };
      const id = String(userId);
      return { type: 'identify', userId: id, traits: id.startsWith('9') ? { email, vip: true } : { email } };
    });
    const sync = people.with({}, { mapper });
    expect((await sync.plan()).changes).toMatchObject({ added: 0, changed: 11, unchanged: 89 });
  });

  it('refuses what a run would refuse', async () => {
    (await people.sync.run()).throwIfFailed();
    const upsert = { key: ['email'], mode: 'upsert', removed: undefined } as const;
    await expect(people.with(upsert).plan()).rejects.toMatchObject({ code: 'SNAPSHOT_KEY_CHANGED' });
    // The key does not tell whom a call is about.
    await expect(people.with({ key: ['email'] }).plan()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect((await people.with({ key: ['email'] }).run()).error).toMatchObject({ code: 'CONFIG_INVALID' });
    for (const name of await people.snapshots.list('')) await people.snapshots.delete(name);
    await expect(people.sync.plan()).rejects.toMatchObject({ code: 'SNAPSHOT_UNREADABLE' });
  });
});
