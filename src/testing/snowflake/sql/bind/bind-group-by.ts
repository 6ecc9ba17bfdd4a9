import type { Expr, GroupBy } from '../parse/ast.js';
import { bindExpression } from './bind-expression.js';
import type { Binder, FunctionTable } from '../convert/binder.js';
import { sortKey } from './bind-call.js';
import type { ResultColumn, Scope, Typed } from '../convert/scope.js';
import { compileError, unsupported } from '../types/sql-errors.js';

/** The select list that a GROUP BY stands under. */
export interface SelectList {
  readonly columns: readonly ResultColumn[];
  readonly sqls: readonly string[];
  readonly exprs: readonly (Expr | undefined)[];
}

/** The clause, and the select list as it has to be written under it. */
export interface BoundGroupBy {
  readonly sql: string;
  readonly sqls: readonly string[];
  /** What the groups are by. */
  readonly keys: ReadonlySet<string>;
}

/** GROUP BY columns, positions, aliases, ROLLUP, CUBE, GROUPING SETS, ALL. */
export function bindGroupBy(binder: Binder, group: GroupBy, scope: Scope, list: SelectList): BoundGroupBy {
  const { columns, sqls, exprs } = list;
  const zoned = new Set<string>();
  const all = new Set<string>();
  const groupBy = (keys: readonly string[]): BoundGroupBy => ({
    sql: keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`,
    // Values of one instant are one group; it shows the offset of one of them.
    keys: all,
    sqls: sqls.map((sql) => (zoned.has(sql) || zoned.has(`(${sql})`) ? `any_value(${sql})` : sql)),
  });
  const key = (value: Typed): string => {
    all.add(value.sql);
    if (value.type.kind === 'timestamp_tz') zoned.add(value.sql);
    return sortKey(value);
  };
  const selected = (index: number): Typed | undefined => {
    const [sql, column] = [sqls[index], columns[index]];
    return sql === undefined || column === undefined ? undefined : { sql, type: column.type };
  };
  if (group.kind === 'all')
    return groupBy(
      sqls.flatMap((_, i) => {
        const value = hasAggregate(binder.functions, exprs[i]) ? undefined : selected(i);
        return value === undefined ? [] : [key(value)];
      }),
    );
  const keyOf = (expr: Expr): Typed => {
    if (expr.kind !== 'number' || !/^\d+$/.test(expr.text)) return bindExpression(binder, expr, scope);
    const value = selected(Number(expr.text) - 1);
    if (value !== undefined) return value;
    const message = `Group By list position ${expr.text} is not in the select list`;
    throw compileError(binder.sql, expr.start, message, '002032', '42601');
  };
  const inSet = (expr: Expr): string => {
    const value = keyOf(expr);
    if (value.type.kind === 'timestamp_tz') throw unsupported('TIMESTAMP_TZ in ROLLUP, CUBE or GROUPING SETS');
    all.add(value.sql);
    return value.sql;
  };
  const items = group.items.map((item) => {
    if (item.kind === 'expr') return key(keyOf(item.expr));
    const sets = item.sets.map((set) =>
      set.length === 1 && set[0] !== undefined ? inSet(set[0]) : `(${set.map(inSet).join(', ')})`,
    );
    return `${item.word} (${sets.join(', ')})`;
  });
  return groupBy(items);
}

/** Whether an aggregate stands somewhere in it, other than as a window function. */
export function hasAggregate(functions: FunctionTable, expr: unknown): boolean {
  if (expr === null || typeof expr !== 'object') return false;
  if (expr instanceof Map) return [...expr.values()].some((part) => hasAggregate(functions, part));
  if (Array.isArray(expr)) return expr.some((part) => hasAggregate(functions, part));
  if ('kind' in expr && expr.kind === 'call' && 'name' in expr && 'over' in expr)
    if (typeof expr.name === 'string' && functions.isAggregate(expr.name) && expr.over === undefined) return true;
  return Object.values(expr).some((part) => hasAggregate(functions, part));
}
