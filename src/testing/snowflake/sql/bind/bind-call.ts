import type { CallNode, OrderItem, WindowSpec } from '../parse/ast.js';
import { bindExpression } from './bind-expression.js';
import { bindRoutine, findRoutine } from './bind-routine.js';
import { starColumns } from './resolve-column.js';
import type { Binder, Call } from '../convert/binder.js';
import { isOpaque, isSemi, typeName } from '../types/data-type.js';
import type { Scope, Typed } from '../convert/scope.js';
import { unsupported } from '../types/sql-errors.js';
import { SnowflakeSqlError } from '../types/sql-engine.js';

/** A function call, by the registry; a name that isn't there is Snowflake's "Unknown function". */
export function bindCall(binder: Binder, node: CallNode, scope: Scope): Typed {
  const { functions } = binder;
  const handler = node.path === undefined ? functions.all.get(node.name) : undefined;
  const routine = handler === undefined ? findRoutine(binder, node) : undefined;
  if (routine !== undefined) return bindRoutine(binder, routine, node, scope);
  if (handler === undefined)
    throw new SnowflakeSqlError('002140', '42601', `SQL compilation error:\nUnknown function ${node.name}`);
  const windowed = functions.isWindow(node.name) || functions.isAggregate(node.name);
  if (!windowed && (node.over !== undefined || node.distinct || node.orderBy.length > 0))
    throw unsupported(`${node.name} with OVER, DISTINCT or WITHIN GROUP`);
  if (functions.isWindow(node.name) && node.over === undefined && !functions.isAggregate(node.name))
    throw unsupported(`${node.name} without OVER`);
  let cached: readonly Typed[] | undefined;
  const read = new Set<string>();
  const call: Call = {
    binder,
    scope,
    node: { ...node, args: watched(node.args, read) },
    get args() {
      cached ??= watched(
        node.args.flatMap((arg): Typed[] =>
          arg.kind === 'star' ? starColumns(arg, scope) : [bindExpression(binder, arg, scope)],
        ),
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

const LITERAL = /^\(*'(?:[^']|'')*'\)*$/;

/** A sort key with Snowflake's NULL order: last ascending, first descending. */
export function orderTerm(item: OrderItem, value: Typed): string {
  // DuckDB refuses to order by a constant, which orders nothing.
  if (value.constant !== undefined || value.type.kind === 'null' || LITERAL.test(value.sql))
    return 'CAST(NULL AS INTEGER)';
  const nullsFirst = item.nullsFirst ?? item.desc;
  return `${orderKey(value)} ${item.desc ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;
}

/** Notes which places of a list are read, whichever way. */
export function watched<T>(items: readonly T[], read: Set<string>): readonly T[] {
  return new Proxy(items, {
    get(target, key): unknown {
      if (typeof key === 'string') read.add(key);
      return Reflect.get(target, key) as unknown;
    },
  });
}

/** An argument that a function never looked at would change its meaning in Snowflake: it is one too many here. */
export function refuseUnread(binder: Binder, node: CallNode, read: ReadonlySet<string>): void {
  const at = node.args.findIndex((_, i) => !read.has(String(i)));
  if (at < 0) return;
  throw new SnowflakeSqlError(
    '000939',
    '22023',
    `SQL compilation error: error line 1 at position 7\ntoo many arguments for function [${binder.sql.slice(node.start, node.end)}] expected ${at}, got ${node.args.length}`,
  );
}
