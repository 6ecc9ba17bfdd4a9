import assert from 'node:assert/strict';
import { isSnowmeltError } from '../../errors/errors.js';
import type { StateStore } from '../../state/state-store.js';
import type { StoredRun, SyncState } from '../../state/sync-state.js';
import type { ContractRunner } from './contract-runner.js';
import { skip } from './skip.js';

/** What a store can do beyond the interface, so that it is tested too. */
export interface StateStoreCapabilities {
  /** Replaces the stored record of a key by something that is no record. Leave out where nobody else can write. */
  readonly damage?: ((key: string) => Promise<void>) | undefined;
  /**
   * Another store over the same records, as another process would open it. Leave out for stores that live in one
   * process.
   */
  readonly reopen?: (() => Promise<StateStore> | StateStore) | undefined;
}

/** A store under test. */
export interface StateStoreUnderTest {
  readonly store: StateStore;
  readonly capabilities?: StateStoreCapabilities | undefined;
  /** Removes what the test left. */
  readonly cleanup?: (() => Promise<void>) | undefined;
}

/** Options of {@link testStateStore}. */
export interface TestStateStoreOptions extends ContractRunner {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** Makes an empty store; called once per test. */
  readonly create: () => Promise<StateStoreUnderTest> | StateStoreUnderTest;
  /** How many writers race. @default 16 */
  readonly writers?: number | undefined;
}

function state(lastSyncTime: number, rest: Partial<SyncState> = {}): SyncState {
  return { schema: 3, lastSyncTime, fencingToken: 0, lastToken: 0, history: [], ...rest };
}

const openRun: StoredRun = {
  runId: 'r1',
  lastSyncTime: 0,
  startedAt: 1_700_000_000,
  ref: { queryId: '01b', rowCount: 5, columnsHash: 'h', check: { row: 2, hash: 'x' } },
  settled: [{ from: 0, to: 3, counts: { read: 3, delivered: 2, rejected: 1, skipped: 0, messages: 2 } }],
  claimed: [{ from: 3, to: 5 }],
  queryFingerprint: 'q',
  mapperFingerprint: 'm "quoted" \\ 数据 💥',
};

const full = state(1_700_000_000, {
  fencingToken: 7,
  lastToken: 8,
  lease: { holder: 'a.1', host: 'höst', pid: 4, processStart: '123', expiresAt: 1_700_000_000_123.5, ttlMs: 60_000 },
  run: openRun,
  queryFingerprint: 'q',
  history: [{ runId: 'r0', startedAt: 1, status: 'failed', reason: 'SINK_FAILED' }],
});

/** Compared as JSON: a store may drop keys that are undefined. */
function same(actual: unknown, expected: unknown, message: string): void {
  assert.deepEqual(JSON.parse(JSON.stringify(actual)), JSON.parse(JSON.stringify(expected)), message);
}

async function code(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    return isSnowmeltError(error) ? error.code : `not an error of snowmelt: ${String(error)}`;
  }
  return 'no error';
}

/**
 * The contract of a {@link StateStore}, as tests. Passing it is what makes the guarantees of a sync hold on a store.
 *
 * @example
 * testStateStore({ describe, it, name: 'MyStore', create: () => ({ store: new MyStore() }) });
 */
