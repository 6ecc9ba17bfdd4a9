import { QueryTemplate, semanticEvents, SnowflakeSource, SqlApiSource } from 'snowmelt';
import type { Message } from 'snowmelt';
import { recordingSink } from 'snowmelt/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completed, MirrorScene, PEOPLE, removalsOf } from './mirror-scene.js';

let scene: MirrorScene;
beforeAll(async () => {
  scene = await MirrorScene.start();
});
afterAll(() => scene.close());
beforeEach(() => scene.restart());

/** Deletions of so many people. */
const deletions = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, id) => `track User Deleted ${from + id}`).sort();

describe('removals', () => {
  it.each([
    ['SqlApiSource', SqlApiSource],
    ['SnowflakeSource', SnowflakeSource],
  ] as const)('5 people who are gone make 5 deletions, over %s', async (_name, Kind) => {
    const sync = scene.sync({}, { source: scene.source<SqlApiSource | SnowflakeSource>(Kind) });
    await completed(sync.run());
    scene.arrived();
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 5');
    expect(removalsOf(await completed(sync.run()))).toEqual({ removed: 5, held: 0, why: '' });
    expect(scene.arrived()).toEqual(deletions(5));
    await completed(sync.run());
    expect(scene.arrived()).toEqual([]);
  });

  it('come after every row', async () => {
    const sync = scene.sync();
    await completed(sync.run());
    scene.collector.clear();
    await scene.sql(`DELETE FROM PEOPLE WHERE ID < 5; UPDATE PEOPLE SET EMAIL = 'x' WHERE ID >= 50`);
    await completed(sync.run());
    const types = scene.collector.messages.map(({ type }) => type);
    expect(types.lastIndexOf('identify')).toBeLessThan(types.indexOf('track'));
  });
});

