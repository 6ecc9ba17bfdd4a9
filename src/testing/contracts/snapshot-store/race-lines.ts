import { isSnowmeltError } from '../../../errors/errors.js';
import { held, same } from '../rule.js';
import { bytes, filled, holds, lists } from './objects.js';
import { ONE, OTHER, WRITERS, type SnapshotStoreLines } from './snapshot-store-lines.js';

/** A little more than a segment. */
const LARGE = 3 * 1024 * 1024;

/** Several callers at once, calls that are ended, and a store that is away. */
export function raceLines({ check, checkIf }: SnapshotStoreLines): void {
  check('keeps all that many writers store at once', async ({ store }) => {
    const names = Array.from({ length: WRITERS }, (_, writer) => `a1b2/${writer}-c3`);
    await Promise.all(names.map((each, writer) => store.put(each, filled(10_000, writer))));
    for (const [writer, each] of names.entries())
      await holds(store, each, filled(10_000, writer), 'an object stored beside others');
    await Promise.all(names.slice(1).map((each) => store.delete(each)));
    await lists(store, '', names.slice(0, 1), 'after all but one were removed at once,');
    await holds(store, names[0] ?? '', filled(10_000, 0), 'the only object that is left');
  });

  check('keeps what is stored while the last one beside it is removed', async ({ store }) => {
    for (let round = 0; round < 20; round += 1) {
      await store.put(ONE, bytes('one'));
      await Promise.all([store.delete(ONE), store.put(OTHER, bytes('other'))]);
      await holds(
        store,
        OTHER,
        bytes('other'),
        `an object stored while the last one beside it was removed (time ${round + 1})`,
      );
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
        held(found !== undefined, 'get gave undefined while an object was replaced');
        const [first = -1] = found;
        // Each writer has a length of its own.
        const whole = size + first;
        held(found.length === whole, `get gave ${found.length} of the ${whole} bytes of one writer`);
        held(
          found.every((byte) => byte === first),
          'get gave a mixture of what two writers had stored',
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
    if ((await store.get(ONE)) !== undefined) await holds(store, ONE, large, 'an object whose call was ended');
    // The name can be used all the same.
    const { signal } = new AbortController();
    await store.put(ONE, large, { signal });
    const found = await store.get(ONE, { signal });
    held(found?.length === LARGE, `after a call that was ended, a second put and get gave ${found?.length} bytes`);
    same(await store.list('a1b2/', { signal }), [ONE], 'after a call that was ended and one that was not, list gave');
    await store.delete(ONE, { signal });
  });

  checkIf('takeAway', 'fails when it cannot be reached, instead of being empty', async ({ store }, takeAway) => {
    await store.put(ONE, bytes('one'));
    await takeAway();
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
      held(
        outcome === 'SNAPSHOT_UNAVAILABLE',
        `${call} of a store that cannot be reached ended in ${outcome} instead of SNAPSHOT_UNAVAILABLE`,
      );
    }
  });
}
