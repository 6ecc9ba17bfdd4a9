import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../structure/source-files.js';
import type { Snippet } from './snippets.js';

/** What the compiler says of each snippet, with the line of its page. */
export function typeErrors(snippets: readonly Snippet[]): Map<Snippet, string[]> {
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
