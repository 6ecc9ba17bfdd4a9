import type { Expr } from '../parse/ast.js';
import { bindArithmetic, number, bindLike } from './bind-arithmetic.js';
import { bindBind } from './bind-bind.js';
import { bindCall } from './bind-call.js';
import { bindPath } from './bind-path.js';
import { bindQuery } from './bind-query.js';
import type { Binder } from '../convert/binder.js';
import { castTo } from '../convert/cast.js';
import { collate } from '../types/collation.js';
import { ARRAY, BOOLEAN, fixed, NULL, OBJECT, REAL, text } from '../types/data-type.js';
import { characters, quote } from '../types/quote.js';
import { resolveColumn } from './resolve-column.js';
import { note } from '../types/diagnosis.js';
import type { Scope, Typed } from '../convert/scope.js';
import { compileError, unsupported } from '../types/sql-errors.js';
import { coerce, commonTypeOf, comparable, unify } from '../convert/unify.js';
import { jsonOf } from '../convert/variant.js';
import { compareText } from '../parse/parse-json.js';
import { UNDEFINED } from '../types/variant-number.js';

/** A boolean expression. */
export const bool = (sql: string, nullable = true): Typed => ({ sql, type: BOOLEAN, nullable });

/** Expressions that DuckDB has nothing to refuse of. */
const SIMPLE = new Set<Expr['kind']>([
  'number',
  'string',
  'null',
  'bool',
  'param',
  'column',
  'position',
  'variable',
  'unary',
]);

/** Compiles an expression to DuckDB text with its Snowflake type. */
export function bindExpression(binder: Binder, expr: Expr, scope: Scope): Typed {
  const bound = bind(binder, expr, scope);
  if (!SIMPLE.has(expr.kind))
    note(binder.diagnosis, { ...bound, source: binder.sql, start: expr.start, end: expr.end });
  return bound.shown === undefined ? { ...bound, shown: binder.sql.slice(expr.start, expr.end) } : bound;
}

function bind(binder: Binder, expr: Expr, scope: Scope): Typed {
  const sub = (inner: Expr): Typed => bindExpression(binder, inner, scope);
  switch (expr.kind) {
    case 'number':
      return bindNumber(expr.text);
    case 'string':
      return { sql: quote(expr.value), type: text(characters(expr.value)), constant: expr.value, nullable: false };
    case 'null':
      return { sql: 'NULL', type: NULL };
    case 'bool':
      return bool(String(expr.value), false);
    case 'param':
      return bindBind(binder, expr.index, expr.start);
    case 'column':
      return resolveColumn(binder, expr, scope);
    case 'position':
      return bindPosition(binder, expr, scope);
    case 'variable': {
      const variable = binder.variables.get(expr.name);
      if (variable === undefined)
        throw compileError(
          binder.sql,
          expr.start,
          `Session variable '$${expr.name}' does not exist`,
          '002211',
          '02000',
        );
      return variable;
    }
    case 'star':
      throw unsupported('* in this place');
    case 'lambda':
      throw unsupported('lambda in this place');
    case 'call':
      return bindCall(binder, expr, scope);
    case 'cast':
      return castTo(binder, sub(expr.expr), expr.type, expr.lenient);
    case 'path':
      return bindPath(binder, sub(expr.base), expr.steps, scope);
    case 'unary': {
      if (expr.op === 'NOT') return bool(`(NOT ${condition(binder, expr.expr, scope)})`);
      return bindSign(binder, expr.op, sub(expr.expr));
    }
    case 'binary':
      return bindBinary(binder, expr, scope);
    case 'between': {
      const value = sub(expr.expr);
      const [a, low] = comparable(binder, value, sub(expr.low));
      const [b, high] = comparable(binder, value, sub(expr.high));
      const sql = `(${a} >= ${low} AND ${b} <= ${high})`;
      return bool(expr.not ? `(NOT ${sql})` : sql);
    }
    case 'in':
      return bindIn(binder, expr, scope);
    case 'like':
      return bindLike(binder, expr, scope);
    case 'is': {
      if (expr.what === 'NULL') return bool(`(${sub(expr.expr).sql} IS ${expr.not ? 'NOT ' : ''}NULL)`, false);
      return bool(`(${condition(binder, expr.expr, scope)} IS ${expr.not ? 'NOT ' : ''}${expr.what})`, false);
    }
    case 'case':
      return bindCase(binder, expr, scope);
    case 'exists':
      return bool(`EXISTS (${bindQuery(binder, expr.query, scope).sql})`, false);
    case 'subquery': {
      const query = bindQuery(binder, expr.query, scope);
      const [column] = query.columns;
      if (column === undefined || query.columns.length !== 1)
        throw compileError(binder.sql, expr.start, 'Invalid subquery: one column expected', '001106', '42601');
      return { sql: `(${query.sql})`, type: column.type };
    }
    case 'tuple':
      throw unsupported('row value in this place');
    case 'array':
      return { sql: `json_array(${expr.items.map((item) => elementOf(binder, sub(item))).join(', ')})`, type: ARRAY };
    case 'object':
      return bindObject(
        binder,
        expr.entries.map(([key, value]) => [sub(key), sub(value)]),
        true,
      );
    case 'interval':
      throw unsupported('INTERVAL outside of date arithmetic');
    case 'collate':
      return collate(sub(expr.expr), expr.collation);
  }
}

