import { held } from '../rule.js';
import { bytes, delicate, filled, holds, holdsNone, lists } from './objects.js';
import { ONE, type SnapshotStoreLines } from './snapshot-store-lines.js';

/** A little more than a segment. */
const LARGE = 3 * 1024 * 1024;

/** One object: its bytes, and who sees them. */
export function objectLines({ check, checkIf }: SnapshotStoreLines): void {
  check('has nothing under a name that was never stored', async ({ store }) => {
    await holdsNone(store, ONE, 'before anything was stored,');
    await lists(store, '', [], 'before anything was stored,');
  });

  check('gives back exactly the bytes that were stored', async ({ store }) => {
    for (const [index, [what, stored]] of delicate.entries()) {
      await store.put(`a1b2/${index}-c3`, stored);
      await holds(store, `a1b2/${index}-c3`, stored, what);
    }
    for (const [index, [what, stored]] of delicate.entries()) {
      await holds(store, `a1b2/${index}-c3`, stored, `${what}, once others were stored,`);
    }
  });

  check('keeps a large object', async ({ store }) => {
    const large = Uint8Array.from({ length: LARGE }, (_, index) => (index * 2_654_435_761) >>> 13);
    await store.put(ONE, large);
    await holds(store, ONE, large, 'a large object');
  });

  check('stores of a view only what it shows', async ({ store }) => {
    const whole = Uint8Array.from({ length: 100 }, (_, index) => index);
    await store.put(ONE, whole.subarray(10, 20));
    await holds(store, ONE, whole.slice(10, 20), 'a view of ten bytes');
  });

  check('keeps its own copy of the bytes', async ({ store }) => {
    const given = filled(1000, 1);
    await store.put(ONE, given);
    given.fill(2);
    await holds(store, ONE, filled(1000, 1), 'an object whose caller changed what it had stored');
    (await store.get(ONE))?.fill(3);
    await holds(store, ONE, filled(1000, 1), 'an object whose caller changed what it had read');
  });

  check('replaces an object as a whole', async ({ store }) => {
    await store.put(ONE, filled(1000, 1));
    await store.put(ONE, filled(10, 2));
    await holds(store, ONE, filled(10, 2), 'a shorter object in place of a longer one');
    await store.put(ONE, filled(2000, 3));
    await holds(store, ONE, filled(2000, 3), 'a longer object in place of a shorter one');
    await lists(store, '', [ONE], 'after an object was replaced twice,');
  });

  check('shows at once what was stored and what was removed', async ({ store }) => {
    await holdsNone(store, ONE, 'before anything was stored,');
    for (let round = 0; round < 10; round += 1) {
      await store.put(ONE, filled(round + 1, round));
      await holds(store, ONE, filled(round + 1, round), `an object that was just stored (time ${round + 1})`);
      await lists(store, 'a1b2/', [ONE], `right after put (time ${round + 1})`);
      await store.delete(ONE);
      await holdsNone(store, ONE, `right after delete (time ${round + 1})`);
      await lists(store, 'a1b2/', [], `right after delete (time ${round + 1})`);
    }
  });

  checkIf('reopen', 'shows an object to every store over the same ones', async ({ store }, reopen) => {
    const early = await reopen();
    await store.put(ONE, bytes('first'));
    for (const other of [early, await reopen()]) {
      await holds(other, ONE, bytes('first'), 'an object that another store had stored');
      await lists(other, 'a1b2/', [ONE], 'after another store had stored an object,');
    }
    await early.put(ONE, bytes('second'));
    await holds(store, ONE, bytes('second'), 'an object that another store had replaced');
    await early.delete(ONE);
    held((await store.get(ONE)) === undefined, 'it still gave an object that another store had removed');
  });
}
