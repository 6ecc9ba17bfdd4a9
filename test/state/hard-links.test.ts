import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStateStore } from 'snowmelt';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

// No file system of this machine refuses a link in all of these ways; test/disk/real-disks.test.ts has one that does.
const refusal = vi.hoisted(() => ({ code: '' }));
vi.mock(import('node:fs/promises'), async (original) => {
  const real = await original();
  const link: typeof real.link = async (from, to) => {
    if (refusal.code !== '') throw Object.assign(new Error('link'), { code: refusal.code });
    await real.link(from, to);
  };
  return { ...real, link };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-links-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const save = (): Promise<unknown> =>
  new FileStateStore(folder)
    .compareAndSet('people', undefined, { schema: 3, lastSyncTime: 0, fencingToken: 0, lastToken: 0, history: [] })
    .catch((error: unknown) => error);

it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EMLINK', 'EXDEV', 'ENOENT', 'EBADMSG'])(
  'a file system that answers a link with %s has none',
  async (code) => {
    refusal.code = code;
    expect(await save()).toMatchObject({
      code: 'STATE_UNAVAILABLE',
      retryable: false,
      message: expect.stringContaining(`makes no hard links (${code})`),
      hint: expect.stringContaining('local disk'),
      details: { reason: code },
    });
    refusal.code = '';
    expect(await readdir(folder)).toEqual(['people']);
    expect(await save()).toMatchObject({ version: 1 });
  },
);

it.each([
  ['ENOSPC', false, 'df -h'],
  ['EDQUOT', false, 'quota'],
  ['EROFS', false, 'read-only'],
  ['EACCES', false, 'chmod'],
  ['EIO', true, 'dmesg'],
])('%s on a link is of the disk, not of links', async (code, retryable, hint) => {
  refusal.code = code;
  const error = await save();
  refusal.code = '';
  expect(error).toMatchObject({ code: 'STATE_UNAVAILABLE', retryable, hint: expect.stringContaining(hint) });
  expect(String(error)).not.toContain('hard links');
});
