import { mkdir, mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'tsup';
import { root } from '../structure/source-files.js';

/**
 * Compiles a TypeScript program for `child_process`, because Node 20 does not run TypeScript.
 *
 * @param entry path from the project's root
 * @returns path of the program
 */
export async function buildChild(entry: string): Promise<string> {
  const parent = join(root, 'build', 'children');
  await mkdir(parent, { recursive: true });
  const outDir = await mkdtemp(join(parent, 'child-'));
  await build({
    config: false,
    entry: [join(root, entry)],
    outDir,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    silent: true,
    tsconfig: join(root, 'tsconfig.json'),
  });
  return join(outDir, `${basename(entry, '.ts')}.js`);
}
