import type {
  Cte,
  Expr,
  GroupBy,
  GroupItem,
  Hierarchy,
  Name,
  OrderItem,
  Query,
  QueryBody,
  Select,
  SelectItem,
} from './ast.js';
import { parseExpression, parseList } from './parse-expression.js';
import { parseFrom } from './parse-from.js';
import { RESERVED } from '../types/reserved-words.js';
import { unsupported } from '../types/sql-errors.js';
import type { TokenCursor } from './token-cursor.js';

/** Whether a query comes next, also behind opening brackets. */
export function startsQuery(cursor: TokenCursor): boolean {
  let ahead = 0;
  while (cursor.isOp('(', ahead)) ahead += 1;
  if (cursor.isWord('SELECT', ahead)) return true;
  if (cursor.isWord('VALUES', ahead)) return cursor.isOp('(', ahead + 1);
  return cursor.isWord('WITH', ahead) && ['word', 'quoted'].includes(cursor.peek(ahead + 1).kind);
}

/** `WITH … SELECT … UNION … ORDER BY … LIMIT …`. */
export function parseQuery(cursor: TokenCursor): Query {
  const ctes: Cte[] = [];
  let recursive = false;
  if (cursor.takeWords('WITH')) {
    recursive = cursor.takeWords('RECURSIVE');
    do {
      const name = cursor.name();
      const columns = cursor.isOp('(') ? parseNames(cursor) : [];
      cursor.expectWords('AS');
      cursor.expectOp('(');
      const query = parseQuery(cursor);
      cursor.expectOp(')');
      ctes.push({ name, columns, query });
    } while (cursor.takeOp(','));
  }
  const body = parseSetOperations(cursor);
  const orderBy = cursor.isWord('ORDER') && cursor.isWord('ALL', 2) ? takeOrderByAll(cursor) : parseOrderBy(cursor);
  let limit: Expr | undefined;
  let offset: Expr | undefined;
  for (;;) {
    if (cursor.takeWords('LIMIT')) limit = parseExpression(cursor);
    else if (cursor.takeWords('OFFSET')) {
      offset = parseExpression(cursor);
      if (!cursor.takeWords('ROWS')) cursor.takeWords('ROW');
    } else if (cursor.takeWords('FETCH')) {
      if (!cursor.takeWords('FIRST')) cursor.takeWords('NEXT');
      limit = parseExpression(cursor);
      if (!cursor.takeWords('ROWS')) cursor.takeWords('ROW');
      cursor.takeWords('ONLY');
    } else break;
  }
  return { ctes, recursive, body, orderBy, limit, offset };
}

function takeOrderByAll(cursor: TokenCursor): 'ALL' {
  cursor.expectWords('ORDER', 'BY', 'ALL');
  return 'ALL';
}

/** `(a, b, c)` as names. */
export function parseNames(cursor: TokenCursor): Name[] {
  const names: Name[] = [];
  cursor.expectOp('(');
  do names.push(cursor.name());
  while (cursor.takeOp(','));
  cursor.expectOp(')');
  return names;
}

/** `ORDER BY …`, or nothing. */
export function parseOrderBy(cursor: TokenCursor): OrderItem[] {
  const items: OrderItem[] = [];
  if (!cursor.takeWords('ORDER', 'BY')) return items;
  do {
    const expr = parseExpression(cursor);
    const desc = cursor.takeWords('DESC');
    if (!desc) cursor.takeWords('ASC');
    let nullsFirst: boolean | undefined;
    if (cursor.takeWords('NULLS', 'FIRST')) nullsFirst = true;
    else if (cursor.takeWords('NULLS', 'LAST')) nullsFirst = false;
    items.push({ expr, desc, nullsFirst });
  } while (cursor.takeOp(','));
  return items;
}

function parseSetOperations(cursor: TokenCursor): QueryBody {
  let left = parseIntersections(cursor);
  for (;;) {
    const word = ['UNION', 'EXCEPT', 'MINUS'].find((candidate) => cursor.takeWords(candidate));
    if (word === undefined) return left;
    const all = cursor.takeWords('ALL');
    if (!all) cursor.takeWords('DISTINCT');
    if (cursor.isWord('BY')) throw unsupported('UNION BY NAME');
    const right = parseIntersections(cursor);
    const op = word === 'UNION' ? (all ? 'UNION ALL' : 'UNION') : 'EXCEPT';
    left = { kind: 'setop', op, left, right };
  }
}

function parseIntersections(cursor: TokenCursor): QueryBody {
  let left = parseBody(cursor);
  while (cursor.takeWords('INTERSECT')) left = { kind: 'setop', op: 'INTERSECT', left, right: parseBody(cursor) };
  return left;
}

