import type { Expr, OrderItem, Query, QueryBody, Select, SelectItem } from '../parse/ast.js';
import { orderTerm, sortKey } from './bind-call.js';
import { bindExpression, condition } from './bind-expression.js';
import { bindFrom } from './bind-from.js';
import { bindGroupBy } from './bind-group-by.js';
import type { Binder } from '../convert/binder.js';
import { castTo } from '../convert/cast.js';
import { INTEGER, isOpaque, typeName } from '../types/data-type.js';
import { type BoundQuery, newScope, type ResultColumn, type Scope } from '../convert/scope.js';
import { compileError, unsupported } from '../types/sql-errors.js';
import { starColumns } from './resolve-column.js';
import { coerce, commonType } from '../convert/unify.js';
import { bindHierarchy, bindRecursive } from './bind-recursive.js';
import { ungroupedColumn } from './ungrouped.js';

/** Compiles a query; its columns come out as o0, o1, …. */
export function bindQuery(binder: Binder, query: Query, parent?: Scope): BoundQuery {
  const frame = new Map<string, { columns: readonly ResultColumn[]; sql: string }>();
  const inner: Binder = { ...binder, ctes: [...binder.ctes, frame] };
  const heads: string[] = [];
  let recursive = false;
  for (const cte of query.ctes) {
    const alias = binder.alias();
    const selfNamed = query.recursive && cte.query.body.kind === 'setop';
    const bound = selfNamed ? bindRecursive(inner, cte, alias, frame) : bindQuery(inner, cte.query, parent);
    recursive ||= selfNamed;
    const columns = bound.columns.map((column, i) => ({ ...column, name: cte.columns[i]?.name ?? column.name }));
    frame.set(cte.name.name, { columns, sql: alias });
    heads.push(`${alias} AS (${bound.sql})`);
  }
  const bound = bindBody(inner, query.body, parent, query);
  if (heads.length === 0) return bound;
  return { ...bound, sql: `WITH ${recursive ? 'RECURSIVE ' : ''}${heads.join(', ')} ${bound.sql}` };
}

/** What stands behind the body: order and limits. */
type Tail = Pick<Query, 'orderBy' | 'limit' | 'offset'>;
const NO_TAIL: Tail = { orderBy: [], limit: undefined, offset: undefined };

/** A query's body with its ORDER BY and LIMIT. */
export function bindBody(binder: Binder, body: QueryBody, parent: Scope | undefined, tail: Tail = NO_TAIL): BoundQuery {
  switch (body.kind) {
    case 'select':
      return bindSelect(binder, body, parent, tail);
    case 'nested': {
      const inner = bindQuery(binder, body.query, parent);
      return wrapped(binder, inner, tail, parent);
    }
    case 'setop':
      return wrapped(binder, bindSetOperation(binder, body, parent), tail, parent);
    case 'values':
      return wrapped(binder, bindValues(binder, body.rows, parent), tail, parent);
  }
}

function bindSetOperation(
  binder: Binder,
  body: Extract<QueryBody, { kind: 'setop' }>,
  parent: Scope | undefined,
): BoundQuery {
  const left = bindBody(binder, body.left, parent);
  const right = bindBody(binder, body.right, parent);
  if (left.columns.length !== right.columns.length)
    throw compileError(
      binder.sql,
      0,
      `invalid number of result columns for set operator input branches, expected ${left.columns.length}, got ${right.columns.length} in branch {2}`,
      '001789',
      '42601',
    );
  const columns = left.columns.map((column, i): ResultColumn => {
    const other = right.columns[i] ?? column;
    return { name: column.name, type: commonType({ sql: '', ...column }, { sql: '', ...other }), nullable: true };
  });
  const sides = [recast(binder, left, columns), recast(binder, right, columns)];
  if (body.op !== 'UNION ALL') distinctOn(columns, []);
  if (body.op === 'UNION ALL' || !columns.some(({ type }) => type.kind === 'timestamp_tz'))
    return { sql: sides.join(` ${body.op} `), columns };
  if (body.op !== 'UNION') throw unsupported(`${body.op} of TIMESTAMP_TZ`);
  const keys = distinctOn(
    columns,
    columns.map((_, i) => `o${i}`),
  );
  return { sql: `SELECT ${keys}* FROM (${sides.join(' UNION ALL ')}) ${binder.alias()}`, columns };
}

