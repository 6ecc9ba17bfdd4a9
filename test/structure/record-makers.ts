import { join } from 'node:path';
import ts from 'typescript';
import { root } from './source-files.js';

/** A place where a record is made or changed. */
export interface RecordMaker {
  /** From the root. */
  readonly file: string;
  readonly line: number;
  readonly how: 'literal' | 'spread' | 'assertion' | 'assignment' | 'Object.assign';
}

const schemaFile = join(root, 'src/state/sync-state.ts');

/** Types are asked of the compiler, so that a record is found that nobody calls `SyncState`, as in a callback. */
class RecordFinder {
  readonly #checker: ts.TypeChecker;
  readonly #record: ts.Type;
  /** What no record lacks. */
  readonly #names: readonly string[];

  constructor(program: ts.Program) {
    this.#checker = program.getTypeChecker();
    const file = program.getSourceFile(schemaFile);
    const module = file && this.#checker.getSymbolAtLocation(file);
    const symbol = module?.exports?.get(ts.escapeLeadingUnderscores('SyncState'));
    if (symbol === undefined) throw new Error(`${schemaFile} has no SyncState.`);
    this.#record = this.#checker.getDeclaredTypeOfSymbol(symbol);
    this.#names = this.#record
      .getProperties()
      .filter(({ flags }) => (flags & ts.SymbolFlags.Optional) === 0)
      .map(({ name }) => name);
  }

  how(node: ts.Node): RecordMaker['how'] | undefined {
    const checker = this.#checker;
    if (ts.isObjectLiteralExpression(node)) {
      if (isPattern(node)) return undefined;
      const spreads = node.properties.filter((property) => ts.isSpreadAssignment(property));
      if (spreads.some(({ expression }) => this.#isRecord(checker.getTypeAtLocation(expression)))) return 'spread';
      // To ask for the type of every literal takes long.
      const written = node.properties.map((property) => property.name?.getText());
      const isCandidate = spreads.length > 0 || this.#names.every((name) => written.includes(name));
      return isCandidate && this.#isRecord(checker.getTypeAtLocation(node)) ? 'literal' : undefined;
    }
    if (ts.isAsExpression(node)) return this.#isRecord(checker.getTypeAtLocation(node.type)) ? 'assertion' : undefined;
    if (ts.isCallExpression(node) && node.expression.getText() === 'Object.assign') {
      return this.#isRecord(checker.getTypeAtLocation(node)) ? 'Object.assign' : undefined;
    }
    return holdersOf(node).some((holder) => this.#isRecord(checker.getTypeAtLocation(holder)))
      ? 'assignment'
      : undefined;
  }

  /** Whether it, or one of a union, is a record or what could stand for one. */
  #isRecord(type: ts.Type | undefined): boolean {
    if (type === undefined) return false;
    if (type.isUnionOrIntersection()) return type.types.some((each) => this.#isRecord(each));
    if (type === this.#record) return true;
    // Its shape under another name, or what is left of one after taking something optional away.
    return (
      this.#names.every((name) => type.getProperty(name) !== undefined) &&
      this.#checker.isTypeAssignableTo(type, this.#record)
    );
  }
}

/** Whether it takes apart what stands on the right: `({ a, b } = c)`. */
function isPattern({ parent, pos }: ts.ObjectLiteralExpression): boolean {
  if (!ts.isBinaryExpression(parent) || parent.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return false;
  return parent.left.pos === pos;
}

/** What is changed in place: `x` and `x.y` in `x.y.z = …`, `x.y.z += …`, `x.y.z++` and `delete x.y.z`. */
function holdersOf(node: ts.Node): ts.Expression[] {
  let target: ts.Expression | undefined;
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) target = node.left;
  } else if (ts.isDeleteExpression(node)) target = node.expression;
  else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const isStep = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
    if (isStep) target = node.operand;
  }
  const holders: ts.Expression[] = [];
  while (
    target !== undefined &&
    (ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target) || ts.isNonNullExpression(target))
  ) {
    target = target.expression;
    holders.push(target);
  }
  return holders;
}

/**
 * Every place of some files that makes or changes a record of a sync.
 *
 * @param files paths from the root
 * @param inMemory text of files that need not exist, by path from the root
 */
export function recordMakers(files: readonly string[], inMemory: ReadonlyMap<string, string>): RecordMaker[] {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const host = ts.createCompilerHost(options, true);
  const pathOf = (file: string): string => join(root, file);
  const texts = new Map([...inMemory].map(([file, text]) => [pathOf(file), text]));
  const all = [...files, ...inMemory.keys()];
  host.readFile = (path) => texts.get(path) ?? ts.sys.readFile(path);
  host.fileExists = (path) => texts.has(path) || ts.sys.fileExists(path);
  const program = ts.createProgram([schemaFile, ...all.map(pathOf)], options, host);
  const finder = new RecordFinder(program);
  return all.flatMap((file) => {
    const source = program.getSourceFile(pathOf(file));
    if (source === undefined) throw new Error(`${file} cannot be read.`);
    const found: RecordMaker[] = [];
    const visit = (node: ts.Node): void => {
      const how = finder.how(node);
      if (how !== undefined) {
        found.push({ file, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, how });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}
