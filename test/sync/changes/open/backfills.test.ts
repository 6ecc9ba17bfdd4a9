import { QueryTemplate, track } from 'snowmelt';
import type { RowMapper, Sync, SyncOptions } from 'snowmelt';
import { MemorySnapshotStore, type SnapshotStore } from 'snowmelt/diff';
import { recordingSink } from 'snowmelt/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completed, MirrorScene, removalsOf } from '../mirror-scene.js';

let scene: MirrorScene;
beforeAll(async () => {
  scene = await MirrorScene.start();
});
afterAll(() => scene.close());
beforeEach(() => scene.restart());

/** One batch at a time: what has arrived when a delivery is cut off is settled, and stored as such. */
function people(options: Partial<SyncOptions> = {}): Sync {
  return scene.sync({}, { concurrency: 1, ...options });
}

function cut(sync: Sync, after = 3): AbortSignal {
  const stop = new AbortController();
  let batches = 0;
  sync.on('batch:delivered', () => {
    batches += 1;
    if (batches === after) stop.abort();
  });
  return stop.signal;
}

/** What the destination knows of everybody, by all that has arrived. */
function known(): ReadonlyMap<string, unknown> {
  const people = new Map<string, unknown>();
  for (const { type, userId, traits } of scene.collector.messages) {
    if (type === 'identify') people.set(userId as string, (traits as { email?: unknown }).email);
    else people.delete(userId as string);
  }
  return people;
}

async function table(): Promise<ReadonlyMap<string, unknown>> {
  const rows = await scene.snowflake.query('SELECT ID, EMAIL FROM PEOPLE');
  return new Map(rows.map(({ ID, EMAIL }) => [ID ?? '', EMAIL]));
}

/** The destination has to be the table, and the next run to know it. */
async function expectAgreed(sync: Sync): Promise<void> {
  const [one, other] = [known(), await table()];
  expect(Object.fromEntries(one)).toEqual(Object.fromEntries(other));
  const report = await completed(sync.run());
  expect(report.changes).toMatchObject({ added: 0, changed: 0, unchanged: other.size, removed: 0, held: 0 });
  expect((await sync.status()).snapshot).toEqual({ keys: other.size, held: undefined });
}

const set = (email: string, where = 'ID >= 0'): Promise<unknown> =>
  scene.sql(`UPDATE PEOPLE SET EMAIL = ${email} WHERE ${where}`);
const A = `'p' || ID || '@example.com'`;

describe('a backfill', () => {
  it('sends all rows whatever the snapshot says, notes them, and removes nobody', async () => {
    const sync = people();
    await completed(sync.run());
    await set(`'b'`, 'ID < 10');
    await scene.sql('DELETE FROM PEOPLE WHERE ID = 50');
    scene.arrived();
    const report = await completed(sync.backfill({ from: 0 }));
    expect(report).toMatchObject({ rowsRead: 99, rowsDelivered: 99, changes: { removed: 0, held: 0 } });
    expect(scene.arrived().every((text) => text.startsWith('identify'))).toBe(true);
    const next = await completed(sync.run());
    expect(next.changes).toEqual({ added: 0, changed: 0, unchanged: 99, removed: 1, held: 0 });
    expect(scene.arrived()).toEqual(['track User Deleted 50']);
    expect((await sync.status()).snapshot).toEqual({ keys: 99, held: undefined });
  });

  it('may come before the first run, which then finds nothing to send', async () => {
    const sync = people();
    await completed(sync.backfill({ from: 0 }));
    expect(known().size).toBe(100);
    await expectAgreed(sync);
  });

  it('that was cut off goes on, and is noted once', async () => {
    const sync = people();
    await completed(sync.backfill({ from: 0 }));
    await set(`'b'`);
    expect(await sync.backfill({ from: 0, signal: cut(sync) })).toMatchObject({ status: 'aborted' });
    const report = await completed(people().backfill({ from: 0 }));
    expect(report.resumedFromRow).toBeGreaterThan(0);
    await expectAgreed(sync);
  });
});

