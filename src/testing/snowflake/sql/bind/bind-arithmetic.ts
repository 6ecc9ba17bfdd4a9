import type { Expr } from '../parse/ast.js';
import { bindExpression, bool } from './bind-expression.js';
import type { Binder } from '../convert/binder.js';
import { asText, castTo } from '../convert/cast.js';
import {
  BINARY,
  INTEGER,
  REAL,
  TEXT,
  fixed,
  fixedReal,
  isNumeric,
  isSemi,
  isTimestamp,
  storageOf,
  typeName,
} from '../types/data-type.js';
import { addUnits } from '../convert/date-units.js';
import { divide, modulo, multiply } from '../convert/exact.js';
import type { Scope, Typed } from '../convert/scope.js';
import { invalidArguments, unsupported } from '../types/sql-errors.js';

/** `+ - * / % ||`, with Snowflake's precision and scale (documentation, "Arithmetic operators"). */
export function bindArithmetic(binder: Binder, expr: Extract<Expr, { kind: 'binary' }>, scope: Scope): Typed {
  const { op } = expr;
  const left = bindExpression(binder, expr.left, scope);
  if (expr.right.kind === 'interval') return addInterval(binder, left, op, expr.right.text);
  const right = bindExpression(binder, expr.right, scope);
  if (op === '||') return concat(binder, [left, right]);
  const dated = (value: Typed): boolean => value.type.kind === 'date';
  if (dated(left) && dated(right) && op === '-') return { sql: `(${left.sql} - ${right.sql})`, type: fixed(9, 0) };
  if (dated(left) && (op === '+' || op === '-') && right.type.kind === 'fixed')
    return { sql: `(${left.sql} ${op} CAST(${right.sql} AS INTEGER))`, type: left.type };
  if (dated(right) && op === '+' && left.type.kind === 'fixed')
    return { sql: `(${right.sql} + CAST(${left.sql} AS INTEGER))`, type: right.type };
  for (const side of [left, right])
    if (
      isTimestamp(side.type) ||
      side.type.kind === 'date' ||
      side.type.kind === 'time' ||
      side.type.kind === 'binary' ||
      side.type.kind === 'boolean'
    )
      throw invalidArguments(op, `${typeName(left.type)}, ${typeName(right.type)}`);
  return arithmetic(op, number(binder, left), number(binder, right));
}

/** A number of whatever can be one; text goes by its digits when constant. */
export function number(binder: Binder, value: Typed): Typed {
  if (isNumeric(value.type)) return value;
  if (value.type.kind === 'null') return castTo(binder, value, INTEGER);
  if (isSemi(value.type)) return castTo(binder, value, REAL);
  if (value.type.kind === 'boolean') throw invalidArguments('NUMBER', typeName(value.type));
  const scale = /^\s*[+-]?\d*(?:\.(\d*))?\s*$/.exec(value.constant ?? '')?.[1]?.length;
  return castTo(binder, value, value.constant === undefined ? fixed(38, 5) : fixed(38, scale ?? 0));
}

const wide = (value: Typed): string =>
  value.type.scale === 0 ? `CAST(${value.sql} AS HUGEINT)` : `CAST(${value.sql} AS DECIMAL(38,${value.type.scale}))`;

