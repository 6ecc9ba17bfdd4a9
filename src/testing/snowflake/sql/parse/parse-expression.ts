import type { Expr, Name, PathStep } from './ast.js';
import { emptyCall, parseCall, parseFunction } from './parse-call.js';
import { parseQuery, startsQuery } from './parse-query.js';
import { parseType } from './parse-type.js';
import { NOT_COLUMNS } from '../types/reserved-words.js';
import { unsupported } from '../types/sql-errors.js';
import type { TokenCursor } from './token-cursor.js';

const COMPARISONS = new Set(['=', '<>', '!=', '<', '<=', '>', '>=']);

/** An expression with Snowflake's precedence: OR, AND, NOT, comparisons, `||`, `+ -`, `* / %`, unary, `::`, path. */
export function parseExpression(cursor: TokenCursor): Expr {
  return binaryChain(cursor, ['OR'], () => binaryChain(cursor, ['AND'], () => parseNot(cursor)));
}

function binaryChain(cursor: TokenCursor, words: readonly string[], operand: () => Expr): Expr {
  let left = operand();
  for (;;) {
    const word = words.find((candidate) => cursor.takeWords(candidate));
    if (word === undefined) return left;
    const right = operand();
    left = { kind: 'binary', op: word, left, right, start: left.start, end: right.end };
  }
}

function parseNot(cursor: TokenCursor): Expr {
  const start = cursor.peek().start;
  if (cursor.isWord('NOT')) {
    cursor.next();
    const expr = parseNot(cursor);
    return { kind: 'unary', op: 'NOT', expr, start, end: expr.end };
  }
  return parsePredicate(cursor);
}

function parsePredicate(cursor: TokenCursor): Expr {
  let left = parseConcat(cursor);
  for (;;) {
    const token = cursor.peek();
    const start = left.start;
    if (token.kind === 'operator' && COMPARISONS.has(token.value)) {
      cursor.next();
      if (cursor.isWord('ANY') || cursor.isWord('ALL') || cursor.isWord('SOME'))
        throw unsupported(`comparison with ${cursor.peek().value} (subquery)`);
      const right = parseConcat(cursor);
      left = { kind: 'binary', op: token.value === '!=' ? '<>' : token.value, left, right, start, end: right.end };
    } else if (cursor.takeWords('IS')) {
      left = parseIs(cursor, left);
    } else {
      const not =
        cursor.isWord('NOT') && ['BETWEEN', 'IN', 'LIKE', 'ILIKE', 'RLIKE', 'REGEXP'].includes(cursor.peek(1).value);
      if (not) cursor.next();
      const next = parseNegatable(cursor, left, not);
      if (next === undefined) return left;
      left = next;
    }
  }
}

function parseIs(cursor: TokenCursor, expr: Expr): Expr {
  const not = cursor.takeWords('NOT');
  if (cursor.takeWords('DISTINCT', 'FROM')) {
    const right = parseConcat(cursor);
    const op = not ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM';
    return { kind: 'binary', op, left: expr, right, start: expr.start, end: right.end };
  }
  for (const what of ['NULL', 'TRUE', 'FALSE'] as const)
    if (cursor.takeWords(what)) return { kind: 'is', expr, what, not, start: expr.start, end: cursor.lastEnd };
  throw cursor.unexpected();
}

function parseNegatable(cursor: TokenCursor, expr: Expr, not: boolean): Expr | undefined {
  const start = expr.start;
  if (cursor.takeWords('BETWEEN')) {
    const low = parseConcat(cursor);
    cursor.expectWords('AND');
    const high = parseConcat(cursor);
    return { kind: 'between', expr, low, high, not, start, end: high.end };
  }
  if (cursor.takeWords('IN')) {
    cursor.expectOp('(');
    const list = startsQuery(cursor) ? parseQuery(cursor) : parseList(cursor, ')');
    cursor.expectOp(')');
    return { kind: 'in', expr, list, not, start, end: cursor.lastEnd };
  }
  const token = cursor.peek();
  if (token.kind !== 'word' || !['LIKE', 'ILIKE', 'RLIKE', 'REGEXP'].includes(token.value)) return undefined;
  cursor.next();
  const op = token.value === 'LIKE' ? 'LIKE' : token.value === 'ILIKE' ? 'ILIKE' : 'RLIKE';
  let quantifier: 'ANY' | 'ALL' | undefined;
  let patterns: Expr[];
  if (cursor.isWord('ANY') || cursor.isWord('ALL')) {
    quantifier = cursor.next().value === 'ANY' ? 'ANY' : 'ALL';
    cursor.expectOp('(');
    patterns = parseList(cursor, ')');
    cursor.expectOp(')');
  } else patterns = [parseConcat(cursor)];
  const escape = cursor.takeWords('ESCAPE') ? parseConcat(cursor) : undefined;
  return { kind: 'like', op, expr, patterns, quantifier, escape, not, start, end: cursor.lastEnd };
}

