import { bytes, holds, holdsNone, lists } from './objects.js';
import { ONE, OTHER, type SnapshotStoreLines } from './snapshot-store-lines.js';

/** The end of an object. */
export function removeLines({ check }: SnapshotStoreLines): void {
  check('removes an object, and no other', async ({ store }) => {
    for (const each of [ONE, OTHER, `${ONE}0`]) await store.put(each, bytes(each));
    await store.delete(ONE);
    await holdsNone(store, ONE, 'after it was removed,');
    for (const each of [OTHER, `${ONE}0`]) await holds(store, each, bytes(each), `the object ${each}`);
    await lists(store, '', [`${ONE}0`, OTHER], 'after one of three was removed,');
  });

  check('removes what is not there without an error', async ({ store }) => {
    await store.delete(ONE);
    await store.put(OTHER, bytes('other'));
    await store.delete(ONE);
    await store.put(ONE, bytes('one'));
    await store.delete(ONE);
    await store.delete(ONE);
    await holds(store, OTHER, bytes('other'), 'the other object');
  });

  check('takes new bytes under a name that was removed', async ({ store }) => {
    await store.put(ONE, bytes('before'));
    await store.delete(ONE);
    await store.put(ONE, bytes('after'));
    await holds(store, ONE, bytes('after'), 'the new object');
  });
}
