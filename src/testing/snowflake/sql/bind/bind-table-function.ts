import type { Alias, CallNode, Expr } from '../parse/ast.js';
import { bindExpression } from './bind-expression.js';
import { bindFlatten } from './bind-flatten.js';
import { bindTableRoutine, findRoutine } from './bind-routine.js';
import { bindInformationFunction } from './query-history.js';
import { fromQuery, type BoundRef } from './bind-from.js';
import type { Binder } from '../convert/binder.js';
import { asText, castTo } from '../convert/cast.js';
import { type DataType, INTEGER, TEXT } from '../types/data-type.js';
import type { ResultColumn, Scope, Typed } from '../convert/scope.js';
import { unsupported } from '../types/sql-errors.js';
import { SnowflakeSqlError } from '../types/sql-engine.js';

const column = (name: string, type: DataType): ResultColumn => ({ name, type, nullable: true });

/** `TABLE(f(…))` and `LATERAL f(…)`. */
export function bindTableFunction(
  binder: Binder,
  call: CallNode,
  alias: Alias,
  scope: Scope,
  before?: BoundRef,
): BoundRef {
  const arg = (name: string, index: number): Typed | undefined => {
    const expr: Expr | undefined = call.named.get(name) ?? call.args[index];
    return expr === undefined ? undefined : bindExpression(binder, expr, scope);
  };
  const routine = findRoutine(binder, call);
  if (routine !== undefined) return fromQuery(binder, bindTableRoutine(binder, routine, call, scope), alias, true);
  if (call.path !== undefined) return bindInformationFunction(binder, call, alias, arg);
  switch (call.name) {
    case 'FLATTEN':
      return bindFlatten(binder, arg, alias, before);
    case 'SPLIT_TO_TABLE':
    case 'STRTOK_SPLIT_TO_TABLE': {
      const [text, by] = [arg('STRING', 0), arg('DELIMITER', 1)];
      if (text === undefined || by === undefined || call.name !== 'SPLIT_TO_TABLE') throw unsupported(call.name);
      const list = `string_split(${asText(binder, text)}, ${asText(binder, by)})`;
      const sql = `SELECT CAST(1 AS BIGINT) AS o0, i AS o1, (${list})[i] AS o2 FROM (SELECT unnest(range(1, len(${list}) + 1)) AS i)`;
      return fromQuery(
        binder,
        { sql, columns: [column('SEQ', INTEGER), column('INDEX', INTEGER), column('VALUE', TEXT)] },
        alias,
        true,
      );
    }
    case 'GENERATOR': {
      const rows = arg('ROWCOUNT', 0);
      if (rows === undefined) throw unsupported('GENERATOR without ROWCOUNT');
      const name = binder.alias();
      return {
        sql: `range(CAST(${castTo(binder, rows, INTEGER).sql} AS BIGINT)) ${name}`,
        relations: [{ alias: alias.name?.name, path: [], columns: [], counter: `${name}.range` }],
      };
    }
    case 'RESULT_SCAN': {
      const id = arg('QUERY_ID', 0);
      const queryId = id?.constant ?? (call.args[0]?.kind === 'call' ? binder.context.lastQueryId : undefined);
      const stored = queryId === undefined ? undefined : binder.results.get(queryId);
      if (stored?.user !== binder.context.user)
        throw new SnowflakeSqlError(
          '000709',
          '02000',
          `SQL execution error:\nStatement ${queryId ?? 'null'} not found`,
        );
      const list = stored.columns.map((_, i) => `o${i}`).join(', ');
      return fromQuery(
        binder,
        { sql: `SELECT ${list} FROM ${stored.table} ORDER BY rowid`, columns: stored.columns },
        alias,
      );
    }
    default:
      throw unsupported(`table function ${call.name}`);
  }
}
