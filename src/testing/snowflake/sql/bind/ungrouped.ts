import type { Expr, Select } from '../parse/ast.js';
import type { Binder } from '../convert/binder.js';
import type { Scope } from '../convert/scope.js';
import { bindExpression } from './bind-expression.js';
import { hasAggregate } from './bind-group-by.js';

const isExpr = (value: unknown): value is Expr =>
  value !== null && typeof value === 'object' && 'kind' in value && 'start' in value && !('body' in value);

/**
 * The first column of a SELECT of groups that is neither one of them nor inside an aggregate. Asked only when DuckDB
 * refuses the groups: where this finds nothing, it is the translation that is wrong.
 */
export function ungroupedColumn(
  binder: Binder,
  select: Select,
  scope: Scope,
  keys: ReadonlySet<string>,
): string | undefined {
  const places = [...select.items.map((item) => item.expr), select.having, select.qualify];
  if (select.groupBy === undefined && !places.some((expr) => hasAggregate(binder.functions, expr))) return undefined;
  const isKey = (sql: string): boolean =>
    keys.has(sql) || keys.has(`(${sql})`) || keys.has(sql.replace(/^\((.*)\)$/s, '$1'));
  const find = (value: unknown): string | undefined => {
    if (Array.isArray(value)) return first(value);
    if (!isExpr(value)) return undefined;
    if (value.kind === 'call' && value.over === undefined && binder.functions.isAggregate(value.name)) return undefined;
    if (value.kind === 'subquery' || value.kind === 'exists') return undefined;
    if (value.kind === 'star') return '*';
    if (isKey(bindExpression(binder, value, scope).sql)) return undefined;
    if (value.kind === 'column') {
      const alias = value.parts.length === 1 ? scope.aliases.get(value.parts[0]?.name ?? '') : undefined;
      const own = scope.relations.some(({ columns }) => columns.some(({ name }) => name === value.parts.at(-1)?.name));
      if (!own) return alias === undefined ? undefined : find(alias);
      return binder.sql.slice(value.start, value.end);
    }
    return first(Object.values(value));
  };
  const first = (values: readonly unknown[]): string | undefined => {
    for (const value of values) {
      const found = find(value);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return first(places);
}
