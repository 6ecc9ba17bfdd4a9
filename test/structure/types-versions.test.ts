import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { entries } from '../../scripts/entries.mjs';
import { root } from './source-files.js';

// `moduleResolution: node` knows no `exports`: there `typesVersions` says where the types of an entry are.
it('package.json says of every entry where its types are, for the old resolution too', () => {
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  const { typesVersions } = JSON.parse(text) as { typesVersions: { '*': Record<string, readonly string[]> } };
  const names = entries()
    .map(({ name }) => name)
    .filter((name) => name !== 'index');
  expect(typesVersions['*']).toEqual(Object.fromEntries(names.map((name) => [name, [`./dist/${name}.d.ts`]])));
});