/** The query with its columns brought to other types. */
export function recast(binder: Binder, query: BoundQuery, columns: readonly ResultColumn[]): string {
  const alias = binder.alias();
  const items = columns.map((column, i) => {
    const own = query.columns[i];
    const value = { sql: `${alias}.o${i}`, type: own?.type ?? column.type };
    return `${coerce(binder, value, column.type).sql} AS o${i}`;
  });
  return `(SELECT ${items.join(', ')} FROM (${query.sql}) ${alias})`;
}

function bindValues(binder: Binder, rows: readonly (readonly Expr[])[], parent: Scope | undefined): BoundQuery {
  const scope = newScope(parent);
  const bound = rows.map((row) => row.map((value) => bindExpression(binder, value, scope)));
  const width = bound[0]?.length ?? 0;
  if (bound.some((row) => row.length !== width)) throw unsupported('VALUES rows of different lengths');
  const columns = Array.from({ length: width }, (_, i): ResultColumn => {
    const values = bound.flatMap((row) => row.slice(i, i + 1));
    const type = values.reduce((a, b) => ({ ...(a.type.kind === 'null' ? b : a), type: commonType(a, b) })).type;
    return { name: `COLUMN${i + 1}`, type, nullable: true };
  });
  const items = bound.map(
    (row) =>
      `SELECT ${row.map((value, i) => `${coerce(binder, value, columns[i]?.type ?? value.type).sql} AS o${i}`).join(', ')}`,
  );
  return { sql: items.join(' UNION ALL '), columns };
}

/** ORDER BY over a set operation or VALUES sees only the result's columns. */
function wrapped(binder: Binder, query: BoundQuery, tail: Tail, parent: Scope | undefined): BoundQuery {
  if (tail.orderBy.length === 0 && tail.limit === undefined && tail.offset === undefined) return query;
  const alias = binder.alias();
  const scope = newScope(parent);
  scope.relations.push({
    alias: undefined,
    path: [],
    columns: query.columns.map((column, i) => ({ ...column, sql: `${alias}.o${i}` })),
  });
  const outputs = query.columns.map((_, i) => `${alias}.o${i}`);
  const order = orderClause(binder, tail, scope, query.columns, outputs);
  const list = outputs.map((sql, i) => `${sql} AS o${i}`).join(', ');
  return { ...query, sql: `SELECT ${list} FROM (${query.sql}) ${alias}${order}${limitClause(binder, tail, scope)}` };
}

function bindSelect(binder: Binder, select: Select, parent: Scope | undefined, tail: Tail): BoundQuery {
  const scope = newScope(parent);
  const source = bindFrom(binder, select.from, scope);
  const from = select.hierarchy === undefined ? source : bindHierarchy(binder, select.hierarchy, scope, source);
  for (const item of select.items)
    if (item.alias !== undefined && !scope.aliases.has(item.alias.name)) scope.aliases.set(item.alias.name, item.expr);
  const columns: ResultColumn[] = [];
  const sqls: string[] = [];
  const exprs: (Expr | undefined)[] = [];
  for (const item of select.items) {
    if (item.expr.kind === 'star') {
      const { replace } = item.expr;
      for (const column of starColumns(item.expr, scope)) {
        const replaced = replace.get(column.name);
        const value = replaced === undefined ? column : bindExpression(binder, replaced, scope);
        columns.push({
          name: column.name,
          type: value.type,
          nullable: value.nullable !== false,
          origin: column.origin,
        });
        sqls.push(value.sql);
        exprs.push(undefined);
      }
    } else {
      const value = bindItem(binder, item, scope);
      columns.push({
        name: nameOf(binder, item),
        type: value.type,
        nullable: value.nullable !== false,
        origin: originOf(item.expr, scope),
      });
      sqls.push(value.sql);
      exprs.push(item.expr);
    }
  }
  if (columns.length === 0) throw compileError(binder.sql, 0, 'SELECT with no columns', '002030', '42601');
  const where = select.where === undefined ? '' : ` WHERE ${condition(binder, select.where, scope)}`;
  const group =
    select.groupBy === undefined
      ? { sql: '', sqls, keys: new Set<string>() }
      : bindGroupBy(binder, select.groupBy, scope, { columns, sqls, exprs });
  binder.diagnosis.ungrouped.push(() => ungroupedColumn(binder, select, scope, group.keys));
  const having = select.having === undefined ? '' : ` HAVING ${condition(binder, select.having, scope)}`;
  const qualify = select.qualify === undefined ? '' : ` QUALIFY ${condition(binder, select.qualify, scope)}`;
  const order = orderClause(binder, tail, scope, columns, group.sqls, select.distinct);
  const limits: Tail = select.top === undefined ? tail : { ...tail, limit: select.top };
  const list = group.sqls.map((sql, i) => `${sql} AS o${i}`).join(', ');
  const distinct = select.distinct ? distinctOn(columns, group.sqls) : '';
  const sql = `SELECT ${distinct}${list}${from}${where}${group.sql}${having}${qualify}${order}${limitClause(binder, limits, scope)}`;
  return { sql, columns };
}

