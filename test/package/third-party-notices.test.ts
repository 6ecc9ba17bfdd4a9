import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from '../structure/source-files.js';
import { environment, type Packed } from './pack-package.js';

const run = promisify(execFile);

/** What only the code, or the types, of a package have in them: the build keeps no comments. */
const MARKS: Readonly<Record<string, RegExp>> = {
  '@standard-schema/spec': /\binterface StandardSchemaV1</,
  'is-network-error': /'Failed to fetch|"Failed to fetch/,
  'p-retry': /onFailedAttempt/,
  zod: /\$ZodType\b/,
};

/** The packages that a built file has taken code or types from: what esbuild says, or what is known by its marks. */
function takenIn(path: string, text: string): readonly string[] {
  const said = [...text.matchAll(/^\s*\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name = '']) => name);
  // ES modules import the others; CommonJS files hold them.
  const known = Object.keys(MARKS).filter((name) => name.startsWith('@') || path.endsWith('.cjs'));
  return [...said, ...known.filter((name) => MARKS[name]?.test(text))];
}

it('the tarball holds the licence of every package whose code or types are copied into it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snowmelt-packed-'));
  try {
    const options = { cwd: root, maxBuffer: 1e8, env: environment() };
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], options);
    const [packed] = JSON.parse(stdout) as [Packed];
    await run('tar', ['-xzf', packed.filename], { cwd: folder });
    const built = packed.files.map(({ path }) => path).filter((path) => path.startsWith('dist/'));
    const texts = await Promise.all(built.map((path) => readFile(join(folder, 'package', path), 'utf8')));
    const copied = [...new Set(texts.flatMap((text, index) => takenIn(built[index] ?? '', text)))].sort();
    expect(copied).toEqual(expect.arrayContaining(['@standard-schema/spec', 'is-network-error', 'p-retry', 'zod']));

    const notices = await readFile(join(folder, 'package', 'THIRD-PARTY-NOTICES'), 'utf8');
    for (const name of copied) {
      const own = join(root, 'node_modules', name);
      const { version } = JSON.parse(await readFile(join(own, 'package.json'), 'utf8')) as { version: string };
      const licence = (await readdir(own)).find((file) => /^licen[cs]e/i.test(file));
      expect(notices).toContain(`\n${name} ${version}\n`);
      expect(notices).toContain((await readFile(join(own, licence ?? ''), 'utf8')).trim());
    }
    const named = [...notices.matchAll(/^((?:@\S+\/)?\S+) \d+\.\d+\.\d+$/gm)].map(([, name]) => name);
    expect(named).toEqual(copied);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
