import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, FileStateStore } from 'snowmelt';
import type { SyncState } from 'snowmelt';
import { testStateStore } from 'snowmelt/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';

const state = (lastSyncTime: number): SyncState => ({
  schema: 3,
  lastSyncTime,
  fencingToken: 0,
  lastToken: 0,
  history: [],
});

async function latestFile(folder: string, key: string): Promise<string> {
  const names = (await readdir(join(folder, key))).sort();
  return join(folder, key, names.at(-1)!);
}

testStateStore({
  describe,
  it,
  name: 'FileStateStore',
  create: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'snowmelt-state-'));
    return {
      store: new FileStateStore(folder),
      capabilities: {
        reopen: () => new FileStateStore(folder),
        damage: async (key) => writeFile(await latestFile(folder, key), '{"id": '),
      },
      cleanup: () => rm(folder, { recursive: true, force: true }),
    };
  },
});

describe('FileStateStore', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snowmelt-state-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('makes the folder when it is missing', async () => {
    const store = new FileStateStore(join(folder, 'a', 'b'));
    expect(await store.get('people')).toBeUndefined();
    await store.compareAndSet('people', undefined, state(1));
    expect((await store.get('people'))?.value.lastSyncTime).toBe(1);
  });

  it('refuses an empty path', () => {
    expect(() => new FileStateStore('')).toThrow(ConfigError);
  });

  it('names a folder that it cannot write, and what to type', async () => {
    await writeFile(join(folder, 'file'), '');
    const store = new FileStateStore(join(folder, 'file', 'state'));
    const error = await store.compareAndSet('people', undefined, state(1)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'STATE_UNAVAILABLE', details: { reason: 'ENOTDIR' }, retryable: false });
    expect(error).toMatchObject({
      message: expect.stringContaining('file/state'),
      hint: expect.stringContaining('mkdir -p'),
    });
  });

  it('names a file that it cannot read, and keeps it', async () => {
    const store = new FileStateStore(folder);
    await store.compareAndSet('people', undefined, state(1));
    const file = await latestFile(folder, 'people');
    await writeFile(file, JSON.stringify({ id: 'x', value: { schema: 2, lastSyncTime: 'SECRET' } }));
    const error = await store.get('people').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'STATE_UNREADABLE', message: expect.stringContaining(file) });
    expect(String(error)).not.toContain('SECRET');
    expect(await readFile(file, 'utf8')).toContain('SECRET');
  });

  it('refuses a record of a later release', async () => {
    await new FileStateStore(folder).compareAndSet('people', undefined, state(1));
    await writeFile(
      await latestFile(folder, 'people'),
      JSON.stringify({ id: 'x', value: { ...state(1), schema: 99 } }),
    );
    await expect(new FileStateStore(folder).get('people')).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      message: expect.stringContaining('later release'),
    });
  });

  it('brings a record of the first schema up to date', async () => {
    await mkdir(join(folder, 'people'));
    await writeFile(
      join(folder, 'people', '000000000001.json'),
      JSON.stringify({ id: 'x', value: { schema: 1, lastSyncTime: 5, fencingToken: 2, history: [] } }),
    );
    expect((await new FileStateStore(folder).get('people'))?.value).toEqual({
      ...state(5),
      fencingToken: 2,
      lastToken: 2,
    });
  });

  it('does not keep more than a few versions', async () => {
    const store = new FileStateStore(folder);
    let version: number | undefined;
    for (let i = 0; i < 100; i++) version = (await store.compareAndSet('people', version, state(i))).version;
    expect((await readdir(join(folder, 'people'))).length).toBeLessThanOrEqual(66);
  });

  it('refuses a writer that slept through more versions than are kept', async () => {
    const store = new FileStateStore(folder);
    let version: number | undefined;
    for (let i = 0; i < 100; i++) version = (await store.compareAndSet('people', version, state(i))).version;
    // Where the file of the next version is free again, and the writer is past its first comparison: its own link.
    await writeFile(join(folder, 'people', '000000000002.json'), JSON.stringify({ id: 'late', value: state(999) }));
    expect((await store.get('people'))?.value.lastSyncTime).toBe(99);
    await expect(store.compareAndSet('people', 1, state(5))).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  });

  it('loses no update of four processes that are killed while they write, and leaves no lock', async () => {
    const script = await buildChild('test/child/file-writer.ts');
    const store = new FileStateStore(folder);
    await store.compareAndSet('people', undefined, state(0));
    let acknowledged = 0;
    let started = 0;
    const killAgainAndAgain = async (): Promise<void> => {
      for (let kill = 0; kill < 6; kill += 1) {
        const child = fork(script, [folder], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
        started++;
        let mine = 0;
        child.on('message', () => mine++);
        // The last messages may come after the exit.
        const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
        await once(child, 'message');
        await sleep(20 + Math.random() * 200);
        child.kill('SIGKILL');
        await ended;
        acknowledged += mine;
      }
    };
    await Promise.all(Array.from({ length: 4 }, killAgainAndAgain));
    const read = await store.get('people');
    // A killed writer may have written one update that it could not acknowledge any more.
    expect(read!.value.lastSyncTime).toBeGreaterThanOrEqual(acknowledged);
    expect(read!.value.lastSyncTime).toBeLessThanOrEqual(acknowledged + started);
    expect(read!.version).toBe(read!.value.lastSyncTime + 1);
    const next = await store.compareAndSet('people', read!.version, state(0));
    expect(next.version).toBe(read!.version + 1);
  }, 120_000);
});
