import type { TableRef } from '../parse/ast.js';
import { bindExpression } from './bind-expression.js';
import { bindRef, fromQuery, type BoundRef } from './bind-from.js';
import type { Binder } from '../convert/binder.js';
import { newScope, type ResultColumn, type Scope, type ScopeColumn } from '../convert/scope.js';
import { compileError, unsupported } from '../types/sql-errors.js';
import { bindCall } from './bind-call.js';
import { comparable, unify } from '../convert/unify.js';
import { TEXT } from '../types/data-type.js';
import { quote } from '../types/quote.js';

const find = (binder: Binder, columns: readonly ScopeColumn[], name: string, start: number): ScopeColumn => {
  const column = columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw compileError(binder.sql, start, `invalid identifier '${name}'`);
  return column;
};

/** PIVOT as grouped conditional aggregates: the other columns are the groups. */
export function bindPivot(binder: Binder, ref: Extract<TableRef, { kind: 'pivot' }>, scope: Scope): BoundRef {
  const source = bindRef(binder, ref.source, scope);
  const columns = source.relations.flatMap((relation) => relation.columns);
  const [measure] = ref.aggregate.args;
  if (measure?.kind !== 'column' || ref.aggregate.args.length !== 1) throw unsupported('PIVOT of an expression');
  const value = find(binder, columns, measure.parts.at(-1)?.name ?? '', measure.start);
  const label = find(binder, columns, ref.column.name, ref.column.start);
  const groups = columns.filter((column) => column !== value && column !== label);
  if (groups.some((column) => column.type.kind === 'timestamp_tz')) throw unsupported('PIVOT beside TIMESTAMP_TZ');
  const result: ResultColumn[] = groups.map((column) => ({
    name: column.name,
    type: column.type,
    nullable: column.nullable,
  }));
  const items = groups.map((column, i) => `${column.sql} AS o${i}`);
  for (const item of ref.values) {
    const constant = bindExpression(binder, item.expr, newScope());
    const [a, b] = comparable(binder, label, constant);
    const inside = newScope();
    const only = { ...value, sql: `(CASE WHEN ${a} = ${b} THEN ${value.sql} END)` };
    inside.relations.push({ alias: undefined, path: [], columns: [only] });
    const aggregate = bindCall(
      binder,
      { ...ref.aggregate, args: [{ ...measure, parts: measure.parts.slice(-1) }] },
      inside,
    );
    items.push(`${aggregate.sql} AS o${result.length}`);
    // Without an alias the column is named by the literal, quotes included.
    const name = item.alias?.name ?? binder.sql.slice(item.expr.start, item.expr.end);
    result.push({ name, type: aggregate.type, nullable: true });
  }
  const group = groups.length === 0 ? '' : ` GROUP BY ${groups.map((column) => column.sql).join(', ')}`;
  return fromQuery(
    binder,
    { sql: `SELECT ${items.join(', ')} FROM ${source.sql}${group}`, columns: result },
    ref.alias,
  );
}

/** UNPIVOT: a row for each of the columns, without those that are NULL. */
export function bindUnpivot(binder: Binder, ref: Extract<TableRef, { kind: 'unpivot' }>, scope: Scope): BoundRef {
  const source = bindRef(binder, ref.source, scope);
  const columns = source.relations.flatMap((relation) => relation.columns);
  const chosen = ref.columns.map((name) => find(binder, columns, name.name, name.start));
  const kept = columns.filter((column) => !chosen.includes(column));
  const { type, sqls } = unify(binder, chosen);
  const pairs = chosen.map((column, i) => `{'l': ${quote(column.name)}, 'v': ${sqls[i] ?? 'NULL'}}`).join(', ');
  const alias = binder.alias();
  const inner = `SELECT ${[...kept.map((column, i) => `${column.sql} AS k${i}`), `unnest([${pairs}]) AS p`].join(', ')} FROM ${source.sql}`;
  const items = [...kept.map((_, i) => `k${i}`), 'p.l', 'p.v'].map((sql, i) => `${alias}.${sql} AS o${i}`);
  const where = ref.includeNulls ? '' : ` WHERE ${alias}.p.v IS NOT NULL`;
  const result: ResultColumn[] = [
    ...kept.map((column) => ({ name: column.name, type: column.type, nullable: column.nullable })),
    { name: ref.label.name, type: TEXT, nullable: false },
    { name: ref.value.name, type, nullable: true },
  ];
  return fromQuery(
    binder,
    { sql: `SELECT ${items.join(', ')} FROM (${inner}) ${alias}${where}`, columns: result },
    ref.alias,
  );
}