/** A boolean where a condition stands: text and numbers are converted. */
export function condition(binder: Binder, expr: Expr, scope: Scope): string {
  return coerce(binder, bindExpression(binder, expr, scope), BOOLEAN).sql;
}

/** An element of an array: SQL NULL is stored as undefined. */
export function elementOf(binder: Binder, value: Typed): string {
  return `COALESCE(${jsonOf(binder, value)}, CAST('${UNDEFINED}' AS JSON))`;
}

/** An object of pairs, keys sorted as Snowflake shows them; without `keepNulls`, pairs with NULL are dropped. */
export function bindObject(binder: Binder, entries: readonly (readonly [Typed, Typed])[], keepNulls: boolean): Typed {
  const sorted = entries.every(([key]) => key.constant !== undefined)
    ? [...entries].sort(([a], [b]) => compareText(a.constant ?? '', b.constant ?? ''))
    : entries;
  if (sorted.length === 0) return { sql: `CAST('{}' AS JSON)`, type: OBJECT, nullable: false };
  const seen = new Set<string>();
  const pairs = sorted.map(([key, value]) => {
    if (key.constant !== undefined && seen.has(key.constant))
      throw unsupported(`duplicate key '${key.constant}' in an object`);
    if (key.constant !== undefined) seen.add(key.constant);
    const name = `CAST(to_json(${coerce(binder, key, text()).sql}) AS VARCHAR)`;
    const json = `CAST(${jsonOf(binder, value)} AS VARCHAR)`;
    return `${name} || ':' || ${keepNulls ? `COALESCE(${json}, 'null')` : json}`;
  });
  const object = `'{' || concat_ws(',', ${pairs.join(', ')}) || '}'`;
  const computed = sorted.length > 1 && sorted.some(([key]) => key.constant === undefined);
  return { sql: computed ? `sf_unique_keys(${object})` : `CAST(${object} AS JSON)`, type: OBJECT, nullable: false };
}

function bindNumber(source: string): Typed {
  if (/[eE]/.test(source)) return { sql: `CAST('${source}' AS DOUBLE)`, type: REAL, constant: source, nullable: false };
  const [whole = '', fraction = ''] = source.split('.');
  const digits = whole.replace(/^0+/, '');
  const precision = Math.max(1, digits.length + fraction.length);
  if (precision > 38) return { sql: `CAST('${source}' AS DOUBLE)`, type: REAL, constant: source, nullable: false };
  const type = fixed(precision, fraction.length);
  const sql =
    fraction === '' ? (digits === '' ? '0' : digits) : `CAST('${source}' AS DECIMAL(${precision},${fraction.length}))`;
  return { sql, type, constant: source, nullable: false };
}

function bindSign(binder: Binder, op: '-' | '+', value: Typed): Typed {
  const signed = number(binder, value);
  if (op === '+') return signed;
  return {
    sql: `(-${signed.sql})`,
    type: signed.type,
    ...(value.constant === undefined ? {} : { constant: `-${value.constant}` }),
  };
}

function bindBinary(binder: Binder, expr: Extract<Expr, { kind: 'binary' }>, scope: Scope): Typed {
  switch (expr.op) {
    case 'AND':
    case 'OR':
      return bool(`(${condition(binder, expr.left, scope)} ${expr.op} ${condition(binder, expr.right, scope)})`);
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'IS DISTINCT FROM':
    case 'IS NOT DISTINCT FROM': {
      if (expr.left.kind === 'tuple' && expr.right.kind === 'tuple') return bindTuples(binder, expr, scope);
      const [a, b] = comparable(
        binder,
        bindExpression(binder, expr.left, scope),
        bindExpression(binder, expr.right, scope),
      );
      return bool(`(${a} ${expr.op} ${b})`);
    }
    default:
      return bindArithmetic(binder, expr, scope);
  }
}

