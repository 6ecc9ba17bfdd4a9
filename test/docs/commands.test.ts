import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArguments } from '../../src/cli/arguments.js';
import { filesBelow, root } from '../structure/source-files.js';

const guides = filesBelow('docs', '.md').filter((page) => !page.startsWith('docs/api/'));
const pages = ['README.md', 'examples/README.md', ...guides];
const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };

describe('the commands', () => {
  it.each(pages)('of %s are there', (page) => {
    const text = read(page);
    const names = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
    for (const [, line = ''] of text.matchAll(/npx snowmelt ([a-z][^`\n#>]*)/g)) {
      expect(() => readArguments(line.trim().split(/\s+/)), line).not.toThrow();
    }
  });
});

describe('examples/README.md', () => {
  it('names every example', () => {
    const folders = readdirSync(join(root, 'examples'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const text = read('examples/README.md');
    expect(folders.map(({ name }) => name).filter((name) => !text.includes(`| [${name}](${name}`))).toEqual([]);
  });
});
