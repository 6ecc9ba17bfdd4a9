import type { CallNode, Expr, OrderItem, WindowSpec } from './ast.js';
import { parseExpression, parseOperand } from './parse-expression.js';
import { parseLambda } from './parse-lambda.js';
import { parseOrderBy, parseQuery } from './parse-query.js';
import { parseType } from './parse-type.js';
import { BINARY } from '../types/data-type.js';
import { RESERVED } from '../types/reserved-words.js';
import type { TokenCursor } from './token-cursor.js';

/** Functions that may be written without parentheses. */
const BARE = new Set([
  'CURRENT_DATE',
  'CURRENT_TIME',
  'CURRENT_TIMESTAMP',
  'LOCALTIME',
  'LOCALTIMESTAMP',
  'CURRENT_USER',
  'CURRENT_ROLE',
  'CURRENT_DATABASE',
  'CURRENT_SCHEMA',
  'CURRENT_WAREHOUSE',
]);

/** Anything that starts with a word and isn't a column: literals by keyword, CASE, CAST, EXISTS, calls. */
export function parseCall(cursor: TokenCursor): Expr | undefined {
  const token = cursor.peek();
  const { start } = token;
  const call = cursor.isOp('(', 1);
  switch (token.value) {
    case 'NULL':
      cursor.next();
      return { kind: 'null', start, end: token.end };
    case 'TRUE':
    case 'FALSE':
      cursor.next();
      return { kind: 'bool', value: token.value === 'TRUE', start, end: token.end };
    case 'CASE':
      return parseCase(cursor);
    case 'PRIOR':
    case 'CONNECT_BY_ROOT': {
      const next = cursor.peek(1);
      if (next.kind !== 'quoted' && (next.kind !== 'word' || RESERVED.has(next.value))) break;
      cursor.next();
      const operand = parseOperand(cursor);
      return { ...emptyCall(token.value, [operand]), start, end: operand.end };
    }
    case 'EXISTS': {
      if (!call) return undefined;
      cursor.next();
      cursor.next();
      const query = parseQuery(cursor);
      cursor.expectOp(')');
      return { kind: 'exists', query, start, end: cursor.lastEnd };
    }
    case 'CAST':
    case 'TRY_CAST': {
      if (!call) return undefined;
      cursor.next();
      cursor.next();
      const expr = parseExpression(cursor);
      cursor.expectWords('AS');
      const type = parseType(cursor);
      cursor.expectOp(')');
      return { kind: 'cast', expr, type, lenient: token.value === 'TRY_CAST', start, end: cursor.lastEnd };
    }
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      if (cursor.peek(1).kind === 'string') {
        const type = parseType(cursor);
        const value = cursor.next();
        const expr: Expr = { kind: 'string', value: value.value, start: value.start, end: value.end };
        return { kind: 'cast', expr, type, lenient: false, start, end: value.end };
      }
      break;
    case 'X': {
      const digits = cursor.peek(1);
      if (digits.kind !== 'string' || digits.start !== token.end) break;
      cursor.next();
      cursor.next();
      const expr: Expr = { kind: 'string', value: digits.value, start: digits.start, end: digits.end };
      return { kind: 'cast', expr, type: BINARY, lenient: false, start, end: digits.end };
    }
    case 'INTERVAL':
      if (cursor.peek(1).kind === 'string') {
        cursor.next();
        const value = cursor.next();
        return { kind: 'interval', text: value.value, start, end: value.end };
      }
      break;
  }
  if (!call) {
    if (!BARE.has(token.value) || cursor.isOp('.', 1)) return undefined;
    cursor.next();
    return { ...emptyCall(token.value), start, end: token.end };
  }
  return parseFunction(cursor);
}

/** A call without arguments. */
export function emptyCall(name: string, args: readonly Expr[] = []): CallNode {
  return {
    kind: 'call',
    name,
    args,
    named: new Map(),
    distinct: false,
    star: false,
    orderBy: [],
    ignoreNulls: false,
    over: undefined,
    start: 0,
    end: 0,
  };
}

