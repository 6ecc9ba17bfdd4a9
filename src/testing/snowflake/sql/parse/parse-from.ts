import type { Alias, CallNode, Expr, Name, Sample, SelectItem, TableRef, TimePoint } from './ast.js';
import { parseFunction } from './parse-call.js';
import { parseExpression } from './parse-expression.js';
import { parseAliasName, parseNames, parseQuery, parseRows, startsQuery } from './parse-query.js';
import { RESERVED } from '../types/reserved-words.js';
import { unsupported } from '../types/sql-errors.js';
import { splitName, type TokenCursor } from './token-cursor.js';

/** The FROM clause: comma-separated references, each with its joins. */
export function parseFrom(cursor: TokenCursor): TableRef[] {
  const refs: TableRef[] = [];
  do refs.push(parseJoins(cursor));
  while (cursor.takeOp(','));
  return refs;
}

function parseJoins(cursor: TokenCursor): TableRef {
  let left = parseTable(cursor);
  for (;;) {
    const join = parseJoinWord(cursor);
    if (join === undefined) return left;
    const right = parseTable(cursor);
    let on: Expr | undefined;
    let match: Expr | undefined;
    let using: Name[] = [];
    if (cursor.takeWords('MATCH_CONDITION')) {
      cursor.expectOp('(');
      match = parseExpression(cursor);
      cursor.expectOp(')');
    }
    if (cursor.takeWords('ON')) on = parseExpression(cursor);
    else if (cursor.takeWords('USING')) using = parseNames(cursor);
    left = { kind: 'join', join, left, right, on, using, match };
  }
}

function parseJoinWord(cursor: TokenCursor): string | undefined {
  const mark = cursor.mark();
  const natural = cursor.takeWords('NATURAL');
  const asof = cursor.takeWords('ASOF');
  const side = ['INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS'].find((word) => cursor.takeWords(word));
  if (side !== undefined && side !== 'INNER' && side !== 'CROSS') cursor.takeWords('OUTER');
  if (!cursor.takeWords('JOIN')) {
    cursor.reset(mark);
    return undefined;
  }
  return `${natural ? 'NATURAL ' : ''}${asof ? 'ASOF ' : ''}${side ?? 'INNER'}`;
}

function parseTable(cursor: TokenCursor): TableRef {
  let ref = parseTableAtom(cursor);
  for (;;) {
    if (cursor.isWord('PIVOT') && cursor.isOp('(', 1)) ref = parsePivot(cursor, ref);
    else if (cursor.isWord('UNPIVOT')) ref = parseUnpivot(cursor, ref);
    else return ref;
  }
}

function parseTableAtom(cursor: TokenCursor): TableRef {
  const lateral = cursor.takeWords('LATERAL');
  if (cursor.isOp('(')) {
    if (startsQuery(cursor)) {
      cursor.next();
      const query = parseQuery(cursor);
      cursor.expectOp(')');
      let sample = parseSample(cursor);
      const alias = parseAlias(cursor);
      sample ??= parseSample(cursor);
      return { kind: 'query', query, alias, lateral, sample };
    }
    cursor.next();
    const inner = parseJoins(cursor);
    cursor.expectOp(')');
    return inner;
  }
  if (cursor.isWord('VALUES') && cursor.isOp('(', 1)) {
    cursor.next();
    // Only the rows: ORDER BY, LIMIT and UNION behind them belong to the query around.
    const body = { kind: 'values' as const, rows: parseRows(cursor) };
    const query = { ctes: [], recursive: false, body, orderBy: [], limit: undefined, offset: undefined };
    return { kind: 'query', query, alias: parseAlias(cursor), lateral };
  }
  if (cursor.isWord('TABLE') && cursor.isOp('(', 1)) {
    cursor.next();
    cursor.next();
    const path: Name[] = [];
    while (cursor.isOp('.', 1)) {
      path.push(cursor.name());
      cursor.next();
    }
    const call = { ...parseFunction(cursor), ...(path.length === 0 ? {} : { path }) };
    cursor.expectOp(')');
    return { kind: 'function', call, alias: parseAlias(cursor) };
  }
  if (lateral) return { kind: 'function', call: parseFunction(cursor), alias: parseAlias(cursor) };
  if (cursor.isOp('@')) throw unsupported('query of a stage');
  let name: Name[];
  if (cursor.isWord('IDENTIFIER') && cursor.isOp('(', 1)) name = parseIdentifierCall(cursor);
  else name = cursor.qualifiedName(RESERVED);
  if (cursor.isOp('(')) throw unsupported(`table function ${name.map((part) => part.name).join('.')}`);
  const time = parseTimePoint(cursor);
  if (cursor.isWord('CHANGES') && cursor.isOp('(', 1)) throw unsupported('CHANGES');
  if (cursor.isWord('MATCH_RECOGNIZE')) throw unsupported('MATCH_RECOGNIZE');
  let sample = parseSample(cursor);
  const alias = parseAlias(cursor);
  sample ??= parseSample(cursor);
  return { kind: 'table', name, alias, sample, time };
}

