import { MemoryStateStore, Sync } from 'snowmelt';
import type { StateStore } from 'snowmelt';
import { describe, expect, it } from 'vitest';
import { setUp } from './set-up.js';

/** A store as somebody may write it in plain JavaScript. */
function storeWith(change: (inner: MemoryStateStore) => Partial<Record<keyof StateStore, unknown>>): StateStore {
  const inner = new MemoryStateStore();
  const { get, compareAndSet, delete: remove } = inner;
  return { get, compareAndSet, delete: remove, ...change(inner) } as StateStore;
}

/** A store that keeps whatever it was given, as one over a table of JSON does, without a look at it. */
class JsonStore implements StateStore {
  readonly records = new Map<string, { version: number; text: string }>();

  readonly get: StateStore['get'] = async (key) => this.#stored(key) as never;
  readonly compareAndSet: StateStore['compareAndSet'] = async (key, expected, value) => {
    if (this.records.get(key)?.version !== expected) throw new Error('conflict');
    this.records.set(key, { version: (expected ?? 0) + 1, text: JSON.stringify(value) });
    return this.#stored(key) as never;
  };
  readonly delete: StateStore['delete'] = async (key) => void this.records.delete(key);

  #stored(key: string): unknown {
    const record = this.records.get(key);
    return record && { version: record.version, value: JSON.parse(record.text) as unknown, storeTime: Date.now() };
  }
}

describe('a store that somebody else wrote', () => {
  it('may give null where there is no record', async () => {
    const state = storeWith(({ get }) => ({ get: async (key: string) => (await get(key)) ?? null }));
    expect(await new Sync({ ...setUp().options, state }).run()).toMatchObject({ status: 'completed' });
  });

  const answering = (change: (written: object) => unknown): StateStore =>
    storeWith(({ compareAndSet }) => ({
      compareAndSet: async (...write: Parameters<typeof compareAndSet>) => change(await compareAndSet(...write)),
    }));

  it.each([
    ['nothing after a write', answering(() => undefined)],
    ['no version', answering((written) => ({ ...written, version: undefined }))],
    ['no time', answering((written) => ({ ...written, storeTime: undefined }))],
    ['a time as a Date', answering((written) => ({ ...written, storeTime: new Date() }))],
  ])('and gives %s is named as what is wrong, before anything is sent', async (_what, state) => {
    const { options, sink } = setUp();
    expect(await new Sync({ ...options, state }).run()).toMatchObject({
      status: 'failed',
      error: { code: 'STATE_UNREADABLE', hint: expect.stringContaining('testStateStore') as string },
    });
    expect(sink.accepted).toEqual([]);
  });

  it.each([
    ['of a later release', { schema: 9, lastSyncTime: 5 }],
    ['without a schema', {}],
    ['that is damaged', { schema: 3, lastSyncTime: 'yesterday', fencingToken: 1, history: [] }],
    ['that is no object', 'gone'],
  ])('keeps a record %s, and nothing is sent', async (_what, record) => {
    const { options, sink } = setUp();
    const state = new JsonStore();
    const kept = { version: 4, text: JSON.stringify(record) };
    state.records.set('people', kept);
    expect(await new Sync({ ...options, state }).run()).toMatchObject({
      status: 'failed',
      error: { code: 'STATE_UNREADABLE' },
    });
    expect(state.records.get('people')).toBe(kept);
    expect(sink.accepted).toEqual([]);
  });

  it('has records of an earlier release brought up to date', async () => {
    const { options, source } = setUp();
    const state = new JsonStore();
    const old = {
      schema: 1,
      lastSyncTime: 1_600_000_000,
      fencingToken: 3,
      history: [],
      run: { runId: 'r', settledRow: 5 },
    };
    state.records.set('people', { version: 4, text: JSON.stringify(old) });
    expect(await new Sync({ ...options, state }).run()).toMatchObject({ status: 'completed', rowsDelivered: 250 });
    expect(source.statements[0]?.binds).toEqual(['1600000000']);
    expect(JSON.parse(state.records.get('people')?.text ?? '')).toMatchObject({ schema: 3, fencingToken: 4 });
  });
});
