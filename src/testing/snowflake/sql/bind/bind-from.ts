import type { Alias, Name, TableRef } from '../parse/ast.js';
import { condition } from './bind-expression.js';
import { bindPivot, bindUnpivot } from './bind-pivot.js';
import { bindQuery } from './bind-query.js';
import { bindTable } from './bind-table.js';
import { bindTableFunction } from './bind-table-function.js';
import type { Binder } from '../convert/binder.js';
import { type BoundQuery, newScope, type Relation, type Scope, type ScopeColumn } from '../convert/scope.js';
import { compileError, unsupported } from '../types/sql-errors.js';
import { comparable, unify } from '../convert/unify.js';

/** A FROM item: DuckDB text and what it offers. */
export interface BoundRef {
  readonly sql: string;
  readonly relations: Relation[];
}

/** The FROM clause; fills the scope. */
export function bindFrom(binder: Binder, refs: readonly TableRef[], scope: Scope): string {
  if (refs.length === 0) return '';
  const parts: string[] = [];
  for (const ref of refs) {
    if (ref.kind === 'function' && ref.call.name === 'FLATTEN' && parts.length > 0) {
      const before = { sql: parts.join(', '), relations: [...scope.relations] };
      const bound = bindTableFunction(binder, ref.call, ref.alias, scope, before);
      parts.splice(0, parts.length, bound.sql);
      scope.relations.splice(0, scope.relations.length, ...bound.relations);
    } else {
      const bound = bindRef(binder, ref, scope);
      scope.relations.push(...bound.relations);
      parts.push(bound.sql);
    }
  }
  return ` FROM ${parts.join(', ')}`;
}

/** One item; `scope` already has the items before it, for LATERAL. */
export function bindRef(binder: Binder, ref: TableRef, scope: Scope): BoundRef {
  switch (ref.kind) {
    case 'table':
      return bindTable(binder, ref);
    case 'query': {
      const query = bindQuery(binder, ref.query, ref.lateral ? scope : scope.parent);
      if (ref.sample === undefined) return fromQuery(binder, query, ref.alias, ref.lateral);
      if ('seed' in ref.sample) throw unsupported('SAMPLE … SEED of a query');
      const sql = `SELECT * FROM (${query.sql}) USING SAMPLE ${ref.sample.clause}`;
      return fromQuery(binder, { ...query, sql }, ref.alias, ref.lateral);
    }
    case 'function':
      return bindTableFunction(binder, ref.call, ref.alias, scope);
    case 'join':
      return bindJoin(binder, ref, scope);
    case 'pivot':
      return bindPivot(binder, ref, scope);
    case 'unpivot':
      return bindUnpivot(binder, ref, scope);
  }
}

/** A derived table. */
export function fromQuery(binder: Binder, query: BoundQuery, alias: Alias, lateral = false): BoundRef {
  const name = binder.alias();
  const columns = query.columns.map((column, i): ScopeColumn => ({
    ...column,
    name: alias.columns[i]?.name ?? column.name,
    sql: `${name}.o${i}`,
  }));
  return {
    sql: `${lateral ? 'LATERAL ' : ''}(${query.sql}) ${name}`,
    relations: [{ alias: alias.name?.name, path: [], columns }],
  };
}

function bindJoin(binder: Binder, ref: Extract<TableRef, { kind: 'join' }>, scope: Scope): BoundRef {
  const left = bindRef(binder, ref.left, scope);
  const seen = newScope(scope.parent);
  seen.relations.push(...scope.relations, ...left.relations);
  if (ref.right.kind === 'function' && ref.right.call.name === 'FLATTEN') {
    const plain = /^(INNER|CROSS)$/.test(ref.join) && ref.using.length === 0;
    if (!plain || scope.relations.length > 0) throw unsupported(`${ref.join} JOIN … FLATTEN`);
    const flat = bindTableFunction(binder, ref.right.call, ref.right.alias, seen, left);
    if (ref.on === undefined) return flat;
    const both = newScope(scope.parent);
    both.relations.push(...flat.relations);
    const on = condition(binder, ref.on, both);
    return { sql: `${flat.sql} JOIN (SELECT 1) ${binder.alias()} ON ${on}`, relations: flat.relations };
  }
  const right = bindRef(binder, ref.right, seen);
  const natural = ref.join.startsWith('NATURAL ');
  let join = ref.join.replace('NATURAL ', '');
  const both = newScope(scope.parent);
  both.relations.push(...left.relations, ...right.relations, ...scope.relations);
  const tests: string[] = [];
  const using = natural ? sharedNames(left, right) : ref.using;
  let relations = [...left.relations, ...right.relations];
  if (using.length > 0) relations = joinUsing(binder, using, left, right, join, tests);
  if (ref.on !== undefined) tests.push(condition(binder, ref.on, both));
  if (join.startsWith('ASOF')) {
    if (ref.match === undefined) throw unsupported('ASOF JOIN without MATCH_CONDITION');
    tests.push(condition(binder, ref.match, both));
    // Snowflake's ASOF JOIN keeps rows of the left side that match nothing.
    join = 'ASOF LEFT';
  }
  if (join === 'CROSS' || (tests.length === 0 && join === 'INNER'))
    return { sql: `${left.sql} CROSS JOIN ${right.sql}`, relations };
  return {
    sql: `${left.sql} ${join} JOIN ${right.sql} ON ${tests.length === 0 ? 'true' : tests.join(' AND ')}`,
    relations,
  };
}

function sharedNames(left: BoundRef, right: BoundRef): Name[] {
  const names = new Set(right.relations.flatMap((relation) => relation.columns.map((column) => column.name)));
  return left.relations
    .flatMap((relation) => relation.columns)
    .filter((column) => names.has(column.name))
    .map(({ name }) => ({ name, start: 0 }));
}

function joinUsing(
  binder: Binder,
  using: readonly Name[],
  left: BoundRef,
  right: BoundRef,
  join: string,
  tests: string[],
): Relation[] {
  let relations = [...left.relations, ...right.relations];
  for (const name of using) {
    const find = (side: BoundRef): ScopeColumn => {
      const column = side.relations
        .flatMap((relation) => relation.columns)
        .find((candidate) => candidate.name === name.name);
      if (column === undefined) throw compileError(binder.sql, name.start, `invalid identifier '${name.name}'`);
      return column;
    };
    const [a, b] = [find(left), find(right)];
    const [x, y] = comparable(binder, a, b);
    tests.push(`${x} = ${y}`);
    const merged = unify(binder, [a, b]);
    const shown = join.startsWith('FULL')
      ? `COALESCE(${merged.sqls.join(', ')})`
      : join.startsWith('RIGHT')
        ? b.sql
        : a.sql;
    relations = relations.map((relation) => ({
      ...relation,
      columns: relation.columns.map((column) => (column === b ? { ...column, hidden: true } : column)),
    }));
    // An unqualified name means the joined column, a qualified one its own side.
    if (shown !== a.sql) {
      const joined: ScopeColumn = { ...a, sql: shown, type: merged.type };
      relations = relations.map((relation) => ({
        ...relation,
        columns: relation.columns.map((column) => (column === a ? { ...column, hidden: true } : column)),
      }));
      relations.unshift({ alias: undefined, path: [], columns: [joined] });
    }
  }
  return relations;
}
