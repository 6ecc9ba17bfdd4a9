import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filesBelow, root } from '../structure/source-files.js';
import { snippetsOf, type Snippet } from './snippets.js';

const pages = ['README.md', ...filesBelow('docs', '.md').filter((page) => !page.startsWith('docs/api/'))];
const read = pages.map((page) => snippetsOf(page, readFileSync(join(root, page), 'utf8')));
const errors = typeErrors(read.flatMap(({ snippets }) => snippets));

describe('the code in README.md and docs', () => {
  it('is marked as the harness understands it', () => {
    expect(read.flatMap(({ faults }) => faults)).toEqual([]);
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

function typeErrors(snippets: readonly Snippet[]): Map<Snippet, string[]> {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  // Beside package.json, so that `module: nodenext` takes them for ES modules and packages are found.
  const files = new Map(snippets.map((snippet, index) => [join(root, `snippet-${index}.ts`), snippet]));
  const compilerOptions: ts.CompilerOptions = {
    ...options,
    moduleDetection: ts.ModuleDetectionKind.Force,
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
  const disk = ts.createCompilerHost(compilerOptions);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => files.has(path) || disk.fileExists(path),
    readFile: (path) => files.get(path)?.code ?? disk.readFile(path),
    getSourceFile: (path, languageVersion, onError, createNew) => {
      const snippet = files.get(path);
      if (snippet !== undefined) return ts.createSourceFile(path, snippet.code, languageVersion, true);
      return disk.getSourceFile(path, languageVersion, onError, createNew);
    },
  };
  const program = ts.createProgram([...files.keys()], compilerOptions, host);
  const found = new Map<Snippet, string[]>(snippets.map((snippet) => [snippet, []]));
  for (const [path, snippet] of files) {
    const file = program.getSourceFile(path);
    const diagnostics = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    for (const diagnostic of diagnostics) {
      const { line } = ts.getLineAndCharacterOfPosition(file!, diagnostic.start ?? 0);
      const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
      found.get(snippet)!.push(`${snippet.page}:${line - snippet.hiddenLines + snippet.line}: ${text}`);
    }
  }
  return found;
}
