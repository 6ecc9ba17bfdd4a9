import { sortKey } from '../../bind/bind-call.js';
import { number } from '../../bind/bind-arithmetic.js';
import { castTo } from '../../convert/cast.js';
import type { Call, FunctionBinder } from '../../convert/binder.js';
import { jsonOf } from '../../convert/variant.js';
import { ARRAY, fixed, REAL } from '../../types/data-type.js';
import { unsupported } from '../../types/sql-errors.js';
import { arrayOf } from '../collections/elements.js';
import { intOf } from '../call/function-binder.js';

/** How many values there are: exact, which is inside the error that Snowflake states for its estimate. */
const distinctCount: FunctionBinder = (call) => {
  const keys = call.args.map((arg) => sortKey(arg));
  const any = call.args.map((arg) => `${arg.sql} IS NOT NULL`).join(' AND ');
  const row = keys.length === 1 ? (keys[0] ?? 'NULL') : `CASE WHEN ${any} THEN (${keys.join(', ')}) END`;
  return { sql: `count(DISTINCT ${row})${call.over}`, type: fixed(18, 0), nullable: false };
};

/** The value that so much of the others lies below, interpolated: exact, where Snowflake estimates. */
const percentile: FunctionBinder = (call) => {
  const share = call.arg(1).constant;
  if (share === undefined) throw unsupported('APPROX_PERCENTILE of a computed share');
  if (!(Number(share) >= 0 && Number(share) <= 1)) throw unsupported(`APPROX_PERCENTILE of ${share}`);
  const value = castTo(call.binder, number(call.binder, call.arg(0)), REAL).sql;
  return { sql: `quantile_cont(${value}, ${Number(share)})${call.over}`, type: REAL };
};

/** The most frequent values with their counts, most frequent first; the counts are exact. */
const topK = (call: Call): ReturnType<FunctionBinder> => {
  if (call.over !== '') throw unsupported('APPROX_TOP_K … OVER');
  const value = call.arg(0);
  const most = call.args.length > 1 ? intOf(call, 1) : '1';
  // How much the estimate may keep in mind: an exact count needs no such bound.
  if (call.args.length > 2) call.arg(2);
  const pair = `to_json([${jsonOf(call.binder, { sql: "e['key']", type: value.type })}, CAST(CAST(e['value'] AS VARCHAR) AS JSON)])`;
  const counted = `map_entries(histogram(${value.sql}))`;
  const sorted = `list_sort(list_transform(${counted}, lambda e: {'n': -e['value'], 'pair': ${pair}}))`;
  const made = `list_transform(list_slice(${sorted}, 1, any_value(${most})), lambda e: e['pair'])`;
  return { sql: `COALESCE(${arrayOf(made)}, CAST('[]' AS JSON))`, type: ARRAY };
};

/** LISTAGG and ARRAY_AGG over a whole partition: the order of WITHIN GROUP becomes the window's. */
export function orderedWindow(call: Call, terms: readonly string[]): string {
  const { over } = call.node;
  if (over === undefined) return call.over;
  if (over.orderBy.length > 0 || over.frame !== undefined)
    throw unsupported(`${call.node.name} … OVER with ORDER BY or a frame of its own`);
  if (terms.length === 0) return call.over;
  const inner = call.over
    .trim()
    .replace(/^OVER \(/, '')
    .replace(/\)$/, '');
  return ` OVER (${inner === '' ? '' : `${inner} `}ORDER BY ${terms.join(', ')} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)`;
}

/** APPROX_…: exact values are among those that an estimate may give. */
export const approximations: Record<string, FunctionBinder> = {
  APPROX_COUNT_DISTINCT: distinctCount,
  HLL: distinctCount,
  APPROX_PERCENTILE: percentile,
  APPROX_TOP_K: topK,
};
