import { existsSync, readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);

/**
 * The entries of the package, read from `exports` of package.json so that the build, the tests and the API
 * documentation can't disagree with what is published: `./sinks` stands for src/sinks.ts or src/sinks/index.ts.
 *
 * @returns {{ specifier: string, name: string, source: string }[]}
 */
export function entries() {
  const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  return Object.keys(manifest.exports)
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => {
      const name = subpath === '.' ? 'index' : subpath.slice(2);
      const source = [`src/${name}.ts`, `src/${name}/index.ts`].find((file) => existsSync(new URL(file, root)));
      if (source === undefined) throw new Error(`package.json exports ${subpath}, but there is no src/${name}.ts.`);
      return { specifier: subpath === '.' ? 'snowmelt' : `snowmelt/${name}`, name, source };
    });
}
