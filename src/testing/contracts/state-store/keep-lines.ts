import { held } from '../rule.js';
import { outcomeOf, sameRecord, stores } from './call-store.js';
import { openRun, spoil, state } from './sample-records.js';
import type { StateStoreLines } from './state-store-lines.js';

const DAY = 86_400_000;
const SHORT_MS = 30;

const long = `people/${'x'.repeat(300)}`;
const keys = [
  'people',
  'people/r1',
  'people/r1/0-100',
  'people/r1/0-1000',
  'people%2fr1',
  'PEOPLE',
  'pe.ople',
  '..',
  'péople/数据',
  `${long}a`,
  `${long}b`,
  "it's",
  'a_b',
  'axb',
];

/** Keys, sizes, copies, the clock, and records that are none. */
export function keepLines({ check, checkIf }: StateStoreLines): void {
  check('keeps keys apart, with slashes, unicode, case and great length', async ({ store }) => {
    for (const [index, key] of keys.entries()) await store.compareAndSet(key, undefined, state(index));
    for (const [index, key] of keys.entries()) {
      await stores(store, key, { lastSyncTime: index }, `after each key had got its record, for the key ${key}`);
    }
  });

  check('keeps a large record', async ({ store }) => {
    const counts = { read: 1, delivered: 1, rejected: 0, skipped: 0, messages: 1 };
    const settled = Array.from({ length: 20_000 }, (_, i) => ({ from: i * 2, to: i * 2 + 1, counts }));
    const large = state(1, { run: { ...openRun, settled } });
    await store.compareAndSet('people', undefined, large);
    sameRecord((await store.get('people'))?.value, large, 'of a record with 20,000 ranges get gave');
  });

  check('keeps its own copy of a value', async ({ store }) => {
    const value = state(1);
    const written = await store.compareAndSet('people', undefined, value);
    const keeps = async (changed: string): Promise<void> => {
      const kept = (await store.get('people'))?.value;
      held(kept?.lastSyncTime === 1, `the caller changed ${changed}, and with it the record`);
    };
    spoil(value);
    await keeps('the value that it had stored');
    spoil(written.value);
    await keeps('the answer of compareAndSet');
  });

  check('tells its time in milliseconds, and the time goes on', async ({ store }) => {
    const { storeTime } = await store.compareAndSet('people', undefined, state(1));
    held(Math.abs(storeTime - Date.now()) < DAY, `storeTime is ${storeTime}, which is no time of today`);
    const later = async (afterMs: number): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      return ((await store.get('people'))?.storeTime ?? 0) - storeTime;
    };
    const passed = await later(SHORT_MS);
    // A store may tell whole seconds only, and never goes far back.
    held(passed >= -1000 && passed < 60_000, `storeTime moved by ${passed} ms in ${SHORT_MS} ms`);
    held((await later(1100)) > 0, 'storeTime stood still for a second');
  });

  checkIf('damage', 'reports an unreadable record and keeps it', async ({ store }, damage) => {
    await store.compareAndSet('people', undefined, state(1));
    await damage('people');
    const unreadable = async (when: string): Promise<void> => {
      const outcome = await outcomeOf(store.get('people'));
      held(outcome === 'STATE_UNREADABLE', `${when} get ended in ${outcome} instead of STATE_UNREADABLE`);
    };
    await unreadable('of a record that is none');
    const created = await outcomeOf(store.compareAndSet('people', undefined, state(2)));
    held(created !== 'no error', 'it replaced an unreadable record as if there were none');
    await unreadable('after it was written over');
  });
}
