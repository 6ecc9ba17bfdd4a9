import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entries } from '../../scripts/entries.mjs';
import { leaves, rooms, type Order } from '../structure/import-order.js';
import { root } from '../structure/source-files.js';

const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');

/** Every folder of src, by its path below it. */
const folders = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/').slice(join(root, 'src/').length));

/** The rows of all tables of the page whose first column is headed so, without their backticks. */
function rowsUnder(text: string, head: string): string[][] {
  const tables = text.matchAll(new RegExp(`^\\| ${head} +\\|.*\\n\\|.*\\n((?:\\|.*\\n)*)`, 'gm'));
  return [...tables].flatMap(([, rows = '']) =>
    rows
      .trim()
      .split('\n')
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.replaceAll('`', '').trim()),
      ),
  );
}

/** Paths that a text names, also in the picture; links have a test of their own. */
function pathsIn(text: string): string[] {
  const plain = text.replaceAll(/\]\([^)]*\)/g, ']');
  return plain.match(/(?<![\w./@-])[\w-]+(?:\/[\w.-]*\w)+|(?<![\w./-])[\w-]+\.ts\b/g) ?? [];
}

/** Paths that lead nowhere, from src or from the root. */
function missing(text: string): string[] {
  const specifiers: readonly string[] = entries().map(({ specifier }) => specifier);
  return pathsIn(text).filter(
    (path) => !specifiers.includes(path) && !existsSync(join(root, 'src', path)) && !existsSync(join(root, path)),
  );
}

/** Names in backticks that no file named in the same step, the step's whole text, has in it. */
function strangers(step: string): string[] {
  const code = pathsIn(step)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(root, 'src', path), 'utf8'))
    .join('\n');
  const names = [...step.matchAll(/`([A-Za-z_]\w*)(?:\(\))?`/g)].map(([, name = '']) => name);
  return names.filter((name) => !new RegExp(`\\b${name}\\b`).test(code));
}

function orderText(order: Order): string {
  const place = (name: string): string => (name === '.' ? 'its own files' : name);
  return order.map((places) => [places].flat().map(place).join(', ')).join(' → ');
}

describe('docs/architecture.md', () => {
  it('has one line for every folder of src, and no others', () => {
    expect(folders.length).toBeGreaterThan(50);
    const told = rowsUnder(page, 'folder').map(([folder]) => folder);
    expect(told.toSorted()).toEqual(folders.toSorted());
  });

  it('names no folder or file that does not exist', () => {
    expect(pathsIn(page).length).toBeGreaterThan(100);
    expect(missing(page)).toEqual([]);
  });

  it('names in each step of a path only what the files of the step know', () => {
    const steps = page.split('\n').filter((line) => /^\d+\. /.test(line));
    expect(steps.length).toBeGreaterThan(20);
    expect(steps.flatMap(strangers)).toEqual([]);
  });

  it('shows the order of imports that the tests enforce', () => {
    const wanted = Object.entries(rooms).map(([folder, order]) => [folder.replace(/^src\//, ''), orderText(order)]);
    expect(rowsUnder(page, 'within')).toEqual(wanted);
    expect(page).toContain(`${leaves.map((leaf) => `\`${leaf}\``).join(', ')} share types`);
  });
});

describe('the harness', () => {
  it('finds paths in text, code and the picture that lead nowhere', () => {
    const text = 'See `sync/run/gone.ts`, `gone.ts`, sync/gone and [a link](gone/too.md).\n  a["gone/room<br/>text"]';
    expect(missing(text)).toEqual(['sync/run/gone.ts', 'gone.ts', 'sync/gone', 'gone/room']);
    expect(missing('`index.ts`, `sync/sync.ts`, sync/run, test/structure and `snowmelt/testing`')).toEqual([]);
  });

  it('finds names that the files of a step do not know', () => {
    expect(strangers('1. `sync/sync.ts`: `Sync` and `gone()`')).toEqual(['gone']);
  });

  it('reads all tables with such a head', () => {
    const table = '| folder | x |\n| --- | --- |\n| `a` | b |\n';
    expect(rowsUnder(`${table}\n${table}`, 'folder')).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });
});

it('docs/contributing.md leads to docs/architecture.md', () => {
  const text = readFileSync(join(root, 'docs/contributing.md'), 'utf8');
  expect(text.includes('(architecture.md)')).toBe(true);
});
