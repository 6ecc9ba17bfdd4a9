import { bytes, holds, lists } from './objects.js';
import { ONE, WRITERS, type SnapshotStoreLines } from './snapshot-store-lines.js';

/** Names: kept apart, listed by what they begin with. */
export function nameLines({ check, listed }: SnapshotStoreLines): void {
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
    for (const each of names) await holds(store, each, bytes(each), `the object ${each}`);
    await lists(store, '', names, 'after as many objects were stored,');
  });

  check('lists the whole names that begin with a prefix, and no others', async ({ store }) => {
    const names = ['a1/1-x', 'a1/1-xy', 'a1/10-x', 'a1/2-x', 'a12/1-x', 'a-1/1-x', 'b/1-x'];
    for (const each of names) await store.put(each, bytes(each));
    for (const prefix of ['', 'a', 'a1', 'a1/', 'a1/1', 'a1/1-', 'a1/1-x', 'a1/1-xy', 'a1/3', 'a-', 'b/', 'c', 'c/']) {
      const expected = names.filter((each) => each.startsWith(prefix));
      await lists(store, prefix, expected, `of ${names.length} names`);
    }
  });

  check('lists more names than a page has', async ({ store }) => {
    const names = Array.from({ length: listed }, (_, index) => `a1b2/${index}-c3`);
    const left = [...names];
    const putRest = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) await store.put(next, bytes(next));
    };
    await Promise.all(Array.from({ length: WRITERS }, putRest));
    await lists(store, 'a1b2/', names, `of ${listed} names`);
  });
}
