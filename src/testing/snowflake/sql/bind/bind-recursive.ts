import type { Cte } from '../parse/ast.js';
import { unsupported } from '../types/sql-errors.js';
import { bindBody, bindQuery, recast } from './bind-query.js';
import type { Binder } from '../convert/binder.js';
import { fixed, TEXT } from '../types/data-type.js';
import type { BoundQuery, ResultColumn } from '../convert/scope.js';

/** `WITH RECURSIVE`: the anchor gives names and types, numbers and texts at their widest. */
export function bindRecursive(
  binder: Binder,
  cte: Cte,
  alias: string,
  frame: Map<string, { columns: readonly ResultColumn[]; sql: string }>,
): BoundQuery {
  const { body } = cte.query;
  if (body.kind !== 'setop') return bindQuery(binder, cte.query);
  const anchor = bindBody(binder, body.left, undefined);
  const columns = anchor.columns.map((column, i): ResultColumn => {
    const widest =
      column.type.kind === 'fixed' ? fixed(38, column.type.scale) : column.type.kind === 'text' ? TEXT : column.type;
    return { name: cte.columns[i]?.name ?? column.name, type: widest, nullable: true };
  });
  frame.set(cte.name.name, { columns, sql: alias });
  const step = bindBody(binder, body.right, undefined);
  if (body.op !== 'UNION ALL' && columns.some(({ type }) => type.kind === 'timestamp_tz'))
    throw unsupported(`${body.op} of TIMESTAMP_TZ in a recursive query`);
  return { sql: `${recast(binder, anchor, columns)} ${body.op} ${recast(binder, step, columns)}`, columns };
}