function parseBody(cursor: TokenCursor): QueryBody {
  if (cursor.takeOp('(')) {
    const query = parseQuery(cursor);
    cursor.expectOp(')');
    return { kind: 'nested', query };
  }
  if (cursor.takeWords('VALUES')) return { kind: 'values', rows: parseRows(cursor) };
  return parseSelect(cursor);
}

/** `(…), (…)` of VALUES. */
export function parseRows(cursor: TokenCursor): Expr[][] {
  const rows: Expr[][] = [];
  do {
    cursor.expectOp('(');
    const row: Expr[] = [];
    do {
      const token = cursor.peek();
      if (cursor.takeWords('DEFAULT'))
        row.push({ kind: 'variable', name: 'DEFAULT', start: token.start, end: token.end });
      else row.push(parseExpression(cursor));
    } while (cursor.takeOp(','));
    cursor.expectOp(')');
    rows.push(row);
  } while (cursor.takeOp(','));
  return rows;
}

function parseSelect(cursor: TokenCursor): Select {
  cursor.expectWords('SELECT');
  const distinct = cursor.takeWords('DISTINCT');
  if (!distinct) cursor.takeWords('ALL');
  let top: Expr | undefined;
  if (cursor.isWord('TOP') && cursor.peek(1).kind === 'number') {
    cursor.next();
    const token = cursor.next();
    top = { kind: 'number', text: token.value, start: token.start, end: token.end };
  }
  const items: SelectItem[] = [];
  do {
    // A trailing comma before FROM is allowed in Snowflake's SELECT lists.
    if (items.length > 0 && cursor.isWord('FROM')) break;
    const expr = parseExpression(cursor);
    items.push({ expr, alias: expr.kind === 'star' ? undefined : parseAliasName(cursor) });
  } while (cursor.takeOp(','));
  if (cursor.isWord('INTO')) throw unsupported('SELECT INTO');
  const from = cursor.takeWords('FROM') ? parseFrom(cursor) : [];
  const before = parseHierarchy(cursor);
  const where = cursor.takeWords('WHERE') ? parseExpression(cursor) : undefined;
  const hierarchy = before ?? parseHierarchy(cursor);
  const groupBy = cursor.takeWords('GROUP', 'BY') ? parseGroupBy(cursor) : undefined;
  const having = cursor.takeWords('HAVING') ? parseExpression(cursor) : undefined;
  const qualify = cursor.takeWords('QUALIFY') ? parseExpression(cursor) : undefined;
  return { kind: 'select', distinct, top, items, from, hierarchy, where, groupBy, having, qualify };
}

/** START WITH and CONNECT BY in either order, before or behind WHERE ("CONNECT BY": some variations in order are allowed). */
function parseHierarchy(cursor: TokenCursor): Hierarchy | undefined {
  let start: Expr | undefined;
  const connect: Expr[] = [];
  for (;;) {
    if (cursor.takeWords('START', 'WITH')) start = parseExpression(cursor);
    else if (cursor.takeWords('CONNECT', 'BY')) {
      if (cursor.isWord('NOCYCLE')) throw unsupported('CONNECT BY NOCYCLE');
      do connect.push(parseExpression(cursor));
      while (cursor.takeOp(','));
    } else break;
  }
  if (start !== undefined && connect.length === 0) throw cursor.unexpected();
  return connect.length === 0 ? undefined : { start, connect };
}

/** `AS name` or `name`. */
export function parseAliasName(cursor: TokenCursor): Name | undefined {
  if (cursor.takeWords('AS')) return cursor.name();
  const token = cursor.peek();
  if (token.kind === 'quoted' || (token.kind === 'word' && !RESERVED.has(token.value))) return cursor.name();
  return undefined;
}

function parseGroupBy(cursor: TokenCursor): GroupBy {
  if (cursor.takeWords('ALL')) return { kind: 'all' };
  const items: GroupItem[] = [];
  do {
    const word = (['ROLLUP', 'CUBE'] as const).find((candidate) => cursor.isWord(candidate) && cursor.isOp('(', 1));
    if (word !== undefined) {
      cursor.next();
      cursor.expectOp('(');
      items.push({ kind: 'set', word, sets: parseList(cursor, ')').map((expr) => [expr]) });
      cursor.expectOp(')');
    } else if (cursor.takeWords('GROUPING', 'SETS')) {
      cursor.expectOp('(');
      const sets = parseList(cursor, ')').map((expr) => (expr.kind === 'tuple' ? [...expr.items] : [expr]));
      cursor.expectOp(')');
      items.push({ kind: 'set', word: 'GROUPING SETS', sets });
    } else items.push({ kind: 'expr', expr: parseExpression(cursor) });
  } while (cursor.takeOp(','));
  return { kind: 'list', items };
}
