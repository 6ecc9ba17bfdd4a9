import type { Expr, Name } from '../parse/ast.js';
import type { Binder } from '../convert/binder.js';
import { bindExpression } from './bind-expression.js';
import { nextValue } from './bind-routine.js';
import type { Relation, Scope, ScopeColumn, Typed } from '../convert/scope.js';
import { compileError, objectMissing } from '../types/sql-errors.js';

type ColumnExpr = Extract<Expr, { kind: 'column' }>;

/** Finds `c`, `t.c`, `s.t.c` in the FROM items, then among select-list aliases, then in the enclosing query. */
export function resolveColumn(binder: Binder, expr: ColumnExpr, scope: Scope): Typed {
  const shown = expr.parts.map((part) => part.name).join('.');
  const column = expr.parts.at(-1);
  if (column === undefined) throw compileError(binder.sql, expr.start, 'invalid identifier');
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const found = findIn(binder, expr, at, column);
    if (found !== undefined) return { sql: found.sql, type: found.type, shown, nullable: found.nullable };
    const alias = expr.parts.length === 1 ? at.aliases.get(column.name) : undefined;
    if (alias !== undefined && !at.resolving.has(column.name)) {
      at.resolving.add(column.name);
      try {
        const bound = bindExpression(binder, alias, at);
        return { ...bound, sql: `(${bound.sql})` };
      } finally {
        at.resolving.delete(column.name);
      }
    }
  }
  const next = nextValue(binder, expr);
  if (next !== undefined) return next;
  throw compileError(binder.sql, expr.start, `invalid identifier '${quotedPath(expr.parts)}'`);
}

/** A name as messages show it: quoted when it isn't a plain upper-case word. */
export function quotedPath(parts: readonly Name[]): string {
  return parts.map(({ name }) => (/^[A-Z_][A-Z0-9_$]*$/.test(name) ? name : `"${name}"`)).join('.');
}

function findIn(binder: Binder, expr: ColumnExpr, scope: Scope, column: Name): ScopeColumn | undefined {
  const path = expr.parts.slice(0, -1).map((part) => part.name);
  const hits: ScopeColumn[] = [];
  for (const relation of scope.relations) {
    if (!matches(relation, path)) continue;
    // Two columns of one name in a derived table are as ambiguous as in two tables.
    hits.push(
      ...relation.columns.filter(
        (candidate) => candidate.name === column.name && (path.length > 0 || candidate.hidden !== true),
      ),
    );
  }
  if (hits.length > 1)
    throw compileError(binder.sql, expr.start, `ambiguous column name '${quotedPath(expr.parts)}'`, '000957', '42601');
  return hits[0];
}

/** Whether a qualifier (`t`, `s.t`, `db.s.t`) names the relation. */
export function matches(relation: Relation, path: readonly string[]): boolean {
  if (path.length === 0) return true;
  if (path.length === 1 && relation.alias !== undefined) return relation.alias === path[0];
  const own = relation.path.slice(-path.length);
  return own.length === path.length && own.every((part, i) => part === path[i]);
}

/** The columns that `*` or `t.*` stands for, after EXCLUDE, ILIKE and RENAME. */
export function starColumns(star: Extract<Expr, { kind: 'star' }>, scope: Scope): ScopeColumn[] {
  const path = star.table.map((part) => part.name);
  const relations = scope.relations.filter((relation) => relation.pseudo !== true && matches(relation, path));
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
