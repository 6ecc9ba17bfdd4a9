import { bindExpression, condition } from '../bind/bind-expression.js';
import { castTo } from '../convert/cast.js';
import { fixed, INTEGER, isNumeric, isSemi, REAL, typeName } from '../types/data-type.js';
import { arithmetic } from '../bind/bind-arithmetic.js';
import type { Typed } from '../convert/scope.js';
import { unsupported } from '../types/sql-errors.js';
import { coerce, comparable, unify } from '../convert/unify.js';
import type { Call, FunctionBinder } from '../convert/binder.js';
import { boolOf, boolResult } from './call/function-binder.js';

const coalesce: FunctionBinder = ({ binder, args }) => {
  const { type, sqls } = unify(binder, args);
  return { sql: `COALESCE(${sqls.join(', ')})`, type };
};

const choose = (call: Call, test: string, yes: number, no: number): Typed => {
  const { type, sqls } = unify(call.binder, [call.arg(yes), call.arg(no)]);
  return { sql: `(CASE WHEN ${test} THEN ${sqls[0] ?? 'NULL'} ELSE ${sqls[1] ?? 'NULL'} END)`, type };
};

const same = (call: Call, a: number, b: number): string => {
  const [x, y] = comparable(call.binder, call.arg(a), call.arg(b));
  return `(${x} IS NOT DISTINCT FROM ${y})`;
};

/**
 * NULL when any argument is; DuckDB would skip NULLs. The first argument decides the type: a number is widened, to another
 * type the rest is converted (documentation of GREATEST).
 */
const extreme =
  (name: 'GREATEST' | 'LEAST'): FunctionBinder =>
  ({ binder, args }) => {
    const [first] = args;
    const leading = first === undefined || isNumeric(first.type) || first.type.kind === 'null' ? undefined : first.type;
    const { type, sqls } =
      leading === undefined
        ? unify(binder, args)
        : { type: leading, sqls: args.map((arg) => coerce(binder, arg, leading).sql) };
    if (isSemi(type)) throw unsupported(`${name} of ${typeName(type)}`);
    return {
      sql: `(CASE WHEN ${sqls.map((sql) => `(${sql}) IS NULL`).join(' OR ')} THEN NULL ELSE ${name}(${sqls.join(', ')}) END)`,
      type,
    };
  };

const divided =
  (onNull: boolean): FunctionBinder =>
  (call) => {
    const [a, b] = [call.arg(0), call.arg(1)];
    const [x, y] = [a, b].map((side) => (isNumeric(side.type) ? side : castTo(call.binder, side, fixed(38, 5))));
    if (x === undefined || y === undefined) throw unsupported('DIV0');
    const guarded: Typed = { ...y, sql: `nullif(${y.sql}, 0)` };
    const quotient = arithmetic('/', x, guarded);
    const zero = onNull ? `${y.sql} = 0 OR ${y.sql} IS NULL` : `${y.sql} = 0`;
    return {
      sql: `(CASE WHEN ${x.sql} IS NULL THEN NULL WHEN ${zero} THEN 0 ELSE ${quotient.sql} END)`,
      type: quotient.type,
    };
  };

/** Functions that choose between values. */
export const conditionals: Record<string, FunctionBinder> = {
  COALESCE: coalesce,
  NVL: coalesce,
  IFNULL: coalesce,
  IFF: (call) => {
    const [test] = call.node.args;
    if (test === undefined) return call.arg(0);
    return choose(call, condition(call.binder, test, call.scope), 1, 2);
  },
  NVL2: (call) => choose(call, `(${call.arg(0).sql}) IS NOT NULL`, 1, 2),
  NULLIF: (call) => {
    const [x, y] = comparable(call.binder, call.arg(0), call.arg(1));
    const value = call.arg(0);
    return { sql: `(CASE WHEN ${x} = ${y} THEN NULL ELSE ${value.sql} END)`, type: value.type };
  },
  EQUAL_NULL: (call) => boolResult(same(call, 0, 1)),
  DECODE: (call) => {
    const { args, binder } = call;
    const tests: string[] = [];
    const results: Typed[] = [];
    let at = 1;
    for (; at + 1 < args.length; at += 2) {
      tests.push(same(call, 0, at));
      results.push(call.arg(at + 1));
    }
    const other = at < args.length;
    if (other) results.push(call.arg(at));
    const { type, sqls } = unify(binder, results);
    const whens = tests.map((test, i) => `WHEN ${test} THEN ${sqls[i] ?? 'NULL'}`).join(' ');
    return { sql: `(CASE ${whens}${other ? ` ELSE ${sqls.at(-1) ?? 'NULL'}` : ''} END)`, type };
  },
  GREATEST: extreme('GREATEST'),
  LEAST: extreme('LEAST'),
  ZEROIFNULL: (call) => {
    const value = isNumeric(call.arg(0).type) ? call.arg(0) : castTo(call.binder, call.arg(0), INTEGER);
    return {
      sql: castTo(call.binder, { sql: `COALESCE(${value.sql}, 0)`, type: value.type }, value.type).sql,
      type: value.type,
    };
  },
  NULLIFZERO: (call) => ({ sql: `nullif(${call.arg(0).sql}, 0)`, type: call.arg(0).type }),
  DIV0: divided(false),
  DIV0NULL: divided(true),
  BOOLAND: (call) => boolResult(`(${boolOf(call, 0)} AND ${boolOf(call, 1)})`),
  BOOLOR: (call) => boolResult(`(${boolOf(call, 0)} OR ${boolOf(call, 1)})`),
  BOOLXOR: (call) => boolResult(`(${boolOf(call, 0)} <> ${boolOf(call, 1)})`),
  BOOLNOT: (call) => boolResult(`(NOT ${boolOf(call, 0)})`),
  REGR_VALX: (call) => ({
    sql: `(CASE WHEN ${call.arg(0).sql} IS NULL THEN NULL ELSE ${castTo(call.binder, call.arg(1), REAL).sql} END)`,
    type: REAL,
  }),
  /** `IDENTIFIER('c')` as a column. */
  IDENTIFIER: (call) => {
    const name = call.arg(0).constant;
    if (name === undefined) throw unsupported('IDENTIFIER of an expression');
    const parts = [...name.matchAll(/"((?:[^"]|"")*)"|([^."]+)/g)].map((part) => ({
      name: part[1] ?? (part[2] ?? '').toUpperCase(),
      start: call.node.start,
    }));
    return bindExpression(
      call.binder,
      { kind: 'column', parts, start: call.node.start, end: call.node.end },
      call.scope,
    );
  },
};
