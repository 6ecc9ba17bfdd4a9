import { held } from '../rule.js';
import { conflicts, sameRecord, stores } from './call-store.js';
import { full, state } from './sample-records.js';
import type { StateStoreLines } from './state-store-lines.js';

/** One record: what is stored, its version, and writes that are refused. */
export function writeLines({ check }: StateStoreLines): void {
  check('has nothing under a key that was never written', ({ store }) =>
    stores(store, 'people', undefined, 'before anything was written'),
  );

  check('gives back exactly what was stored', async ({ store }) => {
    const written = await store.compareAndSet('people', undefined, full);
    sameRecord(written.value, full, 'compareAndSet gave');
    sameRecord((await store.get('people'))?.value, full, 'get gave');
  });

  check('starts at version 1 and raises the version by one with every change', async ({ store }) => {
    const first = await store.compareAndSet('people', undefined, state(1));
    held(first.version === 1, `the first compareAndSet gave version ${first.version}`);
    const second = await store.compareAndSet('people', 1, state(2));
    held(second.version === 2, `the second compareAndSet gave version ${second.version}`);
    await stores(store, 'people', { version: 2, lastSyncTime: 2 }, 'after two writes');
  });

  check('refuses to create a record that exists', async ({ store }) => {
    await store.compareAndSet('people', undefined, state(1));
    await conflicts(store.compareAndSet('people', undefined, state(2)), 'a second creation');
    await stores(store, 'people', { lastSyncTime: 1 }, 'after it refused a second creation');
  });

  check('refuses to change a record that is missing', async ({ store }) => {
    await conflicts(store.compareAndSet('people', 1, state(2)), 'a change of a record that is missing');
    await stores(store, 'people', undefined, 'after it refused to change a record that is missing');
  });

  check('refuses a version of the past and one of the future', async ({ store }) => {
    await store.compareAndSet('people', undefined, state(1));
    await store.compareAndSet('people', 1, state(2));
    await conflicts(store.compareAndSet('people', 1, state(3)), 'a write over version 2 that expects version 1');
    await conflicts(store.compareAndSet('people', 3, state(3)), 'a write over version 2 that expects version 3');
    await stores(store, 'people', { version: 2, lastSyncTime: 2 }, 'after it refused two writes');
  });
}
