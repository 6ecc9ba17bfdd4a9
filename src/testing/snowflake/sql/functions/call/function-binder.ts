import type { Call, FunctionBinder } from '../../convert/binder.js';
import { asText, castTo } from '../../convert/cast.js';
import { BOOLEAN, type DataType, INTEGER, isSemi, REAL, TEXT, typeName } from '../../types/data-type.js';
import { invalidArguments } from '../../types/sql-errors.js';
import type { Typed } from '../../convert/scope.js';
import { toVariant } from '../../convert/variant.js';

/** A function that says nothing of BINARY isn't given its hexadecimal text, which Snowflake's wouldn't mean. */
export function textOf(call: Call, index: number): string {
  const value = call.arg(index);
  if (value.type.kind === 'binary')
    throw invalidArguments(call.node.name, call.args.map(({ type }) => typeName(type)).join(', '));
  return asText(call.binder, value);
}
export const intOf = (call: Call, index: number): string =>
  `CAST(${castTo(call.binder, call.arg(index), INTEGER).sql} AS BIGINT)`;
export const realOf = (call: Call, index: number): string => castTo(call.binder, call.arg(index), REAL).sql;
export const boolOf = (call: Call, index: number): string => castTo(call.binder, call.arg(index), BOOLEAN).sql;

/** A VARIANT of whatever it is. */
export const jsonAt = (call: Call, index: number): string => {
  const value = call.arg(index);
  return isSemi(value.type) ? value.sql : toVariant(call.binder, value, { ...value.type, kind: 'variant' }, false);
};

/** A function of texts that DuckDB has with the same meaning. */
export function template(type: DataType, build: (...texts: string[]) => string): FunctionBinder {
  return (call) => ({ sql: build(...Array.from({ length: build.length }, (_, i) => textOf(call, i))), type });
}

/** A function of doubles. */
export function realFunction(build: (...numbers: string[]) => string): FunctionBinder {
  return (call) => ({ sql: build(...Array.from({ length: build.length }, (_, i) => realOf(call, i))), type: REAL });
}

export const textResult = (sql: string): Typed => ({ sql, type: TEXT });
export const boolResult = (sql: string): Typed => ({ sql, type: BOOLEAN });
export const intResult = (sql: string): Typed => ({ sql, type: INTEGER });
