import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { moduleImports, type ModuleImport } from './module-imports.js';
import { filesBelow, root } from './source-files.js';

// Data's path by folder: a folder may import folders of a lower rank. `errors` stands for src/errors.ts and
// what else directly in src everything may use, `entry` for the other files there, which only re-export.
const ranks: Record<string, number> = {
  errors: 0,
  http: 0.5,
  source: 1,
  query: 1,
  mapping: 1,
  sink: 1,
  state: 1,
  delivery: 2,
  sync: 3,
  setup: 4,
  schedule: 4,
  report: 4,
  otel: 4,
  cli: 5,
  entry: 6,
  testing: 7,
};
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };
const runtimePackages = Object.keys(manifest.dependencies);

function place(file: string): string {
  const parts = file.split('/');
  if (parts.length > 2) return parts[1]!;
  const shared =
    /^src\/(errors|error-codes|check-options|code-of|is-call|is-promise-like|load-peer|option-checks|or-aborted)\.ts$/;
  return shared.test(file) ? 'errors' : 'entry';
}

/** Why an import is not allowed; `undefined` when it is. */
function fault(file: string, found: ModuleImport): string | undefined {
  const from = place(file);
  if (ranks[from] === undefined) return `${file}: the folder ${from} has no place in the order of folders`;
  if (!found.specifier.startsWith('.')) {
    const name = found.specifier.split('/')[0]!;
    const allowed =
      found.typeOnly || found.lazy || found.specifier.startsWith('node:') || runtimePackages.includes(name);
    return allowed ? undefined : `${file}: ${found.specifier} is not a runtime dependency: import it lazily`;
  }
  const target = posix.join(dirname(file), found.specifier).replace(/\.js$/, '.ts');
  const to = place(target);
  if (from === to) return undefined;
  const fromRank = ranks[from];
  const toRank = ranks[to];
  if (toRank === undefined) return `${file}: the folder ${to} has no place in the order of folders`;
  if (to === 'testing') return `${file}: nothing imports testing (${target})`;
  if (toRank < fromRank) return undefined;
  if (toRank === 1 && fromRank === 1 && found.typeOnly) return undefined;
  return `${file}: ${from} imports ${found.typeOnly ? 'types of ' : ''}${to} (${target})`;
}

describe('the direction of imports', () => {
  it('goes from the sync to the leaf folders, never back, never between leaf folders, never to testing', () => {
    const faults = filesBelow('src', '.ts').flatMap((file) =>
      moduleImports(file, readFileSync(join(root, file), 'utf8'))
        .map((found) => fault(file, found))
        .filter((text) => text !== undefined),
    );
    expect(faults).toEqual([]);
  });

  it.each([
    ['src/source/a.ts', `import { x } from '../sink/http.js';`],
    ['src/delivery/a.ts', `import type { Sync } from '../sync/sync.js';`],
    ['src/sync/a.ts', `export { x } from '../testing/index.js';`],
    ['src/sink/a.ts', `const x = await import('../state/file-state-store.js');`],
    ['src/mapping/a.ts', `import { type T, x } from '../source/source.js';`],
    ['src/source/a.ts', `import snowflake from 'snowflake-sdk';`],
    ['src/extra/a.ts', `import { SnowmeltError } from '../errors.js';`],
  ])('refuses, in %s, %s', (file, text) => {
    expect(moduleImports(file, text).map((found) => fault(file, found))).not.toContain(undefined);
  });

  it.each([
    ['src/source/a.ts', `import type { Sink } from '../sink/sink.js';`],
    ['src/mapping/a.ts', `import { type T } from '../source/source.js';`],
    ['src/sync/a.ts', `import { deliver } from '../delivery/deliver.js';`],
    ['src/source/a.ts', `const driver = await import('snowflake-sdk');`],
    ['src/source/a.ts', `import type { Connection } from 'snowflake-sdk';`],
    ['src/state/a.ts', `import * as z from 'zod'; import { open } from 'node:fs/promises';`],
  ])('allows, in %s, %s', (file, text) => {
    expect(moduleImports(file, text).map((found) => fault(file, found))).toSatisfy((faults: unknown[]) =>
      faults.every((value) => value === undefined),
    );
  });
});
