import type { Binder } from '../convert/binder.js';
import { castTo } from '../convert/cast.js';
import { literalRows, type Cell } from '../convert/literal-rows.js';
import type { Typed } from '../convert/scope.js';
import type { Alias, CallNode } from '../parse/ast.js';
import { type DataType, fixed, INTEGER, LTZ, TEXT } from '../types/data-type.js';
import { unsupported } from '../types/sql-errors.js';
import { fromQuery, type BoundRef } from './bind-from.js';

const COLUMNS: readonly (readonly [string, DataType])[] = [
  ...['QUERY_ID', 'QUERY_TEXT', 'DATABASE_NAME', 'SCHEMA_NAME', 'QUERY_TYPE'].map((name) => [name, TEXT] as const),
  ['SESSION_ID', INTEGER],
  ...['USER_NAME', 'ROLE_NAME', 'WAREHOUSE_NAME', 'QUERY_TAG', 'EXECUTION_STATUS'].map((name) => [name, TEXT] as const),
  ['ERROR_CODE', TEXT],
  ['ERROR_MESSAGE', TEXT],
  ['START_TIME', LTZ],
  ['END_TIME', LTZ],
  ['TOTAL_ELAPSED_TIME', INTEGER],
  ['ROWS_PRODUCED', INTEGER],
];

const OF = ['QUERY_HISTORY', 'QUERY_HISTORY_BY_SESSION', 'QUERY_HISTORY_BY_USER', 'QUERY_HISTORY_BY_WAREHOUSE'];

/** Table functions of INFORMATION_SCHEMA: QUERY_HISTORY and its kin, the latest statements first. */
export function bindInformationFunction(
  binder: Binder,
  call: CallNode,
  alias: Alias,
  arg: (name: string, index: number) => Typed | undefined,
): BoundRef {
  const shown = [...(call.path ?? []).map(({ name }) => name), call.name].join('.');
  if (call.path?.at(-1)?.name !== 'INFORMATION_SCHEMA' || !OF.includes(call.name))
    throw unsupported(`table function ${shown}`);
  const known = [
    'RESULT_LIMIT',
    'END_TIME_RANGE_START',
    'END_TIME_RANGE_END',
    'SESSION_ID',
    'USER_NAME',
    'WAREHOUSE_NAME',
  ];
  const odd = [...call.named.keys()].find((name) => !known.includes(name));
  if (odd !== undefined || call.args.length > 0)
    throw unsupported(`${call.name} with ${odd ?? 'arguments by position'}`);
  const text = (name: string): string | undefined => {
    const value = arg(name, -1);
    if (value !== undefined && value.constant === undefined) throw unsupported(`${call.name} with a computed ${name}`);
    return value?.constant;
  };
  const { context } = binder;
  const [session, user, warehouse] = [text('SESSION_ID'), text('USER_NAME'), text('WAREHOUSE_NAME')];
  const admin = context.role === 'ACCOUNTADMIN';
  const rows = binder.queries
    .list()
    .filter((query) => admin || query.user === context.user)
    .filter((query) => {
      if (call.name.endsWith('_SESSION')) return query.sessionId === (session ?? context.sessionId);
      if (call.name.endsWith('_USER')) return query.user === (user ?? context.user).toUpperCase();
      if (call.name.endsWith('_WAREHOUSE'))
        return query.warehouse === (warehouse ?? context.warehouse ?? '').toUpperCase();
      return true;
    })
    .map((query): Cell[] => [
      query.queryId,
      query.sql,
      query.database ?? null,
      query.schema ?? null,
      query.type,
      Number(query.sessionId),
      query.user,
      query.role ?? null,
      query.warehouse ?? null,
      query.tag,
      query.end === undefined ? 'RUNNING' : query.error === undefined ? 'SUCCESS' : 'FAILED_WITH_ERROR',
      query.error?.code ?? null,
      query.error?.message ?? null,
      query.start / 1000,
      query.end === undefined ? null : query.end / 1000,
      (query.end ?? query.start) - query.start,
      query.rows ?? null,
    ])
    .reverse();
  const list = literalRows(COLUMNS, rows);
  const [from, to] = [arg('END_TIME_RANGE_START', -1), arg('END_TIME_RANGE_END', -1)];
  const end = COLUMNS.findIndex(([name]) => name === 'END_TIME');
  const tests = [
    ...(from === undefined ? [] : [`o${end} >= ${castTo(binder, from, LTZ).sql}`]),
    ...(to === undefined ? [] : [`o${end} <= ${castTo(binder, to, LTZ).sql}`]),
  ];
  const where = tests.length === 0 ? '' : ` WHERE ${tests.join(' AND ')}`;
  const limit = castTo(binder, arg('RESULT_LIMIT', -1) ?? { sql: '100', type: fixed(3, 0) }, INTEGER).sql;
  const sql = `SELECT * FROM (${list.sql}) ${binder.alias()}${where} LIMIT CAST(${limit} AS BIGINT)`;
  return fromQuery(binder, { ...list, sql }, alias);
}
