import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../../structure/source-files.js';

const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);

/**
 * What the compiler says of files that lie, for it, beside package.json, so that `snowmelt` is found; each fault with the
 * file's name and line.
 */
export function compile(files: Readonly<Record<string, string>>): string[] {
  const texts = new Map(Object.entries(files).map(([name, text]) => [join(root, name), text]));
  // Declarations are looked at too.
  const compilerOptions: ts.CompilerOptions = { ...options, skipLibCheck: false, noUnusedLocals: false };
  const disk = ts.createCompilerHost(compilerOptions);
  const program = ts.createProgram([...texts.keys()], compilerOptions, {
    ...disk,
    fileExists: (path) => texts.has(path) || disk.fileExists(path),
    readFile: (path) => texts.get(path) ?? disk.readFile(path),
    getSourceFile: (path, version, onError, createNew) => {
      const text = texts.get(path);
      return text === undefined
        ? disk.getSourceFile(path, version, onError, createNew)
        : ts.createSourceFile(path, text, version, true);
    },
  });
  return [...texts.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)!;
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ start = 0, messageText }) => {
      const line = file.getLineAndCharacterOfPosition(start).line + 1;
      return `${path.slice(root.length)}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}
