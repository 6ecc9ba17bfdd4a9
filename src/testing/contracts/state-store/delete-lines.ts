import { held, same } from '../rule.js';
import { conflicts, outcomeOf, stores } from './call-store.js';
import { state } from './sample-records.js';
import type { StateStoreLines } from './state-store-lines.js';

const RACES = 8;

/** The end of a record. */
export function deleteLines({ check }: StateStoreLines): void {
  check('deletes a record of the expected version only', async ({ store }) => {
    await store.compareAndSet('people', undefined, state(1));
    await store.compareAndSet('people', 1, state(2));
    await conflicts(store.delete('people', 1), 'a deletion of version 2 that expects version 1');
    await stores(store, 'people', { version: 2 }, 'after it refused a deletion');
    await store.delete('people', 2);
    await stores(store, 'people', undefined, 'after the deletion');
    await conflicts(store.delete('people', 2), 'a second deletion');
    await conflicts(store.compareAndSet('people', 2, state(3)), 'a write of a record that was deleted');
  });

  check('takes a new record under a key that was deleted', async ({ store }) => {
    await store.compareAndSet('people', undefined, state(1));
    await store.delete('people', 1);
    const { version } = await store.compareAndSet('people', undefined, state(3));
    held(version >= 1, `the new record has version ${version}`);
    await stores(store, 'people', { version, lastSyncTime: 3 }, 'after a new record was written');
  });

  check('lets a deletion and a write race with one winner', async ({ store }) => {
    for (let round = 0; round < RACES; round++) {
      const key = `people/${round}`;
      await store.compareAndSet(key, undefined, state(1));
      const outcomes = await Promise.all([
        outcomeOf(store.delete(key, 1)),
        outcomeOf(store.compareAndSet(key, 1, state(2))),
      ]);
      same([...outcomes].sort(), ['STATE_CONFLICT', 'no error'], 'a deletion beside a write ended in');
      const isDeleted = outcomes[0] === 'no error';
      await stores(
        store,
        key,
        isDeleted ? undefined : { lastSyncTime: 2 },
        isDeleted ? 'after the deletion had won' : 'after the write had won',
      );
    }
  });
}
