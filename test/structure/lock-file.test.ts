import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './source-files.js';

describe.each(['package-lock.json', 'bench/package-lock.json', 'test/hosts/package-lock.json'])('%s', (file) => {
  // npm leaves optional packages of other platforms out of the lock file when the registry in use lacks them or when
  // node_modules is there already; `npm ci` then refuses the file (npm/cli issue 4828).
  it('names the optional packages of every platform, so that npm ci works everywhere', () => {
    const lock = JSON.parse(readFileSync(join(root, file), 'utf8')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const paths = Object.keys(lock.packages);
    const missing = Object.values(lock.packages)
      .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
      .filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)));
    expect(missing).toEqual([]);
  });

  // An entry without it is installed whatever its bytes are: npm leaves it out of entries that it could not look up.
  it('says of every package what its bytes hash to, and names no registry', () => {
    const text = readFileSync(join(root, file), 'utf8');
    const { packages } = JSON.parse(text) as { packages: Record<string, { integrity?: string; link?: boolean }> };
    const without = Object.entries(packages)
      .filter(([path, { integrity, link }]) => path !== '' && link !== true && !/^sha512-/.test(integrity ?? ''))
      .map(([path]) => path);
    expect(without).toEqual([]);
    expect(text).not.toContain('"resolved"');
  });
});
