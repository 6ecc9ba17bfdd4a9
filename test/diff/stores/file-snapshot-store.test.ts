import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from 'snowmelt';
import { FileSnapshotStore } from 'snowmelt/diff';
import { testSnapshotStore } from 'snowmelt/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildChild } from '../../child/build-child.js';

const newFolder = () => mkdtemp(join(tmpdir(), 'snowmelt-snapshots-'));

testSnapshotStore({
  describe,
  it,
  name: 'FileSnapshotStore',
  create: async () => {
    const folder = await newFolder();
    const at = join(folder, 'snapshots');
    return {
      store: new FileSnapshotStore(at),
      capabilities: {
        reopen: () => new FileSnapshotStore(at),
        takeAway: async () => {
          await rm(at, { recursive: true });
          await writeFile(at, 'no folder');
        },
      },
      cleanup: () => rm(folder, { recursive: true, force: true }),
    };
  },
});

describe('FileSnapshotStore', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await newFolder();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const bytes = new Uint8Array(1000).fill(7);
  const temporary = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.startsWith('.'));

  it('keeps files and folders for their owner alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      const at = join(folder, 'made', 'here');
      await new FileSnapshotStore(at).put('a/1-x', bytes);
      const modes = await Promise.all(
        [at, join(at, 'a'), join(at, 'a', '1-x.snapshot')].map(async (path) => (await lstat(path)).mode & 0o777),
      );
      expect(modes).toEqual([0o700, 0o700, 0o600]);
    } finally {
      process.umask(before);
    }
  });

  it('leaves neither a temporary file nor an empty folder', async () => {
    const store = new FileSnapshotStore(folder);
    await store.put('a/1-x', bytes);
    await store.put('a/b/1-x', bytes);
    expect(await readdir(folder)).toEqual(['a']);
    await store.delete('a/b/1-x');
    expect(await readdir(join(folder, 'a'))).toEqual(['1-x.snapshot']);
    await store.delete('a/1-x');
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes a name that another one goes on from', async () => {
    const store = new FileSnapshotStore(folder);
    for (const name of ['a', 'a/b', 'a/b/c']) await store.put(name, bytes);
    expect([...(await store.list('a'))].sort()).toEqual(['a', 'a/b', 'a/b/c']);
    expect(await store.list('a/b/')).toEqual(['a/b/c']);
  });

  it.each([
    '',
    '/',
    '../a',
    'a/../b',
    'a//b',
    '/a',
    'a/',
    'A/1',
    'a.b',
    'a\\b',
    'a\0',
    'ä',
    'a'.repeat(201),
    7 as never,
  ])('refuses the name %j, which leads nowhere or elsewhere', async (name) => {
    const store = new FileSnapshotStore(join(folder, 'inner'));
    for (const call of [store.put(name, bytes), store.get(name), store.delete(name)]) {
      await expect(call).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a prefix that leads elsewhere', async () => {
    await expect(new FileSnapshotStore(folder).list('../')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('follows no symbolic link, to a folder or to a file', async () => {
    const store = new FileSnapshotStore(folder);
    await store.put('a/1-x', bytes);
    await symlink(join(folder, 'a'), join(folder, 'b'));
    for (const call of [() => store.put('b/1-x', bytes), () => store.get('b/1-x'), () => store.delete('b/1-x')]) {
      await expect(call()).rejects.toMatchObject({ code: 'SNAPSHOT_UNAVAILABLE', details: { reason: 'ELOOP' } });
    }
    await symlink(join(folder, 'a', '1-x.snapshot'), join(folder, 'a', '2-x.snapshot'));
    await expect(store.get('a/2-x')).rejects.toMatchObject({ details: { reason: 'ELOOP' }, retryable: false });
    expect(await store.list('')).toEqual(['a/1-x']);
    await symlink(folder, `${folder}-link`);
    await expect(new FileSnapshotStore(`${folder}-link`).list('')).rejects.toMatchObject({
      hint: expect.stringContaining('readlink') as string,
    });
    await rm(`${folder}-link`);
  });

  it('names a folder that it cannot write, and what to type', async () => {
    await writeFile(join(folder, 'file'), '');
    const error: unknown = await new FileSnapshotStore(join(folder, 'file', 'snapshots'))
      .put('a/1-x', bytes)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'SNAPSHOT_UNAVAILABLE',
      details: { reason: 'ENOTDIR' },
      retryable: false,
      message: expect.stringContaining('file/snapshots'),
      hint: expect.stringContaining('mkdir -p'),
    });
  });

  it('removes what killed writers left once it is old, and nothing else', async () => {
    const old = new Date(Date.now() - 3_600_000);
    for (const name of ['.writing-old', '.writing-new', 'notes.txt']) await writeFile(join(folder, name), 'x');
    for (const name of ['.writing-old', 'notes.txt']) await utimes(join(folder, name), old, old);
    await mkdir(join(folder, 'lost+found'));
    await chmod(join(folder, 'lost+found'), 0);
    const store = new FileSnapshotStore(folder);
    await store.put('a/1-x', bytes);
    expect((await readdir(folder)).sort()).toEqual(['.writing-new', 'a', 'lost+found', 'notes.txt']);
    expect(await store.list('')).toEqual(['a/1-x']);
  });

  it('writes again what another process took for left over', async () => {
    const store = new FileSnapshotStore(folder);
    const large = new Uint8Array(2_000_000).fill(7);
    let removed = 0;
    for (let round = 0; round < 10; round += 1) {
      const written = new AbortController();
      // Up to three of its temporary files go at once, as if the writer had slept for an hour over each.
      const removing = (async () => {
        for (let left = 3; left > 0 && !written.signal.aborted;) {
          for (const name of await temporary()) {
            await rm(join(folder, name), { force: true });
            left -= 1;
            removed += 1;
          }
          await setImmediate();
        }
      })();
      await store.put(`a/${round}-x`, large);
      written.abort();
      await removing;
      expect(Buffer.compare((await store.get(`a/${round}-x`))!, large)).toBe(0);
    }
    expect(removed).toBeGreaterThan(0);
  });

  it('ends a call with the reason of its signal, and leaves no temporary file', async () => {
    const store = new FileSnapshotStore(folder);
    const reason = new Error('the run was aborted');
    const ended = AbortSignal.abort(reason);
    await expect(store.put('a/1-x', bytes, { signal: ended })).rejects.toBe(reason);
    await expect(store.get('a/1-x', { signal: ended })).rejects.toBe(reason);
    await expect(store.list('', { signal: ended })).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual([]);
    const later = new AbortController();
    const putting = store.put('a/1-x', new Uint8Array(30_000_000), { signal: later.signal });
    // In the middle: its file is there, and not yet renamed.
    const whenAborted = expect(putting).rejects.toBe(reason);
    await expect.poll(temporary, { interval: 1 }).toHaveLength(1);
    later.abort(reason);
    await whenAborted;
    expect(await temporary()).toEqual([]);
    expect(await store.get('a/1-x')).toBeUndefined();
  });

  it('refuses what is no path', () => {
    for (const path of ['', undefined, 7]) expect(() => new FileSnapshotStore(path as string)).toThrow(ConfigError);
  });

  it('loses nothing that it confirmed, and shows no half, to writers that are killed at any moment', async () => {
    const script = await buildChild('test/child/snapshot-writer.ts');
    const store = new FileSnapshotStore(folder);
    const killAgainAndAgain = async (writer: number): Promise<void> => {
      for (let kill = 0; kill < 5; kill += 1) {
        const own = `w${writer}-${kill}`;
        const child = fork(script, [folder, own], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
        let confirmed = 0;
        child.on('message', (number: number) => (confirmed = number));
        // The last messages may come after the exit.
        const closed = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
        await once(child, 'message');
        await sleep(Math.random() * 200);
        child.kill('SIGKILL');
        await closed;
        const expected = Array.from({ length: confirmed }, (_, index) => index + 1);
        const names = await store.list(`${own}/`);
        expect(names).toEqual(expect.arrayContaining(expected.map((each) => `${own}/${each}-x`)));
        // A killed writer may have stored one that it could not confirm any more, and not yet removed another.
        expect(names.length).toBeLessThanOrEqual(expected.length + 1);
        expect((await store.list(`brief-${own}/`)).length).toBeLessThanOrEqual(1);
        for (const name of names) {
          const number = Number(/\/(\d+)-/.exec(name)?.[1]);
          const found = await readFile(join(folder, `${name}.snapshot`));
          expect(found.length).toBe(20_000 + number);
          expect(found.every((byte) => byte === number % 256)).toBe(true);
        }
      }
    };
    const over = new AbortController();
    const reading = (async () => {
      while (!over.signal.aborted) {
        const found = await store.get('shared/1-x');
        if (found !== undefined) expect(found.every((byte) => byte === (found.length - 20_000) % 256)).toBe(true);
      }
    })();
    await Promise.all([1, 2, 3].map(killAgainAndAgain)).finally(() => over.abort());
    await reading;
    // What they left goes when it is old.
    const old = new Date(Date.now() - 3_600_000);
    for (const name of await temporary()) await utimes(join(folder, name), old, old);
    await new FileSnapshotStore(folder).put('last/1-x', bytes);
    expect(await temporary()).toEqual([]);
  }, 120_000);
});
