import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, root } from '../structure/source-files.js';
import { examplesOf, snippetsOf } from './snippets.js';
import { typeErrors } from './type-errors.js';

const pages = ['README.md', ...filesBelow('docs', '.md').filter((page) => !page.startsWith('docs/api/'))];
const examples = filesBelow('src', '.ts').flatMap((file) => examplesOf(file, readFileSync(join(root, file), 'utf8')));
const read = pages.map((page) => snippetsOf(page, readFileSync(join(root, page), 'utf8')));
const errors = typeErrors([...read.flatMap(({ snippets }) => snippets), ...examples]);

describe('the code in README.md, docs and docstrings', () => {
  it('is marked as the harness understands it', () => {
    expect(read.flatMap(({ faults }) => faults)).toEqual([]);
  });

  it.each([
    'sync/sync.ts',
    'delivery/deliver.ts',
    'query/query-template.ts',
    ...['identify', 'track', 'group', 'page', 'screen', 'alias', 'define-mapper'].map(
      (call) => `mapping/calls/${call}.ts`,
    ),
    'source/snowflake/snowflake-source.ts',
    'source/sql-api/sql-api-source.ts',
    'sink/customerio/customerio-sink.ts',
    'state/stores/file-state-store.ts',
    'diff/snapshot-diff.ts',
    'workers/sync-queue.ts',
  ])('has an example where a newcomer reads: src/%s', (file) => {
    expect(examples.map(({ page }) => page)).toContain(`src/${file}`);
  });

  for (const [snippet, found] of errors) {
    it(`type-checks: ${snippet.page}:${snippet.line}`, () => {
      expect(found).toEqual([]);
    });
  }
});

describe('the harness', () => {
  const check = (text: string): string[] => [...typeErrors(snippetsOf('page.md', text).snippets).values()].flat();

  it('finds a wrong type and names the line of the page', () => {
    expect(check('# Title\n\n```ts\nconst a = 1;\nconst b: string = a;\n```\n')).toEqual([
      "page.md:5: Type 'number' is not assignable to type 'string'.",
    ]);
  });

  it('reads the examples of docstrings, at their lines', () => {
    const text = '/**\n * A.\n *\n * @example\n * ```ts\n * const a = 1;\n *\n * const b: string = a;\n * ```\n */\n';
    expect([...typeErrors(examplesOf('a.ts', text)).values()].flat()).toEqual([
      "a.ts:8: Type 'number' is not assignable to type 'string'.",
    ]);
  });

  it('uses hidden set-up and continued blocks', () => {
    const setup = '<!-- snippet-setup\ndeclare const a: number;\n-->\n\n```ts\nconst b = a + 1;\n```\n';
    expect(
      check(`${setup}\ntext\n\n<!-- snippet-continues -->\n\n\`\`\`ts\nexport const c: string = b;\n\`\`\`\n`),
    ).toEqual(["page.md:14: Type 'number' is not assignable to type 'string'."]);
  });

  it('resolves the entries of the package', () => {
    expect(
      check("```ts\nimport { SnowmeltError } from 'snowmelt';\nimport { nothing } from 'snowmelt';\n```\n"),
    ).toEqual([`page.md:3: Module '"snowmelt"' has no exported member 'nothing'.`]);
  });

  it('refuses marks that would hide a block', () => {
    expect(snippetsOf('page.md', '```ts no-check\nx\n```\n').faults).toHaveLength(1);
  });
});
