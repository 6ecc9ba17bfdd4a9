import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileStateStore, type SyncState, type WriteContext } from 'snowmelt';
import { NdjsonSink } from 'snowmelt/sinks';

const context: WriteContext = {
  fence: async () => undefined,
  signal: new AbortController().signal,
  sync: 's',
  runId: 'r',
  attempt: 1,
  firstRow: 0,
};
const state: SyncState = { schema: 3, lastToken: 0, lastSyncTime: 0, fencingToken: 0, history: [] };

let folder: string;
let umask: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-disk-'));
  umask = process.umask(0);
});
afterEach(async () => {
  process.umask(umask);
  await rm(folder, { recursive: true });
});

/** The modes of everything below a folder, by path. */
async function modes(below: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await readdir(below, { recursive: true })) {
    found[name] = ((await lstat(join(below, name))).mode & 0o777).toString(8);
  }
  return found;
}
const write = async (path: string, maxFileBytes?: number): Promise<void> => {
  const sink = new NdjsonSink({ path, maxFileBytes });
  try {
    for (const row of [1, 2, 3]) await sink.write([{ row, email: 'zoe@example.com' }], context);
  } finally {
    await sink.close();
  }
};
const store = (path: string): FileStateStore => new FileStateStore(path);
const stored = async (path: string, key = 'people'): Promise<void> => {
  const first = await store(path).compareAndSet(key, undefined, state);
  await store(path).compareAndSet(key, first.version, state);
};

describe.runIf(process.platform !== 'win32')('what lies on the disk', () => {
  it.each(['rows.ndjson', 'rows.ndjson.gz'])(
    'is for its owner alone: %s, its full files and new folders',
    async (name) => {
      await write(join(folder, 'a', 'b', name), 60);
      const found = await modes(folder);
      expect(Object.keys(found).length).toBeGreaterThan(4);
      for (const [path, mode] of Object.entries(found))
        expect([path, mode]).toEqual([path, path.includes('rows.') ? '600' : '700']);
    },
  );

  it('is for its owner alone: the state', async () => {
    await stored(join(folder, 'a', 'state'));
    const found = await modes(folder);
    expect(Object.keys(found)).toHaveLength(5);
    for (const [path, mode] of Object.entries(found))
      expect([path, mode]).toEqual([path, path.endsWith('.json') ? '600' : '700']);
  });

  it('is closed to others when it was open to them', async () => {
    const path = join(folder, 'rows.ndjson');
    await writeFile(path, '{"row":0}\n');
    await chmod(path, 0o644);
    await write(path);
    expect((await lstat(path)).mode & 0o777).toBe(0o600);
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(5);
  });

  it.each(['rows.ndjson', 'rows.ndjson.gz'])('is never another file that a link names: %s', async (name) => {
    const secret = join(folder, 'secret');
    await writeFile(secret, 'of somebody else\n');
    const path = join(folder, name);
    await symlink(secret, path);
    await expect(write(path)).rejects.toMatchObject({
      code: 'SINK_UNREACHABLE',
      retryable: false,
      message: expect.stringContaining('ELOOP') as string,
      hint: expect.stringContaining('No symbolic link is followed') as string,
    });
    expect(await readFile(secret, 'utf8')).toBe('of somebody else\n');
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    await rm(secret);
    await expect(write(path)).rejects.toMatchObject({ code: 'SINK_UNREACHABLE' });
    expect(await readdir(folder)).toEqual([name]);
  });

  it.each(['the folder', 'the folder of a key', 'a version'])('is no state behind a link: %s', async (which) => {
    const [real, own] = [join(folder, 'real'), join(folder, 'own')];
    await stored(real);
    if (which === 'the folder') await symlink(real, own);
    else await mkdir(own);
    if (which === 'the folder of a key') await symlink(join(real, 'people'), join(own, 'people'));
    if (which === 'a version') {
      await mkdir(join(own, 'people'));
      await symlink(join(real, 'people', '000000000002.json'), join(own, 'people', '000000000002.json'));
    }
    const before = await readdir(join(real, 'people'));
    const refused = {
      code: 'STATE_UNAVAILABLE',
      retryable: false,
      message: expect.stringContaining('ELOOP') as string,
      hint: expect.stringContaining('No symbolic link is followed') as string,
    };
    await expect(store(own).get('people')).rejects.toMatchObject(refused);
    await expect(store(own).compareAndSet('people', undefined, state)).rejects.toMatchObject(refused);
    expect(await readdir(join(real, 'people'))).toEqual(before);
  });

  it.each(['', '.', '..', '../out', '/etc/x', 'a/../../b', '\0', '%', '~'])(
    'stays in its folder with the key %j',
    async (key) => {
      await stored(join(folder, 'state'), key);
      await stored(join(folder, 'state'), 'other');
      expect(await readdir(folder)).toEqual(['state']);
      const names = await readdir(join(folder, 'state'));
      expect(names).toHaveLength(2);
      for (const name of names) expect((await lstat(join(folder, 'state', name))).isDirectory()).toBe(true);
      expect(await store(join(folder, 'state')).get(key)).toMatchObject({ version: 2 });
    },
  );
});
