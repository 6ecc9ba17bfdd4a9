import type { CallNode, OrderItem, WindowSpec } from './ast.js';
import { bindExpression } from './bind-expression.js';
import type { Binder } from './binder.js';
import { isOpaque, isSemi, typeName } from './data-type.js';
import { aggregates } from './functions/aggregates.js';
import { conditionals } from './functions/conditionals.js';
import { contextFunctions } from './functions/context-functions.js';
import { conversions } from './functions/conversions.js';
import { dates } from './functions/dates.js';
import type { Call, FunctionBinder } from './functions/function-binder.js';
import { numbers } from './functions/numbers.js';
import { regularExpressions } from './functions/regular-expressions.js';
import { semiStructured } from './functions/semi-structured.js';
import { texts } from './functions/texts.js';
import { windows } from './functions/windows.js';
import type { Scope, Typed } from './scope.js';
import { unsupported } from './sql-errors.js';
import { SnowflakeSqlError } from '../sql-engine.js';
import { refuseUnread, watched } from './watch-arguments.js';

const FUNCTIONS: ReadonlyMap<string, FunctionBinder> = new Map([
  ...Object.entries(conditionals),
  ...Object.entries(conversions),
  ...Object.entries(numbers),
  ...Object.entries(texts),
  ...Object.entries(regularExpressions),
  ...Object.entries(dates),
  ...Object.entries(semiStructured),
  ...Object.entries(contextFunctions),
  ...Object.entries(aggregates),
  ...Object.entries(windows),
]);

/** A function call, by the registry; a name that isn't there is Snowflake's "Unknown function". */
export function bindCall(binder: Binder, node: CallNode, scope: Scope): Typed {
  const handler = FUNCTIONS.get(node.name);
  if (handler === undefined)
    throw new SnowflakeSqlError('002140', '42601', `SQL compilation error:\nUnknown function ${node.name}`);
  const windowed = node.name in windows || node.name in aggregates;
  if (!windowed && (node.over !== undefined || node.distinct || node.orderBy.length > 0))
    throw unsupported(`${node.name} with OVER, DISTINCT or WITHIN GROUP`);
  if (node.name in windows && node.over === undefined && !(node.name in aggregates))
    throw unsupported(`${node.name} without OVER`);
  let cached: readonly Typed[] | undefined;
  const read = new Set<string>();
  const call: Call = {
    binder,
    scope,
    node: { ...node, args: watched(node.args, read) },
    get args() {
      cached ??= watched(
        node.args.map((arg) => bindExpression(binder, arg, scope)),
        read,
      );
      return cached;
    },
    arg(index) {
      const found = this.args[index];
      if (found === undefined)
        throw new SnowflakeSqlError(
          '000938',
          '22023',
          `SQL compilation error: error line 1 at position 7\nnot enough arguments for function [${binder.sql.slice(node.start, node.end)}], expected ${index + 1}, got ${this.args.length}`,
        );
      return found;
    },
    over: node.over === undefined ? '' : ` ${overClause(binder, node.over, scope)}`,
  };
  const bound = handler(call);
  refuseUnread(binder, node, read);
  return bound;
}

/** `OVER (…)` in DuckDB's words. */
export function overClause(binder: Binder, over: WindowSpec, scope: Scope): string {
  const parts: string[] = [];
  if (over.partitionBy.length > 0)
    parts.push(
      `PARTITION BY ${over.partitionBy.map((item) => sortKey(bindExpression(binder, item, scope))).join(', ')}`,
    );
  if (over.orderBy.length > 0)
    parts.push(
      `ORDER BY ${over.orderBy.map((item) => orderTerm(item, bindExpression(binder, item.expr, scope))).join(', ')}`,
    );
  if (over.frame !== undefined) parts.push(over.frame);
  return `OVER (${parts.join(' ')})`;
}

/** What a value sorts and groups by: TIMESTAMP_TZ by its instant. */
export function sortKey(value: Typed): string {
  if (isOpaque(value.type)) throw unsupported(`comparison of ${typeName(value.type)}`);
  if (value.type.kind === 'timestamp_tz') return `(${value.sql}).ts`;
  return value.sql;
}

/** What a value is ordered by: a VARIANT by what it holds, numbers as numbers; JSON null like NULL. */
export function orderKey(value: Typed): string {
  return isSemi(value.type) ? `sf_vkey(${value.sql})` : sortKey(value);
}

/** A sort key with Snowflake's NULL order: last ascending, first descending. */
export function orderTerm(item: OrderItem, value: Typed): string {
  const nullsFirst = item.nullsFirst ?? item.desc;
  return `${orderKey(value)} ${item.desc ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;
}
