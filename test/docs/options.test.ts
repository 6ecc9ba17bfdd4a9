import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { root } from '../structure/source-files.js';
import { optionsPage } from './options-page.js';

const { page, untold } = optionsPage();

// `npm run docs:tables` writes the page anew.
it('docs/options.md lists every option with its type and default', async () => {
  const text = `# Options

Every option of every part, by the entry that exports it. Options are checked once, when they are given: one that is unknown, missing or of the wrong type is a \`ConfigError\` that names it and never shows its value. An empty text counts as missing, because that is what an unset environment variable often is.

This page is made from the source by \`npm run docs:tables\`; a test fails when it is stale.

${page}`;
  const file = join(root, 'docs/options.md');
  const options = await resolveConfig(file);
  await expect(await format(text, { ...options, parser: 'markdown' })).toMatchFileSnapshot(file);
});

it('says of every option what it does', () => {
  expect(untold).toEqual([]);
});