describe('a guard that holds them', () => {
  interface Guard {
    readonly name: string;
    readonly spoil: () => Promise<unknown>;
    readonly query?: string;
    readonly changes?: Parameters<MirrorScene['sync']>[0];
    readonly held: number;
    readonly why: string;
  }
  const guards: readonly Guard[] = [
    { name: 'an empty result', spoil: () => scene.sql('DELETE FROM PEOPLE'), held: 100, why: 'has no rows' },
    {
      name: 'an empty result, whatever maxRemoved says',
      spoil: () => scene.sql('DELETE FROM PEOPLE'),
      changes: { maxRemoved: '100%' },
      held: 100,
      why: 'has no rows',
    },
    {
      name: 'a halved result',
      spoil: () => scene.sql('DELETE FROM PEOPLE WHERE ID < 50'),
      held: 50,
      why: 'maxRemoved',
    },
    {
      name: 'one more than 5 %',
      spoil: () => scene.sql('DELETE FROM PEOPLE WHERE ID < 6'),
      held: 6,
      why: 'maxRemoved',
    },
    {
      name: 'more than a number',
      spoil: () => scene.sql('DELETE FROM PEOPLE WHERE ID < 3'),
      changes: { maxRemoved: 2 },
      held: 3,
      why: 'maxRemoved',
    },
    {
      name: 'a query with another WHERE',
      spoil: () => Promise.resolve(),
      query: `${PEOPLE} WHERE ID >= 2`,
      held: 2,
      why: 'the query has changed',
    },
    {
      name: 'another `removed`',
      spoil: () => scene.sql('DELETE FROM PEOPLE WHERE ID = 1'),
      changes: { removed: ({ userId }) => semanticEvents.suppressPerson({ userId: String(userId) }) },
      held: 1,
      why: '`removed` has changed',
    },
  ];

  it.each(guards)('$name deletes nobody', async ({ spoil, query = PEOPLE, changes = {}, held, why }) => {
    await completed(scene.sync().run());
    scene.arrived();
    await spoil();
    const sync = scene.sync(changes, { query: new QueryTemplate(query) });
    const report = removalsOf(await completed(sync.run()));
    expect(report).toMatchObject({ removed: 0, held });
    expect(report.why).toContain(why);
    expect(report.why).toContain(`run({ removals: { upTo: ${held} } })`);
    expect(report.why).toContain(`--remove-up-to ${held}`);
    expect(scene.arrived()).toEqual([]);

    // The hold lasts, also when the guard itself would no longer trip.
    const again = removalsOf(await completed(sync.run()));
    expect(again).toMatchObject({ removed: 0, held });
    expect(scene.arrived()).toEqual([]);

    // Until somebody lets them go.
    expect(removalsOf(await completed(sync.run({ removals: { upTo: held } })))).toEqual({
      removed: held,
      held: 0,
      why: '',
    });
    expect(scene.arrived()).toHaveLength(held);
    await completed(sync.run());
    expect(scene.arrived()).toEqual([]);
  });

  it('a query that fails deletes nobody', async () => {
    await completed(scene.sync().run());
    scene.arrived();
    const failed = await scene.sync({}, { query: new QueryTemplate('SELECT ID AS "userId" FROM NOBODY') }).run();
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'SOURCE_SQL' } });
    expect(scene.arrived()).toEqual([]);
    expect(removalsOf(await completed(scene.sync().run()))).toEqual({ removed: 0, held: 0, why: '' });
  });

  it('a hold ends by itself when nobody is missing any more', async () => {
    const sync = scene.sync();
    await completed(sync.run());
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 50');
    expect(removalsOf(await completed(sync.run())).held).toBe(50);
    await scene.refill();
    scene.arrived();
    expect(removalsOf(await completed(sync.run()))).toEqual({ removed: 0, held: 0, why: '' });
    expect(scene.arrived()).toEqual([]);
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 5');
    expect(removalsOf(await completed(sync.run())).removed).toBe(5);
  });

  it('an approval lets at most so many go, out of a fresh query', async () => {
    const sync = scene.sync();
    await completed(sync.run());
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 50');
    expect(removalsOf(await completed(sync.run())).held).toBe(50);
    scene.arrived();
    // Ten came back since somebody looked.
    await scene.sql(
      `INSERT INTO PEOPLE SELECT SEQ4(), 'p' || SEQ4() || '@example.com' FROM TABLE(GENERATOR(ROWCOUNT => 10))`,
    );
    const report = removalsOf(await completed(sync.run({ removals: { upTo: 30 } })));
    expect(report).toMatchObject({ removed: 30, held: 10 });
    expect(report.why).toContain('more than were let go');
    const gone = scene.arrived();
    expect(gone).toHaveLength(30);
    for (let id = 0; id < 10; id += 1) expect(gone).not.toContain(`track User Deleted ${id}`);
    // The rest is still held.
    expect(removalsOf(await completed(sync.run()))).toMatchObject({ removed: 0, held: 10 });
    expect(removalsOf(await completed(sync.run({ removals: { upTo: 99 } })))).toMatchObject({ removed: 10, held: 0 });
    expect([...gone, ...scene.arrived()].sort()).toEqual(deletions(40, 10));
  });

  it('a result that is older than removalsMaxAge, of a run that was cut off', async () => {
    class LaterSource extends SqlApiSource {
      aheadSeconds = 0;
      override async now(options?: Parameters<SqlApiSource['now']>[0]): Promise<Date> {
        return new Date((await super.now(options)).getTime() + this.aheadSeconds * 1000);
      }
    }
    const source = scene.source(LaterSource);
    const sync = scene.sync({}, { source });
    await completed(sync.run());
    scene.arrived();
    await scene.sql(`DELETE FROM PEOPLE WHERE ID < 3; UPDATE PEOPLE SET EMAIL = 'x' WHERE ID >= 50`);
    const stop = new AbortController();
    sync.once('batch:delivered', () => {
      stop.abort();
    });
    expect(await sync.run({ signal: stop.signal })).toMatchObject({ status: 'aborted' });
    // They come back while nobody looks.
    await scene.refill();
    source.aheadSeconds = 3700;
    const report = removalsOf(await completed(sync.run()));
    expect(report).toMatchObject({ removed: 0, held: 3 });
    expect(report.why).toContain('removalsMaxAge');
    expect(scene.arrived().filter((text) => text.startsWith('track'))).toEqual([]);
    // The next run looks afresh: they are there.
    expect(removalsOf(await completed(sync.run()))).toEqual({ removed: 0, held: 0, why: '' });
    expect(scene.arrived().filter((text) => text.startsWith('track'))).toEqual([]);
  });

  it.each([1, 2])('a state that was restored from %i runs ago', async (runs) => {
    const sync = scene.sync();
    await completed(sync.run());
    const yesterday = (await scene.state.get('people'))!.value;
    for (let number = 0; number < runs; number += 1) {
      await scene.sql(`INSERT INTO PEOPLE VALUES (${1000 + number}, 'new')`);
      await completed(sync.run());
    }
    const { version } = (await scene.state.get('people'))!;
    await scene.state.compareAndSet('people', version, yesterday);
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 3');
    scene.arrived();
    const report = await sync.run();
    if (report.status === 'failed') expect(report.error?.code).toBe('SNAPSHOT_UNREADABLE');
    else expect(removalsOf(report).why).toContain('it was restored');
    expect(scene.arrived().filter((text) => text.startsWith('track'))).toEqual([]);
  });

  it('a snapshot that was restored, or lost, is never an empty one', async () => {
    const sync = scene.sync();
    await completed(sync.run());
    scene.arrived();
    const names = await scene.snapshots.list('');
    for (const name of names) await scene.snapshots.delete(name);
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 3');
    const report = await sync.run();
    expect(report).toMatchObject({ status: 'failed', error: { code: 'SNAPSHOT_UNREADABLE' } });
    expect(report.error?.hint).toMatch(/seed\(\)|reset\(\)/);
    expect(scene.arrived()).toEqual([]);
    await completed(sync.seed());
    expect(removalsOf(await completed(sync.run()))).toEqual({ removed: 0, held: 0, why: '' });
    expect(scene.arrived()).toEqual([]);
  });
});

