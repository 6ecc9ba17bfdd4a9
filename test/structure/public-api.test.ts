import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { entries } from '../../scripts/entries.mjs';
import { root } from './source-files.js';

// Read by the compiler, so that types are listed too. After a wanted change: npx vitest run test/structure -u
it('exports, per entry, exactly the names of public-api.txt', async () => {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const program = ts.createProgram(
    entries().map(({ source }) => join(root, source)),
    options,
  );
  const checker = program.getTypeChecker();
  const text = entries().map(({ specifier, source }) => {
    const file = program.getSourceFile(join(root, source));
    const module = file && checker.getSymbolAtLocation(file);
    const names = (module ? checker.getExportsOfModule(module) : []).map((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return target.flags & ts.SymbolFlags.Value ? symbol.name : `type ${symbol.name}`;
    });
    return `${specifier}\n${names
      .sort()
      .map((name) => `  ${name}\n`)
      .join('')}`;
  });
  await expect(text.join('\n')).toMatchFileSnapshot('./public-api.txt');
});