export function testStateStore(options: TestStateStoreOptions): void {
  const { describe, it, name, create, writers = 16 } = options;
  const check = (
    title: string,
    body: (test: StateStoreUnderTest, given: readonly unknown[]) => Promise<void>,
  ): void => {
    it(title, async (...given: readonly unknown[]) => {
      const test = await create();
      try {
        await body(test, given);
      } finally {
        await test.store.close?.();
        await test.cleanup?.();
      }
    });
  };

  describe(`${name} keeps the contract of a state store`, () => {
    check('has nothing under a key that was never written', async ({ store }) => {
      assert.equal(await store.get('people'), undefined);
    });

    check('gives back exactly what was stored', async ({ store }) => {
      const written = await store.compareAndSet('people', undefined, full);
      same(written.value, full, 'the answer of compareAndSet');
      same((await store.get('people'))?.value, full, 'the answer of get');
    });

    check('starts at version 1 and raises the version by one with every change', async ({ store }) => {
      const first = await store.compareAndSet('people', undefined, state(1));
      assert.equal(first.version, 1);
      const second = await store.compareAndSet('people', 1, state(2));
      assert.equal(second.version, 2);
      const read = await store.get('people');
      assert.equal(read?.version, 2);
      assert.equal(read.value.lastSyncTime, 2);
    });

    check('refuses to create a record that exists', async ({ store }) => {
      await store.compareAndSet('people', undefined, state(1));
      assert.equal(await code(store.compareAndSet('people', undefined, state(2))), 'STATE_CONFLICT');
      assert.equal((await store.get('people'))?.value.lastSyncTime, 1, 'a refused write changed the record');
    });

    check('refuses to change a record that is missing', async ({ store }) => {
      assert.equal(await code(store.compareAndSet('people', 1, state(2))), 'STATE_CONFLICT');
      assert.equal(await store.get('people'), undefined, 'a refused write made a record');
    });

    check('refuses a version of the past and one of the future', async ({ store }) => {
      await store.compareAndSet('people', undefined, state(1));
      await store.compareAndSet('people', 1, state(2));
      assert.equal(await code(store.compareAndSet('people', 1, state(3))), 'STATE_CONFLICT');
      assert.equal(await code(store.compareAndSet('people', 3, state(3))), 'STATE_CONFLICT');
      const read = await store.get('people');
      assert.deepEqual([read?.version, read?.value.lastSyncTime], [2, 2], 'a refused write changed the record');
    });

    check(`lets exactly one of ${writers} writers create a record`, async ({ store }) => {
      const outcomes = await Promise.all(
        Array.from({ length: writers }, (_, writer) => code(store.compareAndSet('people', undefined, state(writer)))),
      );
      assert.equal(outcomes.filter((outcome) => outcome === 'no error').length, 1, outcomes.join(', '));
      assert.equal(outcomes.filter((outcome) => outcome === 'STATE_CONFLICT').length, writers - 1, outcomes.join(', '));
      const winner = outcomes.indexOf('no error');
      assert.equal((await store.get('people'))?.value.lastSyncTime, winner, "the record is not the winner's");
    });

    check(`loses no update of ${writers} concurrent writers`, async ({ store, capabilities }) => {
      const rounds = 4;
      await store.compareAndSet('people', undefined, state(0));
      const stores = [store];
      for (let i = 1; i < writers; i++) stores.push((await capabilities?.reopen?.()) ?? store);
      try {
        await Promise.all(
          stores.map(async (own) => {
            for (let done = 0; done < rounds;) {
              const read = await own.get('people');
              assert.ok(read !== undefined, 'the record vanished');
              const outcome = await code(own.compareAndSet('people', read.version, state(read.value.lastSyncTime + 1)));
              if (outcome === 'no error') done++;
              else assert.equal(outcome, 'STATE_CONFLICT');
            }
          }),
        );
        const read = await store.get('people');
        assert.equal(read?.value.lastSyncTime, writers * rounds, 'an update was lost');
        assert.equal(read.version, writers * rounds + 1, 'the version does not count the changes');
      } finally {
        for (const other of stores) if (other !== store) await other.close?.();
      }
    });

    check('shows a write to every store over the same records', async ({ store, capabilities }, given) => {
      if (capabilities?.reopen === undefined) {
        skip(given, 'reopen');
        return;
      }
      await store.compareAndSet('people', undefined, state(5));
      const other = await capabilities.reopen();
      try {
        assert.equal((await other.get('people'))?.value.lastSyncTime, 5);
        await other.compareAndSet('people', 1, state(6));
        assert.equal(await code(store.compareAndSet('people', 1, state(7))), 'STATE_CONFLICT');
      } finally {
        await other.close?.();
      }
    });

    check('deletes a record of the expected version only', async ({ store }) => {
      await store.compareAndSet('people', undefined, state(1));
      await store.compareAndSet('people', 1, state(2));
      assert.equal(await code(store.delete('people', 1)), 'STATE_CONFLICT');
      assert.equal((await store.get('people'))?.version, 2, 'a refused deletion changed the record');
      await store.delete('people', 2);
      assert.equal(await store.get('people'), undefined);
      assert.equal(await code(store.delete('people', 2)), 'STATE_CONFLICT');
      assert.equal(await code(store.compareAndSet('people', 2, state(3))), 'STATE_CONFLICT');
    });

    check('takes a new record under a key that was deleted', async ({ store }) => {
      await store.compareAndSet('people', undefined, state(1));
      await store.delete('people', 1);
      const again = await store.compareAndSet('people', undefined, state(3));
      assert.ok(again.version >= 1);
      const read = await store.get('people');
      assert.deepEqual([read?.version, read?.value.lastSyncTime], [again.version, 3]);
    });

    check('lets a deletion and a write race with one winner', async ({ store }) => {
      for (let round = 0; round < 8; round++) {
        const key = `people/${round}`;
        await store.compareAndSet(key, undefined, state(1));
        const outcomes = await Promise.all([code(store.delete(key, 1)), code(store.compareAndSet(key, 1, state(2)))]);
        assert.deepEqual([...outcomes].sort(), ['STATE_CONFLICT', 'no error']);
        const read = await store.get(key);
        assert.equal(read?.value.lastSyncTime, outcomes[0] === 'no error' ? undefined : 2);
      }
    });

    check('keeps keys apart, with slashes, unicode, case and great length', async ({ store }) => {
      const long = `people/${'x'.repeat(300)}`;
      const keys = ['people', 'people/r1', 'people/r1/0-100', 'people/r1/0-1000', 'people%2fr1', 'PEOPLE', 'pe.ople'];
      keys.push('..', 'péople/数据', `${long}a`, `${long}b`, "it's", 'a_b', 'axb');
      for (const [index, key] of keys.entries()) await store.compareAndSet(key, undefined, state(index));
      for (const [index, key] of keys.entries()) {
        assert.equal((await store.get(key))?.value.lastSyncTime, index, `key ${key}`);
      }
    });

    check('keeps a large record', async ({ store }) => {
      const counts = { read: 1, delivered: 1, rejected: 0, skipped: 0, messages: 1 };
      const settled = Array.from({ length: 20_000 }, (_, i) => ({ from: i * 2, to: i * 2 + 1, counts }));
      const large = state(1, { run: { ...openRun, settled } });
      await store.compareAndSet('people', undefined, large);
      same((await store.get('people'))?.value, large, 'the answer of get');
    });

    check('keeps its own copy of a value', async ({ store }) => {
      const value = state(1);
      const written = await store.compareAndSet('people', undefined, value);
      value.lastSyncTime = 99;
      written.value.fencingToken = 99;
      const read = await store.get('people');
      assert.deepEqual([read?.value.lastSyncTime, read?.value.fencingToken], [1, 0]);
    });

    check('tells its time in milliseconds, and the time goes on', async ({ store }) => {
      const written = await store.compareAndSet('people', undefined, state(1));
      await new Promise((resolve) => setTimeout(resolve, 30));
      const read = await store.get('people');
      assert.ok(read !== undefined);
      const day = 86_400_000;
      assert.ok(
        Math.abs(written.storeTime - Date.now()) < day,
        `storeTime ${written.storeTime} is not a time of today`,
      );
      const passed = read.storeTime - written.storeTime;
      // A store may tell whole seconds only, and never goes far back.
      assert.ok(passed >= -1000 && passed < 60_000, `storeTime moved by ${passed} ms in 30 ms`);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const later = await store.get('people');
      assert.ok((later?.storeTime ?? 0) > written.storeTime, 'storeTime stands still');
    });

    check('reports an unreadable record and keeps it', async ({ store, capabilities }, given) => {
      if (capabilities?.damage === undefined) {
        skip(given, 'damage');
        return;
      }
      await store.compareAndSet('people', undefined, state(1));
      await capabilities.damage('people');
      assert.equal(await code(store.get('people')), 'STATE_UNREADABLE');
      const created = await code(store.compareAndSet('people', undefined, state(2)));
      assert.notEqual(created, 'no error', 'an unreadable record was replaced as if there were none');
      assert.equal(await code(store.get('people')), 'STATE_UNREADABLE', 'the record was not kept');
    });
  });
}
