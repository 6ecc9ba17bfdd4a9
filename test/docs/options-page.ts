import { join } from 'node:path';
import ts from 'typescript';
import { entries } from '../../scripts/entries.mjs';
import { root } from '../structure/source-files.js';

/** An interface of options, as it stands in the source. */
interface OptionsType {
  readonly name: string;
  readonly about: string;
  /** The interfaces whose options it has too. */
  readonly bases: readonly Base[];
  readonly options: readonly Option[];
}

interface Base {
  readonly name: string;
  /** `Pick` or `Omit`, and which. */
  readonly part?: { readonly kind: string; readonly names: readonly string[] };
}

interface Option {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly byDefault: string | undefined;
  readonly about: string;
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
const cell = (text: string): string => text.replaceAll('|', '\\|');
const code = (text: string): string => `\`${cell(text)}\``;

function docOf(node: ts.Node): { about: string; byDefault: string | undefined } {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = (comment: ts.JSDoc['comment']): string => oneLine(ts.getTextOfJSDocComment(comment) ?? '');
  const plain = (said: string): string => said.replaceAll(/\{@link ([\w.]+)\}/g, '`$1`');
  const byDefault = doc?.tags?.find(({ tagName }) => tagName.text === 'default');
  return {
    about: plain(text(doc?.comment)),
    byDefault: byDefault === undefined ? undefined : plain(text(byDefault.comment)),
  };
}

function optionsType(node: ts.InterfaceDeclaration): OptionsType {
  const bases = node.heritageClauses?.flatMap(({ types }) => types.map(baseOf)) ?? [];
  const options = node.members.filter(ts.isPropertySignature).map((member) => ({
    name: member.name.getText(),
    type: oneLine(member.type?.getText() ?? 'unknown')
      .replace(/^\| /, '')
      .replace(/ \| undefined$/, ''),
    isRequired: member.questionToken === undefined,
    ...docOf(member),
  }));
  return { name: node.name.text, about: docOf(node).about, bases, options };
}

function baseOf({ expression, typeArguments = [] as never }: ts.ExpressionWithTypeArguments): Base {
  const [whole, names] = typeArguments as readonly (ts.TypeNode | undefined)[];
  const kind = expression.getText();
  if (names === undefined || whole === undefined || !ts.isTypeReferenceNode(whole)) return { name: kind };
  const list = ts.isUnionTypeNode(names) ? [...names.types] : [names];
  return { name: whole.typeName.getText(), part: { kind, names: list.map((each) => each.getText().slice(1, -1)) } };
}

function baseText({ name, part }: Base): string {
  const link = `[${name}](#${name.toLowerCase()})`;
  const names = part?.names.map(code).join(', ');
  if (part === undefined) return `all of ${link}`;
  return part.kind === 'Omit' ? `all of ${link} but ${names}` : `${names} of ${link}`;
}

/** The exported interfaces of options of one entry, and those that they extend. */
function optionsTypes(program: ts.Program, source: string): OptionsType[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(join(root, source));
  const module = file && checker.getSymbolAtLocation(file);
  const symbols = module === undefined ? [] : checker.getExportsOfModule(module);
  return symbols
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .flatMap(({ name, declarations = [] }) => (/(?:Options|Runner)$/.test(name) ? declarations : []))
    .filter(ts.isInterfaceDeclaration)
    .map(optionsType);
}

function section({ name, about, bases, options }: OptionsType): string {
  const also = bases.map(baseText).join(', and ');
  const rows = options.map(({ name: option, type, isRequired, byDefault, about: what }) => {
    const standard = byDefault ?? (isRequired ? '**required**' : '');
    return `| ${code(option)} | ${code(type)} | ${cell(standard)} | ${cell(what)} |`;
  });
  const table = `| option | type | default | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  return `### ${name}\n\n${about}${also === '' ? '' : ` It also has ${also}.`}\n\n${rows.length === 0 ? '' : table}`;
}

/** The page of all options, from the source of the entries. */
export function optionsPage(): { readonly page: string; readonly untold: readonly string[] } {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const told = entries();
  const program = ts.createProgram(
    told.map(({ source }) => join(root, source)),
    options,
  );
  const seen = new Set<string>();
  const all: OptionsType[] = [];
  const parts = told.map(({ specifier, source }) => {
    const types = optionsTypes(program, source).filter(({ name }) => !seen.has(name) && !name.endsWith('ErrorOptions'));
    types.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name } of types) seen.add(name);
    all.push(...types);
    return types.length === 0 ? '' : `## ${specifier}\n\n${types.map(section).join('\n')}`;
  });
  const untold = all.flatMap(({ name, options: each }) =>
    each.filter(({ about }) => about === '').map((option) => `${name}.${option.name}`),
  );
  for (const { name, bases } of all)
    untold.push(...bases.filter((base) => !seen.has(base.name)).map((base) => `${name} extends ${base.name}`));
  return { page: parts.filter((part) => part !== '').join('\n'), untold };
}
