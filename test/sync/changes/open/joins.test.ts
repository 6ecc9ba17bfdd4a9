import { MemoryStateStore } from 'snowmelt';
import type { Sync, SyncState } from 'snowmelt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completed, MirrorScene } from '../mirror-scene.js';

let scene: MirrorScene;
beforeAll(async () => {
  scene = await MirrorScene.start();
});
afterAll(() => scene.close());
beforeEach(() => scene.restart());

const RANGES = [0, 25, 50, 75].map((from) => ({ from, to: from + 25 }));

/** A store that goes wrong as it is told to. */
class Faulty extends MemoryStateStore {
  /** Whether the answer to this write is lost; the write is stored. */
  losesAnswer: (key: string, value: SyncState) => boolean = () => false;
  /** Whether this record cannot be removed. */
  keeps: (key: string) => boolean = () => false;
  lost = 0;

  override readonly compareAndSet: MemoryStateStore['compareAndSet'];
  override readonly delete: MemoryStateStore['delete'];

  constructor() {
    super();
    const inner = new MemoryStateStore();
    (this as { get: MemoryStateStore['get'] }).get = inner.get;
    this.compareAndSet = async (key, version, value) => {
      const stored = await inner.compareAndSet(key, version, value);
      if (!this.losesAnswer(key, value)) return stored;
      this.lost += 1;
      throw new Error('the connection was lost');
    };
    this.delete = async (key, version) => {
      if (this.keeps(key)) throw new Error('the connection was lost');
      await inner.delete(key, version);
    };
  }
}

const rowsOf = ({ run }: SyncState): number => run?.settled.reduce((sum, { from, to }) => sum + to - from, 0) ?? 0;

/** Each person is in the snapshot once. */
async function expectJoinedOnce(sync: Sync): Promise<void> {
  expect((await sync.status()).snapshot).toEqual({ keys: 100, held: undefined });
  const report = await completed(sync.run());
  expect(report.changes).toMatchObject({ added: 0, changed: 0, unchanged: 100, removed: 0, held: 0 });
}

describe('what a range has written of the snapshot is joined to its run once', () => {
  it('when the answer to the write that settles it is lost', async () => {
    const state = new Faulty();
    const sync = scene.sync({}, { state });
    const handle = await sync.begin();
    for (const [index, range] of RANGES.entries()) {
      let isLost = false;
      state.losesAnswer = (key, value) => {
        if (key !== 'people' || isLost || rowsOf(value) !== (index + 1) * 25) return false;
        isLost = true;
        return true;
      };
      await completed(sync.deliverRange(handle, range));
    }
    expect(state.lost).toBe(4);
    await completed(sync.finish(handle));
    await expectJoinedOnce(sync);
  });

  it('when the answer is lost and another worker writes before it is asked for', async () => {
    const state = new Faulty();
    const sync = scene.sync({}, { state });
    const handle = await sync.begin();
    let isLost = false;
    let other: Promise<unknown> | undefined;
    state.losesAnswer = (key, value) => {
      if (key !== 'people' || isLost || rowsOf(value) !== 25) return false;
      isLost = true;
      other = completed(scene.sync({}, { state }).deliverRange(handle, RANGES[1]!));
      return true;
    };
    await completed(sync.deliverRange(handle, RANGES[0]!));
    await other;
    expect(isLost).toBe(true);
    for (const range of RANGES.slice(2)) await completed(sync.deliverRange(handle, range));
    await completed(sync.finish(handle));
    await expectJoinedOnce(sync);
  });

  it('when all of them are settled at the same time', async () => {
    const sync = scene.sync();
    const handle = await sync.begin();
    await Promise.all(RANGES.map((range) => completed(scene.sync().deliverRange(handle, range))));
    await completed(sync.finish(handle));
    await expectJoinedOnce(sync);
  });

  it('when its worker was killed before it could remove its own record', async () => {
    const state = new Faulty();
    const sync = scene.sync({}, { state });
    const handle = await sync.begin();
    await completed(sync.deliverRange(handle, RANGES[1]!));
    // What a killed worker leaves: settled in the record of the run, and claimed, with a record of its own.
    const own = await cutBehindSettling(sync, state, handle);
    expect(own).toBe(1);
    await sync.release(handle);
    const report = await completed(sync.run());
    expect(report).toMatchObject({ rowsRead: 100, changes: { added: 100 } });
    await expectJoinedOnce(sync);
  });
});

/** Delivers a range whose record cannot be removed. @returns how many ranges the run still names as claimed */
async function cutBehindSettling(
  sync: Sync,
  state: Faulty,
  handle: Awaited<ReturnType<Sync['begin']>>,
): Promise<number> {
  const stop = new AbortController();
  state.keeps = () => {
    stop.abort();
    return true;
  };
  const report = await sync.deliverRange(handle, RANGES[0]!, { signal: stop.signal });
  expect(report.status).toBe('aborted');
  state.keeps = () => false;
  const { run } = (await state.get('people'))!.value;
  expect(rowsOf({ run } as SyncState)).toBe(50);
  return run?.claimed.length ?? 0;
}