/** `||` binds like `+` in Snowflake's grammar; both are left-associative. */
function parseConcat(cursor: TokenCursor): Expr {
  return operatorChain(cursor, ['+', '-', '||'], () =>
    operatorChain(cursor, ['*', '/', '%'], () => parseUnary(cursor)),
  );
}

function operatorChain(cursor: TokenCursor, ops: readonly string[], operand: () => Expr): Expr {
  let left = operand();
  for (;;) {
    const op = ops.find((candidate) => cursor.takeOp(candidate));
    if (op === undefined) return left;
    const right = operand();
    left = { kind: 'binary', op, left, right, start: left.start, end: right.end };
  }
}

function parseUnary(cursor: TokenCursor): Expr {
  const start = cursor.peek().start;
  for (const op of ['-', '+'] as const)
    if (cursor.takeOp(op)) {
      const expr = parseUnary(cursor);
      return { kind: 'unary', op, expr, start, end: expr.end };
    }
  return parseOperand(cursor);
}

/** A value with its casts and paths, without operators. */
export function parseOperand(cursor: TokenCursor): Expr {
  return parsePostfix(cursor, parsePrimary(cursor));
}

function parsePostfix(cursor: TokenCursor, base: Expr): Expr {
  let expr = base;
  for (;;) {
    if (cursor.takeOp('::')) {
      const type = parseType(cursor);
      expr = { kind: 'cast', expr, type, lenient: false, start: base.start, end: cursor.lastEnd };
    } else if (cursor.isOp(':') || cursor.isOp('[')) {
      const steps = parsePath(cursor);
      expr = { kind: 'path', base: expr, steps, start: base.start, end: cursor.lastEnd };
    } else if (cursor.isWord('COLLATE')) {
      cursor.next();
      const collation = cursor.next();
      expr = { kind: 'collate', expr, collation: collation.value, start: base.start, end: collation.end };
    } else return expr;
  }
}

function parsePath(cursor: TokenCursor): PathStep[] {
  const steps: PathStep[] = [];
  let first = true;
  for (;;) {
    if ((first && cursor.takeOp(':')) || (!first && (cursor.takeOp('.') || cursor.takeOp(':')))) {
      const token = cursor.next();
      if (token.kind !== 'word' && token.kind !== 'quoted') throw cursor.unexpected(token);
      // Keys of a VARIANT keep the case they are written in, quoted or not.
      steps.push({ key: token.kind === 'quoted' ? token.value : cursor.sql.slice(token.start, token.end) });
    } else if (cursor.takeOp('[')) {
      steps.push({ index: parseExpression(cursor) });
      cursor.expectOp(']');
    } else return steps;
    first = false;
  }
}

/** Comma-separated expressions up to (not including) the closing operator. */
export function parseList(cursor: TokenCursor, close: string): Expr[] {
  const list: Expr[] = [];
  if (cursor.isOp(close)) return list;
  do list.push(parseExpression(cursor));
  while (cursor.takeOp(','));
  return list;
}

