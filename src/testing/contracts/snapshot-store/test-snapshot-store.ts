import assert from 'node:assert/strict';
import { isSnowmeltError } from '../../../errors/errors.js';
import { skip } from '../skip.js';
import { assertHolds, bytes, delicate, filled } from './objects.js';
import type { SnapshotStoreUnderTest, TestSnapshotStoreOptions } from './snapshot-store-under-test.js';

const ONE = 'a1b2/7-c3';
const OTHER = 'a1b2/7-c4';
const WRITERS = 16;
/** A little more than a segment. */
const LARGE = 3 * 1024 * 1024;

async function sorted(names: Promise<readonly string[]>): Promise<string[]> {
  return [...(await names)].sort();
}

/**
 * The contract of a snapshot store, as tests. Passing it is what makes the snapshot of a sync hold on a store.
 *
 * @example
 * testSnapshotStore({ describe, it, name: 'MyStore', create: () => ({ store: new MyStore() }) });
 */
export function testSnapshotStore(options: TestSnapshotStoreOptions): void {
  const { describe, it, name, create, listed = 1100 } = options;
  const check = (
    title: string,
    body: (test: SnapshotStoreUnderTest, given: readonly unknown[]) => Promise<void>,
  ): void => {
    it(title, async (...given: readonly unknown[]) => {
      const test = await create();
      try {
        await body(test, given);
      } finally {
        await test.cleanup?.();
      }
    });
  };

  describe(`${name} keeps the contract of a snapshot store`, () => {
    check('has nothing under a name that was never stored', async ({ store }) => {
      assert.equal(await store.get(ONE), undefined);
      assert.deepEqual(await store.list(''), []);
    });

    check('gives back exactly the bytes that were stored', async ({ store }) => {
      for (const [index, [what, stored]] of delicate.entries()) {
        await store.put(`a1b2/${index}-c3`, stored);
        await assertHolds(store, `a1b2/${index}-c3`, stored, what);
      }
      for (const [index, [what, stored]] of delicate.entries()) {
        await assertHolds(store, `a1b2/${index}-c3`, stored, `${what}, once others were stored`);
      }
    });

    check('keeps a large object', async ({ store }) => {
      const large = Uint8Array.from({ length: LARGE }, (_, index) => (index * 2_654_435_761) >>> 13);
      await store.put(ONE, large);
      await assertHolds(store, ONE, large, 'a large object');
    });

    check('stores of a view only what it shows', async ({ store }) => {
      const whole = Uint8Array.from({ length: 100 }, (_, index) => index);
      await store.put(ONE, whole.subarray(10, 20));
      await assertHolds(store, ONE, whole.slice(10, 20), 'a view');
    });

    check('keeps its own copy of the bytes', async ({ store }) => {
      const given = filled(1000, 1);
      await store.put(ONE, given);
      given.fill(2);
      await assertHolds(store, ONE, filled(1000, 1), 'after the caller changed what it had stored');
      (await store.get(ONE))?.fill(3);
      await assertHolds(store, ONE, filled(1000, 1), 'after the caller changed what it had read');
    });

    check('replaces an object as a whole', async ({ store }) => {
      await store.put(ONE, filled(1000, 1));
      await store.put(ONE, filled(10, 2));
      await assertHolds(store, ONE, filled(10, 2), 'a shorter one');
      await store.put(ONE, filled(2000, 3));
      await assertHolds(store, ONE, filled(2000, 3), 'a longer one');
      assert.deepEqual(await store.list(''), [ONE]);
    });

    check('shows at once what was stored and what was removed', async ({ store }) => {
      assert.equal(await store.get(ONE), undefined);
      for (let round = 0; round < 10; round += 1) {
        await store.put(ONE, filled(round + 1, round));
        await assertHolds(store, ONE, filled(round + 1, round), `round ${round}`);
        assert.deepEqual(await store.list('a1b2/'), [ONE], `list after put, round ${round}`);
        await store.delete(ONE);
        assert.equal(await store.get(ONE), undefined, `get after delete, round ${round}`);
        assert.deepEqual(await store.list('a1b2/'), [], `list after delete, round ${round}`);
      }
    });

    check('shows an object to every store over the same ones', async ({ store, capabilities }, given) => {
      if (capabilities?.reopen === undefined) {
        skip(given, 'reopen');
        return;
      }
      const early = await capabilities.reopen();
      await store.put(ONE, bytes('first'));
      for (const other of [early, await capabilities.reopen()]) {
        await assertHolds(other, ONE, bytes('first'), 'another store');
        assert.deepEqual(await other.list('a1b2/'), [ONE]);
      }
      await early.put(ONE, bytes('second'));
      await assertHolds(store, ONE, bytes('second'), 'what another store replaced');
      await early.delete(ONE);
      assert.equal(await store.get(ONE), undefined, 'what another store removed');
    });

    check('keeps names apart', async ({ store }) => {
      const long = `${'e'.repeat(60)}/9007199254740991-${'f'.repeat(60)}`;
      const names = [
        ONE,
        `${ONE}0`,
        'a1b2/70-c3',
        'a1b2/7-c',
        'a1b/27-c3',
        'a1b2-7/c3',
        'b/7-c3',
        `${long}1`,
        `${long}2`,
      ];
      for (const each of names) await store.put(each, bytes(each));
      for (const each of names) await assertHolds(store, each, bytes(each), each);
      assert.deepEqual(await sorted(store.list('')), [...names].sort());
    });

    check('lists the whole names that begin with a prefix, and no others', async ({ store }) => {
      const names = ['a1/1-x', 'a1/1-xy', 'a1/10-x', 'a1/2-x', 'a12/1-x', 'a-1/1-x', 'b/1-x'];
      for (const each of names) await store.put(each, bytes(each));
      for (const prefix of [
        '',
        'a',
        'a1',
        'a1/',
        'a1/1',
        'a1/1-',
        'a1/1-x',
        'a1/1-xy',
        'a1/3',
        'a-',
        'b/',
        'c',
        'c/',
      ]) {
        const expected = names.filter((each) => each.startsWith(prefix)).sort();
        assert.deepEqual(await sorted(store.list(prefix)), expected, `prefix "${prefix}"`);
      }
    });

    check('lists more names than a page has', async ({ store }) => {
      const names = Array.from({ length: listed }, (_, index) => `a1b2/${index}-c3`);
      const left = [...names];
      const putRest = async (): Promise<void> => {
        for (let next = left.pop(); next !== undefined; next = left.pop()) await store.put(next, bytes(next));
      };
      await Promise.all(Array.from({ length: WRITERS }, putRest));
      assert.deepEqual(await sorted(store.list('a1b2/')), names.sort());
    });

    check('removes an object, and no other', async ({ store }) => {
      for (const each of [ONE, OTHER, `${ONE}0`]) await store.put(each, bytes(each));
      await store.delete(ONE);
      assert.equal(await store.get(ONE), undefined);
      for (const each of [OTHER, `${ONE}0`]) await assertHolds(store, each, bytes(each), each);
      assert.deepEqual(await sorted(store.list('')), [`${ONE}0`, OTHER].sort());
    });

    check('removes what is not there without an error', async ({ store }) => {
      await store.delete(ONE);
      await store.put(OTHER, bytes('other'));
      await store.delete(ONE);
      await store.put(ONE, bytes('one'));
      await store.delete(ONE);
      await store.delete(ONE);
      await assertHolds(store, OTHER, bytes('other'), 'the other object');
    });

    check('takes new bytes under a name that was removed', async ({ store }) => {
      await store.put(ONE, bytes('before'));
      await store.delete(ONE);
      await store.put(ONE, bytes('after'));
      await assertHolds(store, ONE, bytes('after'), 'the new object');
    });

    check('keeps all that many writers store at once', async ({ store }) => {
      const names = Array.from({ length: WRITERS }, (_, writer) => `a1b2/${writer}-c3`);
      await Promise.all(names.map((each, writer) => store.put(each, filled(10_000, writer))));
      for (const [writer, each] of names.entries()) await assertHolds(store, each, filled(10_000, writer), each);
      await Promise.all(names.slice(1).map((each) => store.delete(each)));
      assert.deepEqual(await store.list(''), names.slice(0, 1));
      await assertHolds(store, names[0] ?? '', filled(10_000, 0), 'what is left');
    });

    check('keeps what is stored while the last one beside it is removed', async ({ store }) => {
      for (let round = 0; round < 20; round += 1) {
        await store.put(ONE, bytes('one'));
        await Promise.all([store.delete(ONE), store.put(OTHER, bytes('other'))]);
        await assertHolds(store, OTHER, bytes('other'), `round ${round}`);
        await store.delete(OTHER);
      }
    });

    check('never shows half of an object, or a mixture of two', async ({ store, capabilities }) => {
      const size = 300_000;
      await store.put(ONE, filled(size, 0));
      let isWriting = true;
      const read = async (): Promise<void> => {
        const reader = (await capabilities?.reopen?.()) ?? store;
        do {
          const found = await reader.get(ONE);
          assert.ok(found !== undefined, 'an object vanished while it was replaced');
          const [first = -1] = found;
          // Each writer has a length of its own.
          assert.equal(found.length, size + first, `an object of writer ${first} has the wrong length`);
          assert.ok(
            found.every((byte) => byte === first),
            'an object is a mixture of two',
          );
        } while (isWriting);
      };
      const write = async (writer: number): Promise<void> => {
        for (let round = 0; round < 5; round += 1) await store.put(ONE, filled(size + writer, writer));
      };
      const writing = Promise.all([write(1), write(2), write(3)]).finally(() => (isWriting = false));
      await Promise.all([writing, read(), read()]);
      await read();
    });

    check('leaves a whole object or none when a call is ended early', async ({ store }) => {
      const large = filled(LARGE, 7);
      const ended = new AbortController();
      const putting = store.put(ONE, large, { signal: ended.signal }).catch(() => undefined);
      ended.abort(new Error('ended early'));
      await putting;
      if ((await store.get(ONE)) !== undefined) await assertHolds(store, ONE, large, 'an object whose call was ended');
      // The name can be used all the same.
      const { signal } = new AbortController();
      await store.put(ONE, large, { signal });
      const found = await store.get(ONE, { signal });
      assert.equal(found?.length, LARGE);
      assert.deepEqual(await store.list('a1b2/', { signal }), [ONE]);
      await store.delete(ONE, { signal });
    });

    check('fails when it cannot be reached, instead of being empty', async ({ store, capabilities }, given) => {
      if (capabilities?.takeAway === undefined) {
        skip(given, 'takeAway');
        return;
      }
      await store.put(ONE, bytes('one'));
      await capabilities.takeAway();
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        get: () => store.get(ONE),
        list: () => store.list(''),
        put: () => store.put(OTHER, bytes('other')),
        delete: () => store.delete(ONE),
      };
      for (const [call, make] of Object.entries(calls)) {
        // An error of another kind becomes one of ours where the store is called.
        const outcome = await make().then(
          () => 'an answer',
          (error: unknown) => (isSnowmeltError(error) ? error.code : 'SNAPSHOT_UNAVAILABLE'),
        );
        assert.equal(outcome, 'SNAPSHOT_UNAVAILABLE', `${call} of a store that cannot be reached`);
      }
    });
  });
}
