import { defineMapper, QueryTemplate, track } from 'snowmelt';
import type { Message, RunReport } from 'snowmelt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completed, MirrorScene, PEOPLE } from './mirror-scene.js';

let scene: MirrorScene;
beforeAll(async () => {
  scene = await MirrorScene.start();
});
afterAll(() => scene.close());
beforeEach(() => scene.restart());

/** Ids of what has arrived since the last time, in its order. */
function idsOf(): string[] {
  const ids = scene.collector.messages.map(({ messageId }) => messageId ?? '');
  scene.collector.clear();
  return ids;
}

/** The row of the run that an id was made from. */
function rowIn({ runId }: RunReport, id: string | undefined): number {
  expect(id).toContain(`${runId}-`);
  return Number(id?.slice(`${runId}-`.length).split('-')[0]);
}

const email = (id: number, text: string): Promise<unknown> =>
  scene.sql(`UPDATE PEOPLE SET EMAIL = '${text}' WHERE ID = ${id}`);

describe('a row of several messages', () => {
  const messagesOf = (row: Readonly<Record<string, unknown>>): Message[] => {
    const userId = String(row['userId']);
    return [
      { type: 'identify', userId, traits: { email: String(row['email']) } },
      { type: 'track', userId, event: 'Seen', properties: { by: 'snowmelt' } },
      { type: 'group', userId, groupId: 'everybody' },
    ];
  };
  const three = defineMapper(messagesOf);

  it('is sent whole when one of them changed, with ids of the new run', async () => {
    const sync = scene.sync({ mode: 'upsert' }, { mapper: three });
    const first = await completed(sync.run());
    expect(first).toMatchObject({ rowsRead: 100, messages: 300, changes: { added: 100 } });
    const before = idsOf();
    await email(5, 'other@example.com');
    const second = await completed(sync.run());
    expect(second).toMatchObject({ messages: 3, changes: { added: 0, changed: 1, unchanged: 99 } });
    expect(scene.collector.messages.map(({ type, userId }) => `${type} ${userId as string}`)).toEqual([
      'identify 5',
      'track 5',
      'group 5',
    ]);
    const ids = idsOf();
    const id = `${second.runId}-${rowIn(second, ids[0])}`;
    expect(ids).toEqual([id, `${id}-1`, `${id}-2`]);
    expect(before.filter((known) => ids.includes(known))).toEqual([]);
  });

  it('that says the same in another order of its messages has changed', async () => {
    const sync = scene.sync({ mode: 'upsert' }, { mapper: three });
    await completed(sync.run());
    const turned = defineMapper((row) => messagesOf(row).reverse());
    const report = await completed(scene.sync({ mode: 'upsert' }, { mapper: turned }).run());
    expect(report.changes).toMatchObject({ changed: 100, unchanged: 0 });
  });
});

describe('a value that goes from A to B and back', () => {
  const events = `SELECT ID AS "userId", 'Moved' AS "event", EMAIL AS "to", '2026-01-02 03:04:05'::TIMESTAMP_NTZ AS "timestamp" FROM PEOPLE`;
  const inTime = `${PEOPLE} WHERE {{last_sync_time}} >= 0`;

  it.each([
    ['in an identify call', PEOPLE, {}],
    ['in an event with a timestamp', events, { mapper: track() }],
    ['in a query with {{last_sync_time}}', inTime, { lookbackSeconds: 3600 }],
    ['in events of a query with {{last_sync_time}}', `${events} WHERE {{last_sync_time}} >= 0`, { mapper: track() }],
  ])('arrives three times, %s', async (_where, sql, options) => {
    const sync = scene.sync({ mode: 'upsert' }, { query: new QueryTemplate(sql), ...options });
    await completed(sync.run());
    const [own] = scene.collector.messages.filter(({ userId }) => userId === '5').map(({ messageId }) => messageId);
    idsOf();
    const ids = [own];
    for (const text of ['b@example.com', 'p5@example.com']) {
      await email(5, text);
      const report = await completed(sync.run());
      expect(report.changes).toMatchObject({ added: 0, changed: 1, unchanged: 99 });
      const [id, ...others] = idsOf();
      expect(others).toEqual([]);
      rowIn(report, id);
      ids.push(id);
    }
    expect(new Set(ids).size).toBe(3);
  });

  it('has the id of its content only where the mapper was told to make it so', async () => {
    const mapper = track({ messageId: { from: ['userId', 'to'] } });
    const sync = scene.sync({ mode: 'upsert' }, { query: new QueryTemplate(events), mapper });
    await completed(sync.run());
    const [own] = scene.collector.messages.filter(({ userId }) => userId === '5').map(({ messageId }) => messageId);
    await email(5, 'b@example.com');
    await completed(sync.run());
    idsOf();
    await email(5, 'p5@example.com');
    await completed(sync.run());
    expect(idsOf()).toEqual([own]);
  });
});
