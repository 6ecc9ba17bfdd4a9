import { castTo } from '../convert/cast.js';
import { fixed, REAL } from '../types/data-type.js';
import { unsupported } from '../types/sql-errors.js';
import { coerce } from '../convert/unify.js';
import type { Call, FunctionBinder } from '../convert/binder.js';
import { intOf } from './call/function-binder.js';

const COUNT = fixed(18, 0);
const rank =
  (name: string): FunctionBinder =>
  (call) => ({ sql: `${name}()${call.over}`, type: COUNT, nullable: false });
const share =
  (name: string): FunctionBinder =>
  (call) => ({ sql: `${name}()${call.over}`, type: REAL });
const nulls = (call: Call): string => (call.node.ignoreNulls ? ' IGNORE NULLS' : '');

const offset =
  (name: 'lag' | 'lead'): FunctionBinder =>
  (call) => {
    const value = call.arg(0);
    const by = call.args.length > 1 ? intOf(call, 1) : '1';
    const fallback = call.args[2];
    if (fallback?.type.kind === 'fixed' && value.type.kind === 'fixed' && fallback.type.scale > value.type.scale)
      throw unsupported(`${call.node.name} with a default of more digits than its value`);
    const otherwise = fallback === undefined ? 'NULL' : coerce(call.binder, fallback, value.type).sql;
    return { sql: `${name}(${value.sql}, ${by}, ${otherwise}${nulls(call)})${call.over}`, type: value.type };
  };

/** Without a frame, Snowflake looks at the whole partition. */
const wholeByDefault = (call: Call): string =>
  call.node.over?.frame === undefined && call.over !== ''
    ? call.over.replace(/\)$/, ' ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)')
    : call.over;

const edge =
  (name: 'first_value' | 'last_value'): FunctionBinder =>
  (call) => {
    return { sql: `${name}(${call.arg(0).sql}${nulls(call)})${wholeByDefault(call)}`, type: call.arg(0).type };
  };

/** Window functions that need OVER. */
export const windows: Record<string, FunctionBinder> = {
  ROW_NUMBER: rank('row_number'),
  RANK: rank('rank'),
  DENSE_RANK: rank('dense_rank'),
  PERCENT_RANK: share('percent_rank'),
  CUME_DIST: share('cume_dist'),
  NTILE: (call) => ({ sql: `ntile(${intOf(call, 0)})${call.over}`, type: COUNT }),
  LAG: offset('lag'),
  LEAD: offset('lead'),
  FIRST_VALUE: edge('first_value'),
  LAST_VALUE: edge('last_value'),
  NTH_VALUE: (call) => ({
    sql: `nth_value(${call.arg(0).sql}, ${intOf(call, 1)}${nulls(call)})${wholeByDefault(call)}`,
    type: call.arg(0).type,
  }),
  CONDITIONAL_TRUE_EVENT: (call) => ({
    sql: `CAST(sum(CASE WHEN ${castTo(call.binder, call.arg(0), { ...COUNT, kind: 'boolean' }).sql} THEN 1 ELSE 0 END)${call.over} AS BIGINT)`,
    type: COUNT,
  }),
};
