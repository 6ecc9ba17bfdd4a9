import { number } from '../bind/bind-arithmetic.js';
import { orderKey, orderTerm, sortKey } from '../bind/bind-call.js';
import { bindExpression } from '../bind/bind-expression.js';
import { asText, castTo } from '../convert/cast.js';
import { divide, within38 } from '../convert/exact.js';
import { ARRAY, BOOLEAN, fixed, INTEGER, isSemi, OBJECT, REAL, TEXT } from '../types/data-type.js';
import type { Typed } from '../convert/scope.js';
import { unsupported } from '../types/sql-errors.js';
import { jsonOf } from '../convert/variant.js';
import type { Call, FunctionBinder } from '../convert/binder.js';
import { orderedWindow } from './statistics/approximations.js';
import { boolOf, jsonAt, realOf, textOf } from './call/function-binder.js';

const COUNT = fixed(18, 0);
const distinct = (call: Call): string => (call.node.distinct ? 'DISTINCT ' : '');
const order = (call: Call): string =>
  call.node.orderBy.length === 0
    ? ''
    : ` ORDER BY ${call.node.orderBy.map((item) => orderTerm(item, bindExpression(call.binder, item.expr, call.scope))).join(', ')}`;

/** What SUM and AVG add up: text counts as FLOAT (documented for both). */
const summand = (call: Call): Typed => {
  const value = call.arg(0);
  return value.type.kind === 'text' ? castTo(call.binder, value, REAL) : number(call.binder, value);
};

/** SUM: NUMBER(38,s), or FLOAT. */
function sum(call: Call): Typed {
  const value = summand(call);
  if (value.type.kind === 'real') return { sql: `sum(${distinct(call)}${value.sql})${call.over}`, type: REAL };
  const { scale, precision } = value.type;
  const decimal = `CAST(${value.sql} AS DECIMAL(38,${scale}))`;
  const sum = `sum(${distinct(call)}${decimal})${call.over}`;
  // Fewer digits would need more rows than there can be.
  const doubles = call.node.distinct
    ? `list_sum(list_transform(list(DISTINCT ${decimal})${call.over}, lambda v: CAST(v AS DOUBLE)))`
    : `sum(CAST(${decimal} AS DOUBLE))${call.over}`;
  const checked = precision <= 26 ? sum : within38(sum, doubles, scale);
  return { sql: scale === 0 ? `CAST(${checked} AS HUGEINT)` : checked, type: fixed(38, scale) };
}

const average: FunctionBinder = (call) => {
  const value = summand(call);
  if (value.type.kind === 'real') return { sql: `avg(${distinct(call)}${value.sql})${call.over}`, type: REAL };
  const total = sum(call);
  const count: Typed = { sql: `nullif(count(${distinct(call)}${value.sql})${call.over}, 0)`, type: COUNT };
  const { scale } = total.type;
  // Six more digits as in division, three more over a window (documented examples of AVG and SUM).
  return divide(total, count, fixed(38, call.over === '' ? Math.max(scale, Math.min(scale + 6, 12)) : scale + 3));
};

/** MIN and MAX keep the type; TIMESTAMP_TZ compares by instant because that comes first in its storage. */
const extreme =
  (name: 'min' | 'max'): FunctionBinder =>
  (call) => {
    const value = call.arg(0);
    // A VARIANT by what it holds: as text, 9 would be more than 10.
    if (isSemi(value.type))
      return { sql: `${name}_by(${value.sql}, ${orderKey(value)})${call.over}`, type: value.type };
    return { sql: `${name}(${value.sql})${call.over}`, type: value.type };
  };

const real =
  (name: string): FunctionBinder =>
  (call) => ({ sql: `${name}(${distinct(call)}${realOf(call, 0)})${call.over}`, type: REAL });