function bindTuples(binder: Binder, expr: Extract<Expr, { kind: 'binary' }>, scope: Scope): Typed {
  if (expr.left.kind !== 'tuple' || expr.right.kind !== 'tuple' || expr.left.items.length !== expr.right.items.length)
    throw unsupported('row value comparison');
  const right = expr.right.items;
  const pairs = expr.left.items.map((item, i) => {
    const other = right[i];
    if (other === undefined) throw unsupported('row value comparison');
    return comparable(binder, bindExpression(binder, item, scope), bindExpression(binder, other, scope));
  });
  return bool(`((${pairs.map(([a]) => a).join(', ')}) ${expr.op} (${pairs.map(([, b]) => b).join(', ')}))`);
}

function bindIn(binder: Binder, expr: Extract<Expr, { kind: 'in' }>, scope: Scope): Typed {
  const not = expr.not ? 'NOT ' : '';
  const lefts = expr.expr.kind === 'tuple' ? expr.expr.items : [expr.expr];
  const values = lefts.map((item) => bindExpression(binder, item, scope));
  if ('body' in expr.list) {
    const query = bindQuery(binder, expr.list, scope);
    if (query.columns.length !== values.length) throw unsupported('IN with another number of columns');
    const alias = binder.alias();
    const sides = values.map((value, i) =>
      comparable(binder, value, { sql: `${alias}.o${i}`, type: query.columns[i]?.type ?? NULL }),
    );
    const left = sides.map(([a]) => a).join(', ');
    const selected = sides.map(([, b]) => b).join(', ');
    const row = values.length === 1 ? left : `(${left})`;
    const inner = values.length === 1 ? selected : `(${selected})`;
    return bool(`(${row} ${not}IN (SELECT ${inner} FROM (${query.sql}) ${alias}))`);
  }
  const tests = expr.list.map((item) => {
    const rights = item.kind === 'tuple' ? item.items : [item];
    if (rights.length !== values.length) throw unsupported('IN with another number of columns');
    const pairs = rights.map((right, i): [string, string] => {
      const value = values[i];
      if (value === undefined) throw unsupported('IN with another number of columns');
      return comparable(binder, value, bindExpression(binder, right, scope));
    });
    return pairs;
  });
  const [first] = tests;
  // One left side for all: a plain IN list, which DuckDB hashes.
  if (values.length === 1 && first !== undefined && tests.every((pairs) => pairs[0]?.[0] === first[0]?.[0]))
    return bool(`(${first[0]?.[0] ?? 'NULL'} ${not}IN (${tests.map((pairs) => pairs[0]?.[1] ?? 'NULL').join(', ')}))`);
  const any = tests.map((pairs) => `(${pairs.map(([a, b]) => `${a} = ${b}`).join(' AND ')})`).join(' OR ');
  return bool(`(${not}(${any === '' ? 'false' : any}))`);
}

function bindCase(binder: Binder, expr: Extract<Expr, { kind: 'case' }>, scope: Scope): Typed {
  const operand = expr.operand === undefined ? undefined : bindExpression(binder, expr.operand, scope);
  const tests = expr.whens.map(([when]) => {
    if (operand === undefined) return condition(binder, when, scope);
    const [a, b] = comparable(binder, operand, bindExpression(binder, when, scope));
    return `${a} = ${b}`;
  });
  const results = expr.whens.map(([, then]) => bindExpression(binder, then, scope));
  if (expr.other !== undefined) results.push(bindExpression(binder, expr.other, scope));
  const { type, sqls } = unify(binder, results);
  const branches = tests.map((test, i) => `WHEN ${test} THEN ${sqls[i] ?? 'NULL'}`).join(' ');
  const other = expr.other === undefined ? '' : ` ELSE ${sqls.at(-1) ?? 'NULL'}`;
  return { sql: `(CASE ${branches}${other} END)`, type: commonTypeOf(results).kind === 'null' ? NULL : type };
}

function bindPosition(binder: Binder, expr: Extract<Expr, { kind: 'position' }>, scope: Scope): Typed {
  const relation = scope.relations.find((item) => expr.table === undefined || item.alias === expr.table.name);
  const column = relation?.columns[expr.index - 1];
  if (column === undefined) throw compileError(binder.sql, expr.start, `invalid identifier '$${expr.index}'`);
  return { sql: column.sql, type: column.type, nullable: column.nullable };
}
