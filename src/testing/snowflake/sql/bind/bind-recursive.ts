import type { Cte, Hierarchy } from '../parse/ast.js';
import { unsupported } from '../types/sql-errors.js';
import { raise } from '../catalog/raise.js';
import { condition } from './bind-expression.js';
import { bindBody, bindQuery, recast } from './bind-query.js';
import type { Binder } from '../convert/binder.js';
import { fixed, INTEGER, TEXT } from '../types/data-type.js';
import {
  type BoundQuery,
  type Hierarchic,
  newScope,
  type Relation,
  type ResultColumn,
  type Scope,
} from '../convert/scope.js';

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

/**
 * CONNECT BY: the rows of FROM, joined level by level to the rows above them. Each row keeps the rows on the way to it,
 * which PRIOR, CONNECT_BY_ROOT and SYS_CONNECT_BY_PATH look at. Gives the FROM clause anew and changes the scope.
 */
export function bindHierarchy(binder: Binder, hierarchy: Hierarchy, scope: Scope, from: string): string {
  if (!hierarchy.connect.some((expr) => mentionsPrior(expr))) throw unsupported('CONNECT BY without PRIOR');
  const [base, tree, row, above, result] = [1, 2, 3, 4, 5].map(() => binder.alias()) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const list: string[] = [];
  for (const relation of scope.relations)
    for (const column of relation.columns) list.push(`${column.sql} AS c${list.length}`);
  /** The FROM items with their columns as fields of something. */
  const fields = (field: (name: string) => string): Relation[] => {
    let count = 0;
    return scope.relations.map((relation) => ({
      ...relation,
      columns: relation.columns.map((column) => ({ ...column, sql: field(`c${count++}`) })),
    }));
  };
  const scoped = (relations: readonly Relation[], more?: Hierarchic): Scope => {
    const own: Scope = { ...newScope(scope.parent), ...(more === undefined ? {} : { hierarchy: more }) };
    own.relations.push(...relations);
    return own;
  };
  const rows = fields((name) => `${row}.${name}`);
  const level = (sql: string): Relation => ({
    alias: undefined,
    path: [],
    pseudo: true,
    columns: [{ name: 'LEVEL', type: INTEGER, nullable: false, sql }],
  });
  const start = hierarchy.start === undefined ? '' : ` WHERE ${condition(binder, hierarchy.start, scoped(rows))}`;
  const upper: Hierarchic = { prior: fields((name) => `${above}.${name}`), top: [], each: [], path: undefined };
  const joined = scoped([...rows, level(`(${above}.lvl + 1)`)], upper);
  const on = hierarchy.connect.map((expr) => condition(binder, expr, joined)).join(' AND ');
  const names = list.map((_, i) => `${row}.c${i}`);
  const struct = `{${list.map((_, i) => `'c${i}': ${row}.c${i}`).join(', ')}}`;
  const circle = raise('000002', '0A000', `'Unsupported feature ''CONNECT BY over rows that go in a circle''.'`);
  const deeper = `CASE WHEN list_contains(${above}.way, ${struct}) THEN CAST(${circle} AS INTEGER) ELSE ${above}.lvl + 1 END`;
  const first = `SELECT ${[...names, '1 AS lvl', `[${struct}] AS way`].join(', ')} FROM ${base} ${row}${start}`;
  const next = `SELECT ${[...names, deeper, `list_append(${above}.way, ${struct})`].join(', ')} FROM ${tree} ${above} JOIN ${base} ${row} ON ${on}`;
  const way = `${result}.way`;
  const shown = fields((name) => `${result}.${name}`);
  scope.hierarchy = {
    prior: fields((name) => `(${way}[${result}.lvl - 1])['${name}']`),
    top: fields((name) => `(${way}[1])['${name}']`),
    each: fields((name) => `e['${name}']`),
    path: way,
  };
  scope.relations.splice(0, scope.relations.length, ...shown, level(`${result}.lvl`));
  return ` FROM (WITH RECURSIVE ${base} AS (SELECT ${list.join(', ')}${from}), ${tree} AS (${first} UNION ALL ${next}) SELECT * FROM ${tree}) ${result}`;
}

function mentionsPrior(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  if ('kind' in value && value.kind === 'call' && 'name' in value && value.name === 'PRIOR') return true;
  return Object.values(value).some((part) => mentionsPrior(part));
}