/** DISTINCT, by the instant where a value has an offset too. */
function distinctOn(columns: readonly ResultColumn[], sqls: readonly string[]): string {
  const opaque = columns.find(({ type }) => isOpaque(type));
  if (opaque !== undefined) throw unsupported(`comparison of ${typeName(opaque.type)}`);
  if (!columns.some(({ type }) => type.kind === 'timestamp_tz')) return 'DISTINCT ';
  return `DISTINCT ON (${columns.map(({ type }, i) => sortKey({ sql: sqls[i] ?? 'NULL', type })).join(', ')}) `;
}

function bindItem(binder: Binder, item: SelectItem, scope: Scope): ReturnType<typeof bindExpression> {
  const alias = item.alias?.name;
  // `a + 1 AS a` means the column a inside.
  if (alias !== undefined) scope.resolving.add(alias);
  try {
    return bindExpression(binder, item.expr, scope);
  } finally {
    if (alias !== undefined) scope.resolving.delete(alias);
  }
}

/** The column's name: its alias, the column's own, or the expression's text in capitals. */
function nameOf(binder: Binder, item: SelectItem): string {
  if (item.alias !== undefined) return item.alias.name;
  const { expr } = item;
  if (expr.kind === 'column') return expr.parts.at(-1)?.name ?? '';
  if (expr.kind === 'position') return `$${expr.index}`;
  return binder.sql.slice(expr.start, expr.end).toUpperCase();
}

function originOf(expr: Expr, scope: Scope): ResultColumn['origin'] {
  if (expr.kind !== 'column') return undefined;
  const name = expr.parts.at(-1)?.name;
  for (const relation of scope.relations) {
    const hit = relation.columns.find((column) => column.name === name);
    if (hit !== undefined) return hit.origin;
  }
  return undefined;
}

function orderClause(
  binder: Binder,
  tail: Tail,
  scope: Scope,
  columns: readonly ResultColumn[],
  sqls: readonly string[],
  distinct = false,
): string {
  const term = (item: OrderItem, index: number): string =>
    orderTerm(item, { sql: distinct ? `o${index}` : (sqls[index] ?? 'NULL'), type: columns[index]?.type ?? INTEGER });
  if (tail.orderBy === 'ALL') {
    const item = { expr: { kind: 'null' as const, start: 0, end: 0 }, desc: false, nullsFirst: undefined };
    return ` ORDER BY ${columns.map((_, i) => term(item, i)).join(', ')}`;
  }
  if (tail.orderBy.length === 0) return '';
  const terms = tail.orderBy.map((item) => {
    const { expr } = item;
    if (expr.kind === 'number' && /^\d+$/.test(expr.text)) {
      const index = Number(expr.text) - 1;
      if (index >= columns.length || index < 0)
        throw compileError(
          binder.sql,
          expr.start,
          `Order By list position ${expr.text} is not in the select list`,
          '002031',
          '42601',
        );
      return term(item, index);
    }
    const name = expr.kind === 'column' && expr.parts.length === 1 ? expr.parts[0]?.name : undefined;
    const index = columns.findIndex((column) => column.name === name);
    if (columns.some((column, i) => column.name === name && sqls[i] !== sqls[index]))
      throw compileError(binder.sql, expr.start, `ambiguous column name '${name ?? ''}'`, '000957', '42601');
    if (index >= 0) return term(item, index);
    const value = bindExpression(binder, expr, scope);
    const same = distinct ? sqls.indexOf(value.sql) : -1;
    if (same >= 0) return term(item, same);
    // DuckDB would order by the value of one of the rows that DISTINCT made one.
    if (distinct) throw unsupported(`SELECT DISTINCT ordered by what it does not select (${value.shown ?? ''})`);
    return orderTerm(item, value);
  });
  return ` ORDER BY ${terms.join(', ')}`;
}

function limitClause(binder: Binder, tail: Tail, scope: Scope): string {
  const clause = (word: string, expr: Expr | undefined): string => {
    if (expr === undefined || expr.kind === 'null') return '';
    return ` ${word} CAST(${castTo(binder, bindExpression(binder, expr, scope), INTEGER).sql} AS BIGINT)`;
  };
  return `${clause('LIMIT', tail.limit)}${clause('OFFSET', tail.offset)}`;
}
