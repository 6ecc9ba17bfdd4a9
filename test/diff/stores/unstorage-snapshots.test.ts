import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from 'snowmelt';
import { unstorageSnapshots, type UnstorageStorage } from 'snowmelt/diff';
import { testSnapshotStore, type SnapshotStoreUnderTest } from 'snowmelt/testing';
import { createStorage, prefixStorage } from 'unstorage';
import fs from 'unstorage/drivers/fs';
import fsLite from 'unstorage/drivers/fs-lite';
import lruCache from 'unstorage/drivers/lru-cache';
import memory from 'unstorage/drivers/memory';
import nothing from 'unstorage/drivers/null';
import { describe, expect, it } from 'vitest';
import { textDriver } from './text-driver.js';

/** Its driver for files writes into the file itself: docs/state.md says so. */
const notOfFiles = 'never shows half of an object, or a mixture of two';

async function overFiles(driver: typeof fs | typeof fsLite): Promise<SnapshotStoreUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'snowmelt-unstorage-'));
  const base = join(folder, 'snapshots');
  const open = () => unstorageSnapshots(createStorage({ driver: driver({ base }) }));
  return {
    store: open(),
    capabilities: { reopen: open },
    cleanup: () => rm(folder, { recursive: true, force: true }),
  };
}

testSnapshotStore({
  describe,
  it,
  name: 'unstorageSnapshots in memory',
  create: () => {
    const storage = createStorage({ driver: memory() });
    return { store: unstorageSnapshots(storage), capabilities: { reopen: () => unstorageSnapshots(storage) } };
  },
});
testSnapshotStore({
  describe,
  it,
  name: 'unstorageSnapshots over text',
  create: () => ({ store: unstorageSnapshots(createStorage({ driver: textDriver({}) })) }),
});
testSnapshotStore({
  describe,
  it,
  name: 'unstorageSnapshots below a prefix',
  create: () => ({
    store: unstorageSnapshots(prefixStorage(createStorage({ driver: memory() }), 'snowmelt:people')),
  }),
});
for (const [name, driver] of Object.entries({ fs, fsLite })) {
  testSnapshotStore({
    describe,
    it: (title, body) => (title === notOfFiles ? it.skip(title, body) : it(title, body)),
    name: `unstorageSnapshots over ${name}`,
    create: () => overFiles(driver),
  });
}

describe('unstorageSnapshots', () => {
  const put = (storage: UnstorageStorage) => unstorageSnapshots(storage).put('a/1-x', new Uint8Array(10));

  it.each([
    ['stores nothing', () => createStorage({ driver: nothing() })],
    ['is read-only', () => createStorage({ driver: fs({ base: tmpdir(), readOnly: true }) })],
    ['has no room', () => createStorage({ driver: lruCache({ max: 10, maxSize: 5, maxEntrySize: 5 }) })],
  ])('does not believe a driver that %s', async (_what, make) => {
    await expect(put(make())).rejects.toMatchObject({
      code: 'SNAPSHOT_UNAVAILABLE',
      message: expect.stringContaining('confirmed an object that is not there') as string,
    });
  });

  it('does not believe a driver that changes bytes', async () => {
    const inner = createStorage({ driver: memory() });
    const asText = async (key: string, value: Uint8Array) => inner.setItemRaw(key, new TextDecoder().decode(value));
    const changed = { ...inner, setItemRaw: asText, getItemRaw: async () => new TextEncoder().encode('changed') };
    await expect(put(changed)).rejects.toMatchObject({
      code: 'SNAPSHOT_UNAVAILABLE',
      message: expect.stringContaining('other bytes') as string,
    });
    await expect(unstorageSnapshots({ ...inner, getItemRaw: async () => 'text' }).get('a/1-x')).rejects.toMatchObject({
      code: 'SNAPSHOT_UNAVAILABLE',
      retryable: false,
    });
  });

  it('takes what drivers give as bytes: views, and buffers of their own', async () => {
    const inner = createStorage({ driver: memory() });
    for (const given of [Uint8Array.of(1, 2), Buffer.from([1, 2]), Uint8Array.of(1, 2).buffer]) {
      const found = await unstorageSnapshots({ ...inner, getItemRaw: async () => given }).get('a/1-x');
      expect([...found!]).toEqual([1, 2]);
    }
  });

  it("tells a driver's failure without its text", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'snowmelt-unstorage-'));
    await writeFile(join(folder, 'file'), '');
    const store = unstorageSnapshots(createStorage({ driver: fs({ base: join(folder, 'file') }) }));
    const error: unknown = await store.put('a/1-x', new Uint8Array(1)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'SNAPSHOT_UNAVAILABLE', retryable: true });
    expect(String(error)).not.toContain(folder);
    const failing = async () => Promise.reject(new Error('https://key:SECRET@bucket'));
    const away = unstorageSnapshots({ ...createStorage(), removeItem: failing });
    const told: unknown = await away.delete('a/1-x').catch((caught: unknown) => caught);
    expect(told).toMatchObject({ code: 'SNAPSHOT_UNAVAILABLE', details: { reason: 'Error' } });
    expect(JSON.stringify(told) + String(told)).not.toContain('SECRET');
    await rm(folder, { recursive: true });
  });

  it.each([undefined, null, {}, 'memory', { ...createStorage(), getKeys: undefined }])('refuses %j', (storage) => {
    expect(() => unstorageSnapshots(storage as never)).toThrow(ConfigError);
  });
});
