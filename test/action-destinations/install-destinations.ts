import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LoadPackage } from 'snowmelt/action-destinations';
import { root } from '../structure/source-files.js';

/** Where the destinations are installed, by a lock file of their own. */
export const destinationsFolder = join(root, 'test/action-destinations');

/** Installs the destinations when they are missing or others than the lock file says, and returns how to load them. */
export async function installDestinations(): Promise<LoadPackage> {
  const locked = await versions('package-lock.json');
  const installed = await versions('node_modules/.package-lock.json');
  if (locked !== installed) {
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await promisify(execFile)('npm', ['ci', ...options], { cwd: destinationsFolder });
  }
  return createRequire(join(destinationsFolder, 'package.json'));
}

async function versions(file: string): Promise<string | undefined> {
  const path = join(destinationsFolder, file);
  if (!existsSync(path)) return undefined;
  const lock = JSON.parse(await readFile(path, 'utf8')) as { packages: Record<string, { version?: string }> };
  return ['actions-core', 'action-destinations']
    .map((name) => lock.packages[`node_modules/@segment/${name}`]?.version)
    .join();
}