const listAgg: FunctionBinder = (call) => {
  const separator = call.args.length > 1 ? textOf(call, 1) : "''";
  const text = textOf(call, 0);
  const { orderBy } = call.node;
  if (call.node.over === undefined || orderBy.length === 0)
    return {
      sql: `COALESCE(string_agg(${distinct(call)}${text}, ${separator}${order(call)})${orderedWindow(call, [])}, '')`,
      type: TEXT,
    };
  const keys = orderBy.map((item) => ({ item, value: bindExpression(call.binder, item.expr, call.scope) }));
  if (call.node.distinct) {
    const [only, ...others] = keys;
    if (only === undefined || others.length > 0 || asText(call.binder, only.value) !== text)
      throw unsupported('LISTAGG(DISTINCT …) OVER, in another order than of what it lists');
    const sorted = `list_sort(list_distinct(list(${text})${orderedWindow(call, [])}), '${only.item.desc ? 'DESC' : 'ASC'}')`;
    return { sql: `COALESCE(array_to_string(${sorted}, ${separator}), '')`, type: TEXT };
  }
  const terms = keys.map(({ item, value }) => orderTerm(item, value));
  return { sql: `COALESCE(string_agg(${text}, ${separator})${orderedWindow(call, terms)}, '')`, type: TEXT };
};

/** Two values of one instant with different offsets are one value to Snowflake; what is left of them, it doesn't say. */
function refuseZoned(call: Call): void {
  if (call.arg(0).type.kind === 'timestamp_tz') throw unsupported(`${call.node.name} of distinct TIMESTAMP_TZ values`);
}

const arrayAgg: FunctionBinder = (call) => {
  const value = call.arg(0);
  const json = jsonOf(call.binder, value);
  if (call.node.distinct) {
    refuseZoned(call);
    // DISTINCT with an order needs the ordered expression itself, which DuckDB sorts as JSON text.
    const ordered = order(call);
    if (ordered !== '') {
      const list = `list(DISTINCT ${value.sql}${ordered}) FILTER (WHERE ${value.sql} IS NOT NULL)`;
      if (value.type.kind.startsWith('timestamp')) throw unsupported('ARRAY_AGG(DISTINCT timestamp) WITHIN GROUP');
      const each = jsonOf(call.binder, { sql: 'e', type: value.type });
      return {
        sql: `COALESCE(to_json(list_transform(${list}${call.over}, lambda e: ${each})), CAST('[]' AS JSON))`,
        type: ARRAY,
      };
    }
  }
  const list = `list(${distinct(call)}${json}${order(call)}) FILTER (WHERE ${value.sql} IS NOT NULL)${call.over}`;
  return { sql: `COALESCE(to_json(${list}), CAST('[]' AS JSON))`, type: ARRAY };
};

const objectAgg: FunctionBinder = (call) => {
  if (call.node.distinct) throw unsupported('OBJECT_AGG(DISTINCT …)');
  const key = textOf(call, 0);
  const value = jsonAt(call, 1);
  const pair = `CAST(to_json(${key}) AS VARCHAR) || ':' || CAST(${value} AS VARCHAR)`;
  return {
    sql: `sf_unique_keys('{' || COALESCE(string_agg(${pair}, ',' ORDER BY ${key} || '') FILTER (WHERE ${key} IS NOT NULL AND ${value} IS NOT NULL)${call.over}, '') || '}')`,
    type: OBJECT,
  };
};

const count: FunctionBinder = (call) => {
  const { args, node } = call;
  if (node.star) return { sql: `count(*)${call.over}`, type: COUNT, nullable: false };
  if (args.length > 1) {
    const row = `CASE WHEN ${args.map((arg) => `${arg.sql} IS NOT NULL`).join(' AND ')} THEN (${args.map((arg) => sortKey(arg)).join(', ')}) END`;
    return { sql: `count(${distinct(call)}${row})${call.over}`, type: COUNT, nullable: false };
  }
  return { sql: `count(${distinct(call)}${sortKey(call.arg(0))})${call.over}`, type: COUNT, nullable: false };
};

const by =
  (name: 'max_by' | 'min_by'): FunctionBinder =>
  (call) => {
    if (call.args.length > 2) throw unsupported(`${call.node.name} with a count`);
    return { sql: `${name}(${call.arg(0).sql}, ${orderKey(call.arg(1))})${call.over}`, type: call.arg(0).type };
  };

const percentile =
  (name: 'quantile_cont' | 'quantile_disc'): FunctionBinder =>
  (call) => {
    const [item] = call.node.orderBy;
    if (item === undefined || item.desc) throw unsupported(`${call.node.name} without ascending WITHIN GROUP`);
    const value = number(call.binder, bindExpression(call.binder, item.expr, call.scope));
    const fraction = call.arg(0).sql;
    if (name === 'quantile_disc')
      return { sql: `quantile_disc(${value.sql}, ${fraction})${call.over}`, type: value.type };
    return interpolated(`quantile_cont(CAST(${value.sql} AS DOUBLE), ${fraction})${call.over}`, value);
  };

