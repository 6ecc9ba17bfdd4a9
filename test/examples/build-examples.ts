import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../structure/source-files.js';

/** Compiles all examples into a folder of their own below `build` and returns its path. */
export async function buildExamples(name: string): Promise<string> {
  const out = join('build', name);
  const tsup = join(root, 'node_modules', 'tsup', 'dist', 'cli-default.js');
  await promisify(execFile)(process.execPath, [tsup, '--config', 'examples/tsup.config.ts'], {
    cwd: root,
    env: { ...process.env, EXAMPLES_OUT: out },
  });
  return join(root, out);
}
