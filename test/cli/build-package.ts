import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'tsup';
import { entries } from '../../scripts/entries.mjs';
import { root } from '../structure/source-files.js';

/** A folder of a user, where `snowmelt` is installed. */
export interface UserFolder {
  readonly path: string;
  /** Path of the command line's program. */
  readonly cli: string;
  readonly remove: () => Promise<void>;
}

/** What a child process came to. */
export interface Outcome {
  /** The exit code; -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a Node program to its end. */
export async function runNode(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

/** Builds the package without types, as `npm run build` does, and links it into a folder outside the repository. */
export async function buildPackage(): Promise<UserFolder> {
  await mkdir(join(root, 'build'), { recursive: true });
  // Inside the repository, where the package's own dependencies are found.
  const built = await mkdtemp(join(root, 'build', 'cli-'));
  await build({
    config: false,
    entry: { ...Object.fromEntries(entries().map(({ name, source }) => [name, source])), cli: 'src/cli.ts' },
    outDir: join(built, 'dist'),
    format: ['esm', 'cjs'],
    target: 'node20',
    platform: 'node',
    splitting: true,
    keepNames: true,
    silent: true,
    tsconfig: join(root, 'tsconfig.json'),
  });
  await cp(join(root, 'package.json'), join(built, 'package.json'));
  const path = await mkdtemp(join(tmpdir(), 'snowmelt-cli-'));
  await mkdir(join(path, 'node_modules'));
  await symlink(built, join(path, 'node_modules', 'snowmelt'));
  return {
    path,
    cli: join(path, 'node_modules', 'snowmelt', 'dist', 'cli.js'),
    remove: async () => {
      await rm(path, { recursive: true, force: true });
      await rm(built, { recursive: true, force: true });
    },
  };
}