describe('what a backfill had sent when it was cut off is known to the next run', () => {
  interface Way {
    readonly name: string;
    readonly then: (sync: Sync) => Promise<unknown>;
  }
  const expire = (): void => {
    scene.snowflake.faults.expireResults();
  };
  const ways: readonly Way[] = [
    { name: 'which comes at once', then: () => Promise.resolve() },
    {
      name: 'also when its result has expired',
      then: () => {
        expire();
        return Promise.resolve();
      },
    },
    {
      name: 'also when it was begun anew for that, and cut off again',
      then: async (sync) => {
        expire();
        await set(`'c'`);
        expect(await sync.backfill({ from: 0, signal: cut(sync, 5) })).toMatchObject({ status: 'aborted' });
      },
    },
    {
      name: 'also when another one took its place, and was cut off too',
      then: async () => {
        await set(`'d'`);
        const other = people();
        expect(await other.backfill({ from: 1, signal: cut(other, 2) })).toMatchObject({ status: 'aborted' });
      },
    },
    {
      name: 'also when it was begun anew, and completed',
      then: async (sync) => {
        expire();
        await set(`'e'`);
        await completed(sync.backfill({ from: 0 }));
      },
    },
  ];
  it.each(ways)('$name', async ({ then }) => {
    await completed(people().run());
    await set(`'b'`);
    const sync = people();
    expect(await sync.backfill({ from: 0, signal: cut(sync) })).toMatchObject({ status: 'aborted' });
    expect([...known().values()].filter((email) => email === 'b').length).toBeGreaterThan(0);
    await then(people());
    // Back to what the snapshot had before.
    await set(A);
    await completed(people().run());
    await expectAgreed(people());
  });

  it('a run of which too many rows are rejected leaves what it sent, too', async () => {
    await completed(people().run());
    await set(`'b'`, 'ID < 60');
    const sync = people({
      deadLetter: recordingSink('dead'),
      maxRejected: 2,
      mapper: {
        callType: 'custom',
        map: () => undefined,
        bind: () => (values) => {
          if (Number(values[0]) >= 90) throw new TypeError('no');
          return { type: 'identify', userId: String(values[0]), traits: { email: String(values[1]) } };
        },
      },
    });
    expect(await sync.backfill({ from: 0 })).toMatchObject({ status: 'failed', error: { code: 'TOO_MANY_REJECTS' } });
    const changed = (): number => [...known().values()].filter((email) => email === 'b').length;
    const sent = changed();
    await set(A);
    await completed(people().run());
    // All but those of the batch in which it failed.
    expect(sent - changed()).toBeGreaterThan(10);
  });

  it('an open seed takes the place of all of it', async () => {
    await completed(people().run());
    await set(`'b'`);
    const sync = people();
    await sync.backfill({ from: 0, signal: cut(sync) });
    await completed(people().seed());
    scene.arrived();
    expect((await completed(people().run())).changes).toMatchObject({ unchanged: 100 });
    expect((await completed(people().backfill({ from: 0 }))).resumedFromRow).toBeUndefined();
  });
});

describe('a run that was cut off before a backfill', () => {
  it.each(['completed', 'cut off'] as const)('that is %s since queries afresh: its result is older', async (how) => {
    await completed(people().run());
    await set(`'b'`);
    const first = people();
    expect(await first.run({ signal: cut(first) })).toMatchObject({ status: 'aborted' });
    await set(`'c'`);
    const second = people();
    if (how === 'completed') await completed(second.backfill({ from: 0 }));
    else expect(await second.backfill({ from: 0, signal: cut(second, 7) })).toMatchObject({ status: 'aborted' });
    const report = await completed(people().run());
    expect(report.warnings.map(({ code }) => code)).toContain('RUN_ABANDONED');
    await expectAgreed(people());
    // What each has sent lies in the order of its sending.
    await set(`'b'`);
    await completed(people().run());
    await expectAgreed(people());
  });
});

describe('a backfill of events beside a run', () => {
  const events = new QueryTemplate(`SELECT ID AS "userId", 'Seen' AS "event", EMAIL AS "email" FROM PEOPLE`);

  /** Lets messages pass when it is opened. */
  class Gate {
    readonly #opened: Promise<void>;
    open: () => void = () => undefined;
    constructor() {
      this.#opened = new Promise((resolve) => {
        this.open = resolve;
      });
    }
    readonly sink: SyncOptions['sink'] = {
      name: 'gate',
      write: async (batch) => {
        await this.#opened;
        return { accepted: batch.length };
      },
    };
  }
  const of = (sink: SyncOptions['sink'], snapshots: SnapshotStore = scene.snapshots): Sync =>
    scene.sync({ snapshots }, { query: events, mapper: track() as unknown as RowMapper, sink });

  it('that has begun before it and ends before it leaves nothing that a later run cannot read', async () => {
    await completed(of(recordingSink()).run());
    const [slow, slower] = [new Gate(), new Gate()];
    const beside = of(slow.sink);
    const isBegun = new Promise<void>((resolve) => {
      beside.once('query:done', () => {
        resolve();
      });
    });
    const backfill = beside.backfill({ from: 0 });
    await isBegun;
    await set(`'b'`, 'ID < 10');
    const sync = of(slower.sink);
    sync.once('query:done', () => {
      void backfill.then(slower.open);
      slow.open();
    });
    expect((await completed(sync.run())).changes).toMatchObject({ changed: 10, unchanged: 90 });
    await completed(backfill);
    const { snapshot } = await sync.status();
    expect(snapshot).toEqual({ keys: 100, held: undefined });
    const next = await completed(of(recordingSink()).run());
    expect(next).toMatchObject({ rowsRead: 100, changes: { removed: 0 } });
  });

  it('does not make the run hold its removals for a restored state', async () => {
    await completed(of(recordingSink()).run());
    await scene.sql('DELETE FROM PEOPLE WHERE ID < 3');
    const store = new MemorySnapshotStore();
    for (const name of await scene.snapshots.list('')) await store.put(name, (await scene.snapshots.get(name))!);
    // Another process begins while this one looks for objects that the state does not know.
    let onList: (() => Promise<unknown>) | undefined;
    const looking = {
      put: store.put,
      get: store.get,
      delete: store.delete,
      list: async (prefix: string) => {
        const move = onList;
        onList = undefined;
        await move?.();
        return store.list(prefix);
      },
    };
    const sync = of(recordingSink(), looking);
    sync.on('checkpoint', ({ row, counts }) => {
      if (row === 97 && counts.removed === undefined)
        onList = () => completed(of(recordingSink(), store).backfill({ from: 0 }));
    });
    expect(removalsOf(await completed(sync.run()))).toEqual({ removed: 3, held: 0, why: '' });
    expect(onList).toBeUndefined();
    expect((await sync.status()).history).toHaveLength(2);
  });
});