/** Both sides are numbers. */
export function arithmetic(op: string, a: Typed, b: Typed): Typed {
  if (a.type.kind === 'real' || b.type.kind === 'real') {
    const double = ({ sql, type }: Typed): string => (type.kind === 'fixed' ? fixedReal(sql, type) : sql);
    const [x, y] = [double(a), double(b)];
    if (op === '/' || op === '%') return { sql: `(${x} ${op} sf_zero(${y}))`, type: REAL };
    return { sql: `(${x} ${op} ${y})`, type: REAL };
  }
  const [s1, s2] = [a.type.scale, b.type.scale];
  const [l1, l2] = [a.type.precision - s1, b.type.precision - s2];
  // DuckDB's HUGEINT has room for 39 digits, Snowflake's NUMBER for 38.
  const result = (sql: string, digits: number, scale: number): Typed => {
    const type = fixed(digits, scale);
    const checked = scale === 0 && digits > 38 ? `CAST(${sql} AS DECIMAL(38,0))` : sql;
    return { sql: `CAST(${checked} AS ${storageOf(type)})`, type };
  };
  switch (op) {
    case '+':
    case '-': {
      const scale = Math.max(s1, s2);
      return result(`(${wide(a)} ${op} ${wide(b)})`, Math.max(l1, l2) + 1 + scale, scale);
    }
    case '*': {
      const scale = Math.min(s1 + s2, Math.max(s1, s2, 12));
      const digits = l1 + l2 + scale;
      if (s1 + s2 > scale && l1 + l2 + s1 + s2 > 38) return multiply(a, b, fixed(digits, scale));
      return result(`(${wide(a)} * ${wide(b)})`, digits, scale);
    }
    case '/': {
      const scale = Math.max(s1, Math.min(s1 + 6, 12));
      return divide(a, b, fixed(l1 + s2 + scale, scale));
    }
    case '%': {
      const scale = Math.max(s1, s2);
      return modulo(a, b, fixed(Math.min(l1, l2) + scale, scale));
    }
    default:
      throw unsupported(`operator ${op}`);
  }
}

/** `||` and CONCAT: NULL when any is NULL; texts or BINARY, never both. */
export function concat(binder: Binder, values: readonly Typed[]): Typed {
  if (values.some((value) => value.type.kind === 'binary')) {
    if (values.some(({ type }) => type.kind !== 'binary' && type.kind !== 'null'))
      throw invalidArguments('CONCAT', values.map(({ type }) => typeName(type)).join(', '));
    return { sql: `(${values.map(({ sql }) => `CAST(${sql} AS BLOB)`).join(' || ')})`, type: BINARY };
  }
  return { sql: `(${values.map((value) => asText(binder, value)).join(' || ')})`, type: TEXT };
}

function addInterval(binder: Binder, value: Typed, op: string, interval: string): Typed {
  if (op !== '+' && op !== '-') throw unsupported(`INTERVAL with ${op}`);
  let result =
    value.type.kind === 'text' ? castTo(binder, value, { ...value.type, kind: 'timestamp_ntz', scale: 9 }) : value;
  for (const part of interval.split(',')) {
    const match = /^\s*([+-]?\d+)\s*([A-Za-z_]+)?\s*$/.exec(part);
    if (match?.[1] === undefined) throw unsupported(`INTERVAL '${interval}'`);
    const amount = (op === '-' ? -1 : 1) * Number(match[1]);
    result = addUnits(binder, (match[2] ?? 'second').toUpperCase(), { sql: String(amount), type: INTEGER }, result);
  }
  return result;
}

/** LIKE, ILIKE and RLIKE, with ANY and ALL. */
export function bindLike(binder: Binder, expr: Extract<Expr, { kind: 'like' }>, scope: Scope): Typed {
  const textOf = (value: Typed): string => {
    if (value.type.kind === 'binary') throw invalidArguments(expr.op, typeName(value.type));
    return asText(binder, value);
  };
  const subject = textOf(bindExpression(binder, expr.expr, scope));
  const escape = expr.escape === undefined ? undefined : bindExpression(binder, expr.escape, scope);
  const tests = expr.patterns.map((pattern) => {
    const bound = bindExpression(binder, pattern, scope);
    const text = textOf(bound);
    if (expr.op === 'RLIKE') return `regexp_full_match(${subject}, '(?-s)' || ${text})`;
    if (escape !== undefined) return `(${subject} ${expr.op} ${text} ESCAPE ${escape.sql})`;
    return `(${subject} ${expr.op} ${text})`;
  });
  if (tests.length === 0) throw unsupported(`${expr.op} ANY without patterns`);
  const joined = `(${tests.join(expr.quantifier === 'ALL' ? ' AND ' : ' OR ')})`;
  return bool(expr.not ? `(NOT ${joined})` : joined);
}
