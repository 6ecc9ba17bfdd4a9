import { StateError, isSnowmeltError } from 'snowmelt';
import { MemorySnapshotStore, type SnapshotStore } from 'snowmelt/diff';
import { testSnapshotStore } from 'snowmelt/testing';
import { describe, expect, it } from 'vitest';
import { PatientSnapshotStore } from '../../../src/diff/stores/patient-snapshot-store.js';

type Call = () => Promise<unknown>;

/** A store in memory, with something around every call of it. */
function around(change: (call: Call, signal: AbortSignal | undefined) => Promise<unknown>): SnapshotStore {
  const inner = new MemorySnapshotStore();
  const changed = {
    put: (name, bytes, options) => change(() => inner.put(name, bytes), options?.signal) as Promise<void>,
    get: (name, options) => change(() => inner.get(name), options?.signal) as Promise<Uint8Array>,
    delete: (name, options) => change(() => inner.delete(name), options?.signal) as Promise<void>,
    list: (prefix, options) => change(() => inner.list(prefix), options?.signal) as Promise<string[]>,
  } satisfies SnapshotStore;
  return changed;
}

const inMemory = () => around((call) => call());
const never = () => new Promise<never>(() => undefined);
const bytes = Uint8Array.of(1, 2, 3);

/** Tries fail in turn: before the work, after it, by throwing at once, and by never answering. */
function unreliable(): SnapshotStore {
  let tries = 0;
  return around((call) => {
    tries += 1;
    if (tries % 20 === 1) return Promise.reject(new Error('before'));
    if (tries % 20 === 5) return call().then(() => Promise.reject(new Error('after')));
    if (tries % 20 === 9) throw new Error('at once');
    if (tries % 97 === 13) return call().then(never);
    return call();
  });
}

testSnapshotStore({
  describe,
  it,
  name: 'PatientSnapshotStore over a store that fails at every turn',
  listed: 40,
  create: () => ({ store: new PatientSnapshotStore(unreliable(), { callMs: 200, missingMs: 0 }) }),
});

describe('PatientSnapshotStore', () => {
  const all: readonly (readonly [string, (store: SnapshotStore, signal?: AbortSignal) => Promise<unknown>])[] = [
    ['put', (store, signal) => store.put('a/1-x', bytes, { signal })],
    ['get', (store, signal) => store.get('a/1-x', { signal })],
    ['delete', (store, signal) => store.delete('a/1-x', { signal })],
    ['list', (store, signal) => store.list('a/', { signal })],
  ];

  it.each(all)('ends a try of %s that takes too long, and tries again', async (_name, call) => {
    const signals: (AbortSignal | undefined)[] = [];
    const slow = around((work, signal) => (signals.push(signal) === 1 ? never() : work()));
    const troubles: unknown[] = [];
    await call(new PatientSnapshotStore(slow, { callMs: 50, missingMs: 0 }, (error) => troubles.push(error)));
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, false]);
    expect(troubles).toEqual([expect.objectContaining({ message: expect.stringContaining('within 50 ms') as string })]);
  });

  it.each(all)(
    'gives %s up in time, naming the store and what it was asked, without the text of the error',
    async (name, call) => {
      class BucketStore {
        readonly fail = () => Promise.reject(new RangeError('https://key:SECRET@bucket'));
        readonly put = this.fail;
        readonly get = this.fail;
        readonly delete = this.fail;
        readonly list = this.fail;
      }
      const error: unknown = await call(new PatientSnapshotStore(new BucketStore(), { totalMs: 300 })).catch(
        (caught: unknown) => caught,
      );
      expect(error).toBeInstanceOf(StateError);
      expect(error).toMatchObject({ code: 'SNAPSHOT_UNAVAILABLE', retryable: true, details: { reason: 'RangeError' } });
      expect(String(error)).toContain(`The snapshot store (BucketStore) could not`);
      expect(String(error)).toContain(name === 'list' ? '"a/"' : '"a/1-x"');
      expect(JSON.stringify(error) + String((error as Error).cause)).not.toContain('SECRET');
    },
  );

  it.each(all)('does not try %s again after what another try would meet again', async (_name, call) => {
    const refused = new StateError('SNAPSHOT_UNAVAILABLE', 'refused', { retryable: false });
    let tries = 0;
    const store = around(() => {
      tries += 1;
      return Promise.reject(refused);
    });
    const troubles: unknown[] = [];
    await expect(call(new PatientSnapshotStore(store, {}, (error) => troubles.push(error)))).rejects.toBe(refused);
    expect([tries, troubles.length]).toEqual([1, 0]);
  });

  it.each(all)(
    'ends %s with the reason of its signal: before, in the middle, and while it waits',
    async (_name, call) => {
      const reason = new Error('the run was aborted');
      const failing = new PatientSnapshotStore(around(() => Promise.reject(new Error('away'))));
      await expect(call(failing, AbortSignal.abort(reason))).rejects.toBe(reason);
      for (const make of [
        (ended: () => void) => new PatientSnapshotStore(around(() => (ended(), never()))),
        (ended: () => void) =>
          new PatientSnapshotStore(
            around(() => Promise.reject(new Error('away'))),
            {},
            ended,
          ),
      ]) {
        const ended = new AbortController();
        await expect(
          call(
            make(() => ended.abort(reason)),
            ended.signal,
          ),
        ).rejects.toBe(reason);
      }
    },
  );

  it('asks again for an object that a store shows late', async () => {
    let asked = 0;
    const late = { ...inMemory(), get: async () => ((asked += 1) > 3 ? bytes : undefined) };
    expect(await new PatientSnapshotStore(late).get('a/1-x')).toEqual(bytes);
    expect(asked).toBe(4);
  });

  it('believes in the end that an object is missing', async () => {
    let asked = 0;
    const empty = { ...inMemory(), get: async () => void (asked += 1) };
    expect(await new PatientSnapshotStore(empty, { missingMs: 120 }).get('a/1-x')).toBeUndefined();
    expect(asked).toBeGreaterThan(1);
    const ended = new AbortController();
    const reason = new Error('the run was aborted');
    const waiting = {
      ...empty,
      get: async () => {
        ended.abort(reason);
        return undefined;
      },
    };
    await expect(new PatientSnapshotStore(waiting).get('a/1-x', { signal: ended.signal })).rejects.toBe(reason);
  });

  it('takes null for an object that is missing', async () => {
    const store = { ...inMemory(), get: async () => null as never };
    expect(await new PatientSnapshotStore(store, { missingMs: 0 }).get('a/1-x')).toBeUndefined();
  });

  it('tells of wrong answers what to correct, at once', async () => {
    const store = { ...inMemory(), get: async () => 'text' as never, list: async () => ({}) as never };
    const patient = new PatientSnapshotStore(store);
    for (const call of [() => patient.get('a/1-x'), () => patient.list('')]) {
      const error: unknown = await call().catch((caught: unknown) => caught);
      expect(isSnowmeltError(error) && error.hint).toContain('testSnapshotStore');
      expect(error).toMatchObject({ code: 'SNAPSHOT_UNAVAILABLE', retryable: false });
    }
  });

  it('lists only what begins with the prefix, so that nobody removes what belongs to others', async () => {
    const store = { ...inMemory(), list: async () => ['a/1-x', 'b/1-x', 7 as never] };
    expect(await new PatientSnapshotStore(store).list('a/')).toEqual(['a/1-x']);
  });
});