/** A fixed result gets three more digits (observed for MEDIAN). */
function interpolated(sql: string, value: Typed): Typed {
  if (value.type.kind === 'real') return { sql, type: REAL };
  const type = fixed(38, value.type.scale + 3);
  return { sql: `CAST(${sql} AS DECIMAL(38,${type.scale}))`, type };
}

/** Aggregate functions, also as window functions. */
export const aggregates: Record<string, FunctionBinder> = {
  COUNT: count,
  COUNT_IF: (call) => ({ sql: `CAST(COALESCE(count_if(${boolOf(call, 0)})${call.over}, 0) AS BIGINT)`, type: COUNT }),
  SUM: sum,
  AVG: average,
  MIN: extreme('min'),
  MAX: extreme('max'),
  ANY_VALUE: (call) => ({ sql: `any_value(${call.arg(0).sql})${call.over}`, type: call.arg(0).type }),
  MODE: (call) => {
    refuseZoned(call);
    return { sql: `mode(${call.arg(0).sql})${call.over}`, type: call.arg(0).type };
  },
  MEDIAN: (call) => {
    const value = number(call.binder, call.arg(0));
    return interpolated(`median(CAST(${value.sql} AS DOUBLE))${call.over}`, value);
  },
  PERCENTILE_CONT: percentile('quantile_cont'),
  PERCENTILE_DISC: percentile('quantile_disc'),
  STDDEV: real('stddev_samp'),
  STDDEV_SAMP: real('stddev_samp'),
  STDDEV_POP: real('stddev_pop'),
  VARIANCE: real('var_samp'),
  VAR_SAMP: real('var_samp'),
  VAR_POP: real('var_pop'),
  LISTAGG: listAgg,
  STRING_AGG: listAgg,
  ARRAY_AGG: arrayAgg,
  ARRAY_UNIQUE_AGG: (call) => {
    refuseZoned(call);
    const values = `list(DISTINCT ${jsonOf(call.binder, call.arg(0))}) FILTER (WHERE ${call.arg(0).sql} IS NOT NULL)${call.over}`;
    return { sql: `COALESCE(to_json(${values}), CAST('[]' AS JSON))`, type: ARRAY };
  },
  OBJECT_AGG: objectAgg,
  BOOLAND_AGG: (call) => ({ sql: `bool_and(${boolOf(call, 0)})${call.over}`, type: BOOLEAN }),
  BOOLOR_AGG: (call) => ({ sql: `bool_or(${boolOf(call, 0)})${call.over}`, type: BOOLEAN }),
  MAX_BY: by('max_by'),
  MIN_BY: by('min_by'),
  GROUPING: (call) => ({ sql: `grouping(${call.args.map((arg) => arg.sql).join(', ')})`, type: COUNT }),
  BITAND_AGG: (call) => ({
    sql: `bit_and(CAST(${castTo(call.binder, call.arg(0), INTEGER).sql} AS BIGINT))${call.over}`,
    type: INTEGER,
  }),
  BITOR_AGG: (call) => ({
    sql: `bit_or(CAST(${castTo(call.binder, call.arg(0), INTEGER).sql} AS BIGINT))${call.over}`,
    type: INTEGER,
  }),
  RATIO_TO_REPORT: (call) => {
    const value = number(call.binder, call.arg(0));
    // An ORDER BY inside OVER has no effect here (documented); a sum over it would be a running one.
    const whole = call.over.replace(/\)$/, ' ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)');
    const total: Typed = sum({ ...call, args: call.args, arg: (i) => call.arg(i), over: whole });
    if (value.type.kind === 'real') return { sql: `(${value.sql} / nullif(${total.sql}, 0))`, type: REAL };
    const { scale } = value.type;
    const divisor: Typed = { sql: `nullif(${total.sql}, 0)`, type: total.type };
    return divide(value, divisor, fixed(38, Math.max(scale, Math.min(scale + 6, 12))));
  },
};