describe('nobody is removed who', () => {
  it('is there, or came back', async () => {
    const sync = scene.sync({ maxRemoved: 0 });
    await completed(sync.run());
    scene.arrived();
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 5');
    expect(removalsOf(await completed(sync.run())).held).toBe(5);
    await scene.sql(`INSERT INTO PEOPLE VALUES (0, 'p0@example.com'), (1, 'other')`);
    const report = await completed(sync.run({ removals: { upTo: 5 } }));
    expect(report.changes).toEqual({ added: 0, changed: 1, unchanged: 96, removed: 3, held: 0 });
    expect(scene.arrived()).toEqual(['identify 1', ...deletions(3, 2)]);
  });

  it('was never accepted', async () => {
    const deadLetter = recordingSink('dead');
    await scene.sql(`UPDATE PEOPLE SET EMAIL = NULL WHERE ID < 3`);
    const mapper = {
      callType: 'custom' as const,
      map: () => undefined,
      bind: () => (values: readonly unknown[]) => {
        if (values[1] === null) throw new Error('no email');
        return {
          type: 'identify',
          userId: String(values[0]),
          traits: { email: values[1] as string },
        } satisfies Message;
      },
    };
    const sync = scene.sync({ maxRemoved: '100%' }, { mapper, deadLetter } as never);
    expect((await completed(sync.run())).rowsRejected).toBe(3);
    scene.arrived();
    // Not rejected again while they are as they were.
    const second = await completed(sync.run());
    expect(second).toMatchObject({ rowsRejected: 0, changes: { unchanged: 100 } });
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 6');
    expect(removalsOf(await completed(sync.run()))).toMatchObject({ removed: 3, held: 0 });
    expect(scene.arrived()).toEqual(deletions(3, 3));
  });

  it('but who the mapper skips now, and was sent before', async () => {
    const mapper = {
      callType: 'custom' as const,
      map: () => undefined,
      bind: () => (values: readonly unknown[]) =>
        values[1] === null
          ? undefined
          : ({
              type: 'identify',
              userId: String(values[0]),
              traits: { email: values[1] as string },
            } satisfies Message),
    };
    const sync = scene.sync({}, { mapper });
    await completed(sync.run());
    scene.arrived();
    await scene.sql('UPDATE PEOPLE SET EMAIL = NULL WHERE ID < 3');
    expect(removalsOf(await completed(sync.run()))).toMatchObject({ removed: 3, held: 0 });
    expect(scene.arrived()).toEqual(deletions(3));
    expect(removalsOf(await completed(sync.run()))).toMatchObject({ removed: 0, held: 0 });
    await scene.sql(`UPDATE PEOPLE SET EMAIL = 'back' WHERE ID = 1`);
    await completed(sync.run());
    expect(scene.arrived()).toEqual(['identify 1']);
  });
});