/** `AT (TIMESTAMP => …)`, or nothing. */
export function parseTimePoint(cursor: TokenCursor): TimePoint | undefined {
  const word = (['AT', 'BEFORE'] as const).find((each) => cursor.isWord(each) && cursor.isOp('(', 1));
  if (word === undefined) return undefined;
  cursor.next();
  cursor.next();
  if (cursor.isWord('STREAM')) throw unsupported(`${word} (STREAM => …)`);
  const by = (['TIMESTAMP', 'OFFSET', 'STATEMENT'] as const).find((each) => cursor.takeWords(each));
  if (by === undefined || (word === 'BEFORE' && by === 'OFFSET')) throw cursor.unexpected();
  cursor.expectOp('=>');
  const value = parseExpression(cursor);
  cursor.expectOp(')');
  return { word, by, value };
}

/** `IDENTIFIER('db.schema.t')`; a bind in it is resolved when the statement is bound, so is marked by its index. */
export function parseIdentifierCall(cursor: TokenCursor): Name[] {
  const { start } = cursor.next();
  cursor.expectOp('(');
  const token = cursor.next();
  cursor.expectOp(')');
  if (token.kind === 'string') return splitName(token.value).map((part) => ({ ...part, start }));
  if (token.kind === 'param') {
    const index = token.value === '?' ? cursor.nextParam() : Number(token.value) - 1;
    return [{ name: `?${index}`, start }];
  }
  throw cursor.unexpected(token);
}

function parseSeed(cursor: TokenCursor): string | undefined {
  if (!cursor.takeWords('SEED') && !cursor.takeWords('REPEATABLE')) return undefined;
  cursor.expectOp('(');
  const seed = cursor.next();
  if (seed.kind !== 'number' || !/^\d+$/.test(seed.value)) throw cursor.unexpected(seed);
  cursor.expectOp(')');
  return seed.value;
}

function parseSample(cursor: TokenCursor): Sample | undefined {
  if (!cursor.takeWords('SAMPLE') && !cursor.takeWords('TABLESAMPLE')) return undefined;
  const method = ['BERNOULLI', 'SYSTEM', 'ROW', 'BLOCK'].find((word) => cursor.takeWords(word));
  cursor.expectOp('(');
  const size = cursor.next();
  if (size.kind !== 'number') throw cursor.unexpected(size);
  const rows = cursor.takeWords('ROWS');
  cursor.expectOp(')');
  const seed = parseSeed(cursor);
  if (rows) {
    if (seed !== undefined) throw unsupported('SAMPLE of a number of rows with a SEED');
    return { clause: `${size.value} ROWS` };
  }
  const blocks = method === 'SYSTEM' || method === 'BLOCK';
  // DuckDB's own seed means other rows with another number of threads.
  if (seed !== undefined) return { seed, percent: size.value };
  return { clause: `${size.value} PERCENT (${blocks ? 'system' : 'bernoulli'})` };
}

/** `[AS] alias [(c1, c2)]`. */
export function parseAlias(cursor: TokenCursor): Alias {
  const name = parseAliasName(cursor);
  const columns = name !== undefined && cursor.isOp('(') ? parseNames(cursor) : [];
  return { name, columns };
}

function parsePivot(cursor: TokenCursor, source: TableRef): TableRef {
  cursor.next();
  cursor.expectOp('(');
  const aggregate: CallNode = parseFunction(cursor);
  cursor.expectWords('FOR');
  const column = cursor.name();
  cursor.expectWords('IN');
  cursor.expectOp('(');
  if (cursor.isWord('ANY') || startsQuery(cursor)) throw unsupported('dynamic PIVOT');
  const values: SelectItem[] = [];
  do {
    const expr = parseExpression(cursor);
    values.push({ expr, alias: parseAliasName(cursor) });
  } while (cursor.takeOp(','));
  cursor.expectOp(')');
  if (cursor.isWord('DEFAULT')) throw unsupported('PIVOT … DEFAULT ON NULL');
  cursor.expectOp(')');
  return { kind: 'pivot', source, aggregate, column, values, alias: parseAlias(cursor) };
}

function parseUnpivot(cursor: TokenCursor, source: TableRef): TableRef {
  cursor.next();
  let includeNulls = false;
  if (cursor.takeWords('INCLUDE', 'NULLS')) includeNulls = true;
  else cursor.takeWords('EXCLUDE', 'NULLS');
  cursor.expectOp('(');
  const value = cursor.name();
  cursor.expectWords('FOR');
  const label = cursor.name();
  cursor.expectWords('IN');
  const columns = parseNames(cursor);
  cursor.expectOp(')');
  return { kind: 'unpivot', source, value, label, columns, alias: parseAlias(cursor), includeNulls };
}
