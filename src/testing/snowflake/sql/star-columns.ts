import type { Expr } from './ast.js';
import { matches } from './resolve-column.js';
import type { Scope, ScopeColumn } from './scope.js';
import { objectMissing } from './sql-errors.js';

/** The columns that `*` or `t.*` stands for, after EXCLUDE, ILIKE and RENAME. */
export function starColumns(star: Extract<Expr, { kind: 'star' }>, scope: Scope): ScopeColumn[] {
  const path = star.table.map((part) => part.name);
  const relations = scope.relations.filter((relation) => matches(relation, path));
  if (relations.length === 0 && path.length > 0) throw objectMissing(path.join('.'));
  const pattern = star.ilike === undefined ? undefined : likeToRegExp(star.ilike);
  return relations
    .flatMap((relation) => relation.columns.filter((column) => path.length > 0 || column.hidden !== true))
    .filter((column) => !star.exclude.includes(column.name) && pattern?.test(column.name) !== false)
    .map((column) => ({ ...column, name: star.rename.get(column.name) ?? column.name }));
}

function likeToRegExp(pattern: string): RegExp {
  const escaped = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('%', '.*').replaceAll('_', '.')}$`, 'i');
}
