import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leaves, rooms } from './import-order.js';
import { moduleImports, type ModuleImport } from './module-imports.js';
import { filesBelow, root } from './source-files.js';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };
const runtimePackages = Object.keys(manifest.dependencies);

/** The last folder that two files share, and the room of each in it. */
function meeting(
  file: string,
  target: string,
): { readonly folder: string; readonly from: string; readonly to: string } {
  const [one, other] = [file.split('/'), target.split('/')];
  let depth = 0;
  while (one[depth] === other[depth] && depth < one.length - 1 && depth < other.length - 1) depth += 1;
  const room = (parts: readonly string[]): string => (parts.length - 1 > depth ? (parts[depth] ?? '.') : '.');
  return { folder: one.slice(0, depth).join('/'), from: room(one), to: room(other) };
}

/** Why an import is not allowed; `undefined` when it is. */
function fault(file: string, found: ModuleImport): string | undefined {
  if (!found.specifier.startsWith('.')) {
    const name = found.specifier.split('/')[0]!;
    const allowed =
      found.typeOnly || found.lazy || found.specifier.startsWith('node:') || runtimePackages.includes(name);
    return allowed ? undefined : `${file}: ${found.specifier} is not a runtime dependency: import it lazily`;
  }
  const target = posix.join(dirname(file), found.specifier).replace(/\.js$/, '.ts');
  const { folder, from, to } = meeting(file, target);
  if (from === to) return undefined;
  const order = rooms[folder];
  if (order === undefined) return `${file}: the folder ${folder} has rooms without an order (${target})`;
  const rank = (room: string): number => order.findIndex((place) => [place].flat().includes(room));
  for (const room of [from, to]) {
    if (rank(room) < 0) return `${file}: ${room} has no place in the order of ${folder} (${target})`;
  }
  // The command that starts the embedded Snowflake loads it when it is asked for.
  if (to === 'testing' && !(from === 'cli' && found.lazy)) return `${file}: nothing imports testing (${target})`;
  if (rank(to) < rank(from)) return undefined;
  if (folder === 'src' && found.typeOnly && leaves.includes(from) && leaves.includes(to)) return undefined;
  return `${file}: ${from} imports ${found.typeOnly ? 'types of ' : ''}${to} (${target})`;
}

describe('the direction of imports', () => {
  it('goes from the sync to the leaf folders and down into their rooms, never back, never between leaf folders, to testing only from a command that asks for it', () => {
    const faults = filesBelow('src', '.ts').flatMap((file) =>
      moduleImports(file, readFileSync(join(root, file), 'utf8'))
        .map((found) => fault(file, found))
        .filter((text) => text !== undefined),
    );
    expect(faults).toEqual([]);
  });

  // The grammar of SQL is recursive, and so are its parser and binder.
  it('goes in no circle, but in the parser and the binder of SQL', () => {
    const files = filesBelow('src', '.ts').filter((file) => !file.startsWith('src/testing/snowflake/sql/'));
    const imports = new Map(
      files.map((file) => [
        file,
        moduleImports(file, readFileSync(join(root, file), 'utf8'))
          .filter(({ specifier }) => specifier.startsWith('.'))
          .map(({ specifier }) => posix.join(dirname(file), specifier).replace(/\.js$/, '.ts')),
      ]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file) || path.includes(file)) return;
      for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it.each([
    ['src/source/a.ts', `import { x } from '../sink/http.js';`],
    ['src/delivery/a.ts', `import type { Sync } from '../sync/sync.js';`],
    ['src/sync/a.ts', `export { x } from '../testing/index.js';`],
    ['src/cli/commands/a.ts', `import { x } from '../../testing/index.js';`],
    ['src/sync/a.ts', `const x = await import('../testing/index.js');`],
    ['src/sink/a.ts', `const x = await import('../state/file-state-store.js');`],
    ['src/mapping/a.ts', `import { type T, x } from '../source/source.js';`],
    ['src/source/a.ts', `import snowflake from 'snowflake-sdk';`],
    ['src/extra/a.ts', `import { SnowmeltError } from '../errors/errors.js';`],
    ['src/errors/a.ts', `import { x } from '../options/x.js';`],
    ['src/source/auth/a.ts', `import type { Source } from '../source.js';`],
    ['src/source/sql-api/a.ts', `import { x } from '../snowflake/x.js';`],
    ['src/mapping/values/a.ts', `import type { x } from '../calls/x.js';`],
    ['src/sync/run/a.ts', `import { x } from '../dry/x.js';`],
    ['src/sync/run/inner/a.ts', `import { x } from '../x.js';`],
    ['src/delivery/extra/a.ts', `import { x } from '../deliver.js';`],
    ['src/testing/snowflake/sql/bind/a.ts', `import { x } from '../functions/x.js';`],
  ])('refuses, in %s, %s', (file, text) => {
    expect(moduleImports(file, text).map((found) => fault(file, found))).not.toContain(undefined);
  });

  it.each([
    ['src/source/a.ts', `import type { Sink } from '../sink/sink.js';`],
    ['src/mapping/a.ts', `import { type T } from '../source/source.js';`],
    ['src/sync/a.ts', `import { deliver } from '../delivery/deliver.js';`],
    ['src/sync/run/a.ts', `import { x } from '../record/x.js'; import { y } from './y.js';`],
    ['src/source/sql-api/a.ts', `import { x } from '../source.js'; import { y } from '../auth/y.js';`],
    ['src/cli/commands/a.ts', `const x = await import('../../testing/index.js');`],
    ['src/source/a.ts', `const driver = await import('snowflake-sdk');`],
    ['src/source/a.ts', `import type { Connection } from 'snowflake-sdk';`],
    ['src/state/a.ts', `import * as z from 'zod'; import { open } from 'node:fs/promises';`],
  ])('allows, in %s, %s', (file, text) => {
    expect(moduleImports(file, text).map((found) => fault(file, found))).toSatisfy((faults: unknown[]) =>
      faults.every((value) => value === undefined),
    );
  });
});
