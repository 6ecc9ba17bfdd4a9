import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { environment, type Packed } from '../package/pack-package.js';
import { root } from '../structure/source-files.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the tarball and all of test/hosts/package.json are installed, outside the repository. */
    readonly hosts: string;
  }
}

const run = promisify(execFile);

/** Installs the hosts and unpacks the tarball beside them, once for all tests. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'snowmelt-hosts-'));
  const options = { cwd: folder, maxBuffer: 1e8, env: environment() };
  for (const name of ['package.json', 'package-lock.json']) {
    await copyFile(join(root, 'test/hosts', name), join(folder, name));
  }
  await run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], options);
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { ...options, cwd: root });
  const [packed] = JSON.parse(stdout) as [Packed];
  const own = join(folder, 'node_modules/snowmelt');
  await mkdir(own);
  await run('tar', ['-xzf', packed.filename, '--strip-components', '1', '-C', own], options);
  project.provide('hosts', folder);
  return () => rm(folder, { recursive: true, force: true });
}
