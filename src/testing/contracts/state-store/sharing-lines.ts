import type { StateStore } from '../../../state/state-store.js';
import { broken, held } from '../rule.js';
import { conflicts, outcomeOf, stores } from './call-store.js';
import { state } from './sample-records.js';
import type { StateStoreLines } from './state-store-lines.js';

const ROUNDS = 4;

/** Several writers of one record. */
export function sharingLines({ writers, check, checkIf }: StateStoreLines): void {
  check(`lets exactly one of ${writers} writers create a record`, async ({ store }) => {
    const outcomes = await Promise.all(
      Array.from({ length: writers }, (_, writer) =>
        outcomeOf(store.compareAndSet('people', undefined, state(writer))),
      ),
    );
    const count = (outcome: string): number => outcomes.filter((each) => each === outcome).length;
    held(count('no error') === 1, `it let ${count('no error')} of ${writers} writers create one record`);
    const other = outcomes.find((each) => each !== 'no error' && each !== 'STATE_CONFLICT');
    held(other === undefined, `a writer that came too late got ${String(other)} instead of STATE_CONFLICT`);
    await stores(store, 'people', { lastSyncTime: outcomes.indexOf('no error') }, 'after one of many had created it');
  });

  check(`loses no update of ${writers} concurrent writers`, async ({ store, capabilities }) => {
    await store.compareAndSet('people', undefined, state(0));
    const others: StateStore[] = [];
    for (let i = 1; i < writers; i++) others.push((await capabilities?.reopen?.()) ?? store);
    try {
      await Promise.all([store, ...others].map((own) => countUp(own)));
      const all = writers * ROUNDS;
      await stores(store, 'people', { lastSyncTime: all, version: all + 1 }, `after ${all} updates were confirmed`);
    } finally {
      for (const other of others) if (other !== store) await other.close?.();
    }
  });

  checkIf('reopen', 'shows a write to every store over the same records', async ({ store }, reopen) => {
    await store.compareAndSet('people', undefined, state(5));
    const other = await reopen();
    try {
      await stores(other, 'people', { lastSyncTime: 5 }, 'in another store over the same records');
      await other.compareAndSet('people', 1, state(6));
      await conflicts(store.compareAndSet('people', 1, state(7)), 'a write over what another store had written');
    } finally {
      await other.close?.();
    }
  });
}

/** Adds one to the record several times, again after each conflict. */
async function countUp(store: StateStore): Promise<void> {
  for (let done = 0; done < ROUNDS;) {
    const read = await store.get('people');
    if (read === undefined) return broken('the record vanished while it was written');
    const next = state(read.value.lastSyncTime + 1);
    const outcome = await outcomeOf(store.compareAndSet('people', read.version, next));
    if (outcome === 'no error') done++;
    else held(outcome === 'STATE_CONFLICT', `a write beside others ended in ${outcome}`);
  }
}