function parsePrimary(cursor: TokenCursor): Expr {
  const token = cursor.peek();
  const { start } = token;
  if (token.kind === 'number') {
    cursor.next();
    return { kind: 'number', text: token.value, start, end: token.end };
  }
  if (token.kind === 'string') {
    cursor.next();
    return { kind: 'string', value: token.value, start, end: token.end };
  }
  if (token.kind === 'param') {
    cursor.next();
    const index = token.value === '?' ? cursor.nextParam() : Number(token.value) - 1;
    return { kind: 'param', index, start, end: token.end };
  }
  if (token.kind === 'dollar') {
    cursor.next();
    return /^\d+$/.test(token.value)
      ? { kind: 'position', index: Number(token.value), table: undefined, start, end: token.end }
      : { kind: 'variable', name: token.value, start, end: token.end };
  }
  if (cursor.takeOp('(')) return parseParenthesis(cursor, start);
  if (cursor.takeOp('[')) {
    const items = parseList(cursor, ']');
    cursor.expectOp(']');
    return { kind: 'array', items, start, end: cursor.lastEnd };
  }
  if (cursor.takeOp('{')) return parseObject(cursor, start);
  if (cursor.isOp('*')) return parseStar(cursor, []);
  if (token.kind === 'word') {
    const special = parseCall(cursor);
    if (special !== undefined) return special;
    if (NOT_COLUMNS.has(token.value)) throw cursor.unexpected();
  }
  return parseColumn(cursor);
}

function parseParenthesis(cursor: TokenCursor, start: number): Expr {
  if (startsQuery(cursor)) {
    const query = parseQuery(cursor);
    cursor.expectOp(')');
    return { kind: 'subquery', query, start, end: cursor.lastEnd };
  }
  const items = parseList(cursor, ')');
  cursor.expectOp(')');
  const [only] = items;
  if (items.length === 1 && only !== undefined) return { ...only, start, end: cursor.lastEnd };
  return { kind: 'tuple', items, start, end: cursor.lastEnd };
}

function parseObject(cursor: TokenCursor, start: number): Expr {
  const entries: [Expr, Expr][] = [];
  if (cursor.isOp('*')) {
    const star = parseStar(cursor, []);
    cursor.expectOp('}');
    return { ...emptyCall('OBJECT_CONSTRUCT', [star]), start, end: cursor.lastEnd };
  }
  if (!cursor.isOp('}'))
    do {
      const key = cursor.next();
      if (key.kind !== 'string') throw cursor.unexpected(key);
      cursor.expectOp(':');
      entries.push([{ kind: 'string', value: key.value, start: key.start, end: key.end }, parseExpression(cursor)]);
    } while (cursor.takeOp(','));
  cursor.expectOp('}');
  return { kind: 'object', entries, start, end: cursor.lastEnd };
}

/** A column, `t.$1` or `t.*`. */
function parseColumn(cursor: TokenCursor): Expr {
  const { start } = cursor.peek();
  const parts: Name[] = [cursor.name()];
  while (cursor.isOp('.')) {
    cursor.next();
    if (cursor.isOp('*')) return parseStar(cursor, parts);
    const token = cursor.peek();
    if (token.kind === 'dollar') {
      cursor.next();
      return { kind: 'position', index: Number(token.value), table: parts.at(-1), start, end: token.end };
    }
    if (token.kind === 'word' && cursor.isOp('(', 1)) return { ...parseFunction(cursor), path: parts, start };
    parts.push(cursor.name());
  }
  return { kind: 'column', parts, start, end: cursor.lastEnd };
}

function parseStar(cursor: TokenCursor, table: readonly Name[]): Expr {
  const { start } = table[0] ?? cursor.peek();
  cursor.expectOp('*');
  let ilike: string | undefined;
  const exclude: string[] = [];
  const rename = new Map<string, string>();
  const replace = new Map<string, Expr>();
  const each = (one: () => void): void => {
    if (!cursor.takeOp('(')) {
      one();
      return;
    }
    do one();
    while (cursor.takeOp(','));
    cursor.expectOp(')');
  };
  if (cursor.takeWords('ILIKE')) ilike = cursor.next().value;
  if (cursor.takeWords('EXCLUDE')) each(() => exclude.push(cursor.name().name));
  if (cursor.takeWords('REPLACE'))
    each(() => {
      const expr = parseExpression(cursor);
      cursor.expectWords('AS');
      replace.set(cursor.name().name, expr);
    });
  if (cursor.takeWords('RENAME'))
    each(() => {
      const from = cursor.name().name;
      cursor.expectWords('AS');
      rename.set(from, cursor.name().name);
    });
  return { kind: 'star', table, exclude, rename, replace, ilike, start, end: cursor.lastEnd };
}
