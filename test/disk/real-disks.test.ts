import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';

interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly ms: number;
}

/** Mounting takes rights that not every machine gives, not even inside of a namespace of its own. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-disks-'));
  program = await buildChild('test/child/on-a-disk.ts');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the program on a disk that shell commands make, in a namespace that ends with it. */
async function on(make: string): Promise<{ state: Told; letter: Told }> {
  const script = `set -e; cd ${folder}; ${make}; exec ${process.execPath} ${program} ${folder}`;
  const { stdout } = await promisify(execFile)('unshare', ['-rm', 'sh', '-c', script]);
  return JSON.parse(stdout) as { state: Told; letter: Told };
}

describe.skipIf(!canMount())('a disk that cannot be written fails at once, with what to do', () => {
  // The lease, for which a store is tried again, lasts 60 s.
  const SOON_MS = 30_000;

  it.each([
    [
      'full',
      'mount -t tmpfs -o size=8k tmpfs .; cd .; dd if=/dev/zero of=$PWD/all bs=4k count=2 2>/dev/null',
      'ENOSPC',
      'df -h',
    ],
    ['without room for another file', 'mount -t tmpfs -o nr_inodes=1 tmpfs .', 'ENOSPC', 'df -i'],
    ['read-only', 'mount -t tmpfs -o ro tmpfs .', 'EROFS', 'read-only'],
  ])('%s', async (_what, make, code, hint) => {
    const { state, letter } = await on(make.replaceAll('cd .;', `cd ${folder};`));
    expect(state).toMatchObject({ code: 'STATE_UNAVAILABLE', message: expect.stringContaining(code) });
    expect(letter).toMatchObject({ code: 'SINK_UNREACHABLE', message: expect.stringContaining(code) });
    for (const told of [state, letter]) {
      expect(told.hint).toContain(hint);
      expect(told.ms).toBeLessThan(SOON_MS);
    }
  });

  it('that makes no hard link', async () => {
    // A volume of its own inside of the folder: link(2) answers EXDEV.
    const { state } = await on('mkdir -p state/people; mount -t tmpfs tmpfs state/people');
    expect(state.message).toContain('no hard links (EXDEV)');
    expect(state.hint).toContain('local disk');
    expect(state.ms).toBeLessThan(SOON_MS);
  });
});