/** `NAME(args) WITHIN GROUP (…) OVER (…)`. */
export function parseFunction(cursor: TokenCursor): CallNode {
  const { value: name, start } = cursor.next();
  cursor.expectOp('(');
  const distinct = cursor.takeWords('DISTINCT');
  const named = new Map<string, Expr>();
  const args: Expr[] = [];
  let star = false;
  if (name === 'EXTRACT') {
    const part = cursor.next();
    args.push({ kind: 'string', value: part.value, start: part.start, end: part.end });
    if (!cursor.takeWords('FROM')) cursor.expectOp(',');
    args.push(parseExpression(cursor));
  } else if (name === 'POSITION' || name === 'TRIM') {
    args.push(parseExpression(cursor));
    while (cursor.takeOp(',')) args.push(parseExpression(cursor));
  } else if (!cursor.isOp(')')) {
    do {
      const argument = cursor.peek();
      if (cursor.isOp('*') && name === 'COUNT' && !distinct) {
        cursor.next();
        star = true;
      } else if (argument.kind === 'word' && cursor.isOp('=>', 1)) {
        cursor.next();
        cursor.next();
        named.set(argument.value, parseExpression(cursor));
      } else args.push(parseArgument(cursor));
    } while (cursor.takeOp(','));
  }
  let ignoreNulls = takeNulls(cursor);
  cursor.expectOp(')');
  let orderBy: readonly OrderItem[] = [];
  if (cursor.takeWords('WITHIN', 'GROUP')) {
    cursor.expectOp('(');
    orderBy = parseOrderBy(cursor);
    cursor.expectOp(')');
  }
  ignoreNulls = takeNulls(cursor) || ignoreNulls;
  const over = cursor.takeWords('OVER') ? parseWindow(cursor) : undefined;
  return { kind: 'call', name, args, named, distinct, star, orderBy, ignoreNulls, over, start, end: cursor.lastEnd };
}

/** An argument may be a lambda, or a query without brackets of its own. */
function parseArgument(cursor: TokenCursor): Expr {
  if (cursor.isWord('SELECT') || cursor.isWord('WITH')) {
    const { start } = cursor.peek();
    const query = parseQuery(cursor);
    return { kind: 'subquery', query, start, end: cursor.lastEnd };
  }
  return parseLambda(cursor) ?? parseExpression(cursor);
}

function takeNulls(cursor: TokenCursor): boolean {
  if (cursor.takeWords('IGNORE', 'NULLS')) return true;
  cursor.takeWords('RESPECT', 'NULLS');
  return false;
}

function parseWindow(cursor: TokenCursor): WindowSpec {
  cursor.expectOp('(');
  const partitionBy: Expr[] = [];
  if (cursor.takeWords('PARTITION', 'BY')) {
    do partitionBy.push(parseExpression(cursor));
    while (cursor.takeOp(','));
  }
  const orderBy = parseOrderBy(cursor);
  let frame: string | undefined;
  if (cursor.isWord('ROWS') || cursor.isWord('RANGE')) {
    const from = cursor.peek().start;
    while (!cursor.isOp(')')) {
      const token = cursor.next();
      const known = /^(ROWS|RANGE|BETWEEN|AND|UNBOUNDED|PRECEDING|FOLLOWING|CURRENT|ROW|\d+)$/;
      if (!known.test(token.value)) throw cursor.unexpected(token);
    }
    frame = cursor.sql.slice(from, cursor.lastEnd);
  }
  cursor.expectOp(')');
  return { partitionBy, orderBy, frame };
}

function parseCase(cursor: TokenCursor): Expr {
  const { start } = cursor.next();
  const operand = cursor.isWord('WHEN') ? undefined : parseExpression(cursor);
  const whens: [Expr, Expr][] = [];
  while (cursor.takeWords('WHEN')) {
    const when = parseExpression(cursor);
    cursor.expectWords('THEN');
    whens.push([when, parseExpression(cursor)]);
  }
  const other = cursor.takeWords('ELSE') ? parseExpression(cursor) : undefined;
  cursor.expectWords('END');
  return { kind: 'case', operand, whens, other, start, end: cursor.lastEnd };
}
