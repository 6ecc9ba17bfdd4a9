import { elementOf } from '../../bind/bind-expression.js';
import type { Call } from '../../convert/binder.js';
import type { Typed } from '../../convert/scope.js';
import { type DataType } from '../../types/data-type.js';
import { UNDEFINED } from '../../types/variant-number.js';

/** A value that is stored as JSON. */
export const json = (sql: string, type: DataType): Typed => ({ sql, type });

/** The elements of an array as a list, for DuckDB's list functions; cast, as of NULL it would be no list. */
export const list = (sql: string): string => `CAST(json_extract(${sql}, '$[*]') AS JSON[])`;

/** An array of a list. */
export const arrayOf = (sql: string): string => `to_json(${sql})`;

/** NULL unless it is an array. */
export const guarded = (sql: string, then: string): string =>
  `(CASE WHEN json_type(${sql}) = 'ARRAY' THEN ${then} END)`;

/** An argument as an element of an array. */
export const element = (call: Call, index: number): string => elementOf(call.binder, call.arg(index));

/** The element that SQL NULL is stored as. */
export const NOTHING = `CAST('${UNDEFINED}' AS JSON)`;

/** Rebuilds an object from the pairs of others; keys sorted. */
export const merge = (pairs: string): string =>
  `CAST('{' || coalesce((SELECT string_agg(CAST(to_json(k) AS VARCHAR) || ':' || CAST(v AS VARCHAR), ',' ORDER BY k) FROM (${pairs})), '') || '}' AS JSON)`;

/** The pairs of an object, as rows of k and v. */
export const pairsOf = (sql: string): string =>
  `SELECT unnest(json_keys(${sql})) AS k, sf_key(${sql}, unnest(json_keys(${sql}))) AS v`;

/** Reads the values once, as fields of `g`: lambdas bind where macros would copy. */
export function once(values: Readonly<Record<string, string>>, then: string): string {
  const fields = Object.entries(values).map(([name, sql]) => `'${name}': ${sql}`);
  return `list_transform([{${fields.join(', ')}}], lambda g: ${then})[1]`;
}
