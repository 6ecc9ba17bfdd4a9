import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environment } from './pack-package.js';

/**
 * Installs another Node below a folder and returns the path of its program. Each of the packages that the npm package
 * `node` chooses from holds the program of one platform.
 */
export async function installNode(folder: string, version: string): Promise<string> {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const at = join(folder, `node-${version}`);
  await mkdir(at);
  const args = ['install', '--prefix', at, '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await promisify(execFile)('npm', [...args, `${name}@${version}`], { env: environment() });
  return join(at, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
