import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './source-files.js';

// npm leaves optional packages of other platforms out of the lock file when the registry in use lacks them or when
// node_modules is there already; `npm ci` then refuses the file (npm/cli issue 4828).
it('package-lock.json names the optional packages of every platform, so that npm ci works everywhere', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const paths = Object.keys(lock.packages);
  const missing = Object.values(lock.packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)));
  expect(missing).toEqual([]);
});

// An entry without it is installed whatever its bytes are: npm leaves it out of entries that it could not look up.
it('package-lock.json says of every package what its bytes hash to, and names no registry', () => {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as { packages: Record<string, { integrity?: string; link?: boolean }> };
  const without = Object.entries(packages)
    .filter(([path, { integrity, link }]) => path !== '' && link !== true && !/^sha512-/.test(integrity ?? ''))
    .map(([path]) => path);
  expect(without).toEqual([]);
  expect(text).not.toContain('"resolved"');
});
