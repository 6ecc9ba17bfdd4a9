import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FileStateStore } from 'snowmelt';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';

let holder: string;
let runner: string;
let preload: string;
beforeAll(async () => {
  [holder, runner, preload] = (await Promise.all(
    ['lease-holder', 'one-run', 'without-proc'].map((name) => buildChild(`test/child/${name}.ts`)),
  )) as [string, string, string];
});

let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowmelt-without-proc-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Starts a program in a container of its own, and gives its first message. */
async function start(program: string, missing: string): Promise<{ child: ChildProcess; told: unknown }> {
  const child = fork(program, [folder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: ['--import', pathToFileURL(preload).href],
    env: { ...process.env, SNOWMELT_MISSING: missing },
  });
  children.push(child);
  const [told] = (await once(child, 'message')) as [unknown];
  return { child, told };
}

const held = { status: 'skipped', skipReason: 'lease-held' };

describe.each([
  ['/proc', '/proc'],
  ['the boot id', '/proc/sys/kernel/random/boot_id'],
  ['the process namespace', '/proc/self/ns/pid'],
  ['both', '/proc/sys/kernel/random/boot_id /proc/self/ns/pid'],
])('in containers of one host name that cannot read %s', (_, missing) => {
  it('the live lease of another is not taken, although its process is not there', async () => {
    await start(holder, missing);
    const { told } = await start(runner, missing);
    expect(told).toEqual(held);
    const stored = await new FileStateStore(folder).get('people');
    expect(stored?.value).toMatchObject({ fencingToken: 1, lease: { pid: children[0]!.pid } });
  });

  it('that of a killed one is kept until it expires', async () => {
    const { child } = await start(holder, missing);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    const { told } = await start(runner, missing);
    expect(told).toEqual(held);
  });
});

// What only one of them can read is another place to it.
it('a container that can read /proc does not take the lease of one that cannot, nor the other way round', async () => {
  await start(holder, '/proc');
  expect((await start(runner, '/nothing')).told).toEqual(held);
  await rm(folder, { recursive: true });
  await start(holder, '/nothing');
  expect((await start(runner, '/proc')).told).toEqual(held);
});

// The same preload, so that the tests above would see it.
it.runIf(process.platform === 'linux')(
  'where all of it can be read, the lease of a process that is not there is taken',
  async () => {
    await start(holder, '/nothing');
    expect((await start(runner, '/nothing')).told).toEqual({ status: 'completed' });
  },
);
