import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../structure/source-files.js';

/** What `npm pack` made. */
export interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** A project outside the repository that has installed the packed tarball. */
export interface Consumer {
  readonly folder: string;
  readonly packed: Packed;
  /** Runs node there. Fails on an exit code other than 0, with what was printed. */
  readonly node: (...args: string[]) => Promise<{ stdout: string; stderr: string }>;
  readonly remove: () => Promise<void>;
}

const RUNNERS = ['jest@30.2.0', 'mocha@11.8.0'];
const run = promisify(execFile);

/**
 * Packs the package and installs the tarball in a temporary folder, beside Jest and Mocha or nothing, without the optional peers. The
 * folder is outside the repository, because Node would find the repository's own packages from inside. TypeScript and
 * vitest are linked from there, their versions are those the project pins.
 */
export async function packPackage({ runners = true } = {}): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), 'snowmelt-consumer-'));
  const npm = (args: string[], cwd: string) => run('npm', args, { cwd, maxBuffer: 1e8, env: environment() });
  const { stdout } = await npm(['pack', '--json', '--pack-destination', folder], root);
  const [packed] = JSON.parse(stdout) as [Packed];
  await cp(join(root, 'test/package/consumer'), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, version: '1.0.0' }));
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await npm([...install, `./${packed.filename}`, ...(runners ? RUNNERS : [])], folder);
  for (const name of ['typescript', 'vitest']) {
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  // Jest brings its own @types/node; the project's is for the Node version that snowmelt supports at least.
  await rm(join(folder, 'node_modules/@types/node'), { recursive: true, force: true });
  await mkdir(join(folder, 'node_modules/@types'), { recursive: true });
  await cp(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'), { recursive: true });
  return {
    folder,
    packed,
    node: (...args) => run(process.execPath, args, { cwd: folder, env: environment() }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Without the marks of the vitest run that calls, which would change the consumer's test runners. */
export function environment(): NodeJS.ProcessEnv {
  const marks = /^(VITEST|NODE_ENV|NODE_OPTIONS|TEST$|MODE$|npm_config_dry_run)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !marks.test(name)));
}
