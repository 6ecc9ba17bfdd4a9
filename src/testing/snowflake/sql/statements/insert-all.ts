import { bindExpression, condition } from '../bind/bind-expression.js';
import { bindQuery } from '../bind/bind-query.js';
import type { DatabaseObject, TableColumn } from '../catalog/objects.js';
import { type Cell, literalRows } from '../convert/literal-rows.js';
import { type BoundQuery, newScope, type Scope, type Typed } from '../convert/scope.js';
import type { Expr } from '../parse/ast.js';
import { parseExpression } from '../parse/parse-expression.js';
import { parseNames, parseQuery, startsQuery } from '../parse/parse-query.js';
import type { TokenCursor } from '../parse/token-cursor.js';
import { INTEGER } from '../types/data-type.js';
import { compileError } from '../types/sql-errors.js';
import { columnOf, defaultOf, parseTableName, stored, targetTable } from './dml.js';
import { forgetPlan, insertSql, plan, PLAN, removeAll } from './rows/changed-rows.js';
import { finish } from './runner/finish.js';
import { INSERT, type Outcome } from './runner/outcome.js';
import type { Runner } from './runner/statement-runner.js';

/** Whether an INSERT into several tables comes next. */
export function isInsertAll(cursor: TokenCursor): boolean {
  const ahead = cursor.isWord('OVERWRITE', 1) ? 2 : 1;
  return cursor.isWord('ALL', ahead) || cursor.isWord('FIRST', ahead);
}

/** One INTO with its list of columns and values. */
interface Target {
  readonly table: DatabaseObject;
  readonly columns: readonly TableColumn[];
  /** Undefined: the query's columns in their order; of its items one may be DEFAULT. */
  readonly values: readonly (Expr | 'DEFAULT')[] | undefined;
  readonly start: number;
  /** Undefined: always. 'ELSE': where no WHEN holds. */
  readonly when: Expr | 'ELSE' | undefined;
}

/** INSERT [OVERWRITE] ALL | FIRST ("INSERT (multi-table)"). */
export async function runInsertAll(runner: Runner): Promise<Outcome> {
  const { binder, cursor, connection, single, describeOnly } = runner;
  cursor.expectWords('INSERT');
  const overwrite = cursor.takeWords('OVERWRITE');
  const first = cursor.takeWords('FIRST');
  if (!first) cursor.expectWords('ALL');
  const conditional = cursor.isWord('WHEN');
  if (first && !conditional) throw cursor.unexpected();
  const targets = conditional ? parseConditional(runner) : parseTargets(runner, undefined);
  const query = bindQuery(binder, parseQuery(cursor));
  finish(cursor);
  const scope = scopeOf(query);
  const whens = [...new Set(targets.map(({ when }) => when))].filter((when) => typeof when === 'object');
  const tests = new Map(whens.map((when) => [when, `COALESCE(${condition(binder, when, scope)}, false)`]));
  const none = (list: readonly Expr[]): string => list.map((when) => `NOT ${tests.get(when) ?? 'false'}`).join(' AND ');
  const inserts = targets.map((target) => {
    const { when } = target;
    const at = typeof when === 'object' ? whens.indexOf(when) : 0;
    const earlier = first && at > 0 ? ` AND ${none(whens.slice(0, at))}` : '';
    const where =
      when === undefined
        ? ''
        : when === 'ELSE'
          ? ` WHERE ${none(whens)}`
          : ` WHERE ${tests.get(when) ?? 'false'}${earlier}`;
    return insertSql(binder, target.table, `SELECT ${valuesOf(runner, target, query, scope)} FROM ${PLAN}${where}`);
  });
  const counts: Cell[] = targets.map(() => 0);
  if (!describeOnly) {
    const tables = new Set(targets.map(({ table }) => table));
    for (const table of tables) binder.history.change(table.physical, binder.own.transaction, overwrite);
    await plan(connection, query.sql);
    if (overwrite) for (const table of tables) await removeAll(binder, connection, table);
    for (const [i, sql] of inserts.entries()) counts[i] = Number((await single(sql)) ?? 0);
    await forgetPlan(connection);
  }
  return {
    query: literalRows(
      targets.map(({ table }) => [`number of rows inserted into ${table.name}`, INTEGER]),
      [counts],
    ),
    statementTypeId: INSERT,
  };
}

function parseConditional(runner: Runner): Target[] {
  const { cursor } = runner;
  const targets: Target[] = [];
  while (cursor.takeWords('WHEN')) {
    const when = parseExpression(cursor);
    cursor.expectWords('THEN');
    targets.push(...parseTargets(runner, when));
  }
  if (cursor.takeWords('ELSE')) targets.push(...parseTargets(runner, 'ELSE'));
  return targets;
}

function parseTargets({ binder, cursor }: Runner, when: Target['when']): Target[] {
  const targets: Target[] = [];
  do {
    const { start } = cursor.peek();
    cursor.expectWords('INTO');
    const table = targetTable(binder, parseTableName(cursor), 'INSERT');
    const listed = cursor.isOp('(') && !startsQuery(cursor);
    const columns = listed ? parseNames(cursor).map((name) => columnOf(binder, table, name)) : table.columns;
    const values = cursor.isWord('VALUES') ? parseValues(cursor) : undefined;
    targets.push({ table, columns, values, start, when });
  } while (cursor.isWord('INTO'));
  return targets;
}

function parseValues(cursor: TokenCursor): (Expr | 'DEFAULT')[] {
  const values: (Expr | 'DEFAULT')[] = [];
  cursor.next();
  cursor.expectOp('(');
  do values.push(cursor.takeWords('DEFAULT') ? 'DEFAULT' : parseExpression(cursor));
  while (cursor.takeOp(','));
  cursor.expectOp(')');
  return values;
}

/** The rows are fixed in a table before the first INTO: its columns are o0, o1, …. */
function scopeOf(query: BoundQuery): Scope {
  const scope = newScope();
  const columns = query.columns.map((column, i) => ({ ...column, sql: `${PLAN}.o${i}` }));
  scope.relations.push({ alias: undefined, path: [], columns });
  return scope;
}

function valuesOf({ binder }: Runner, target: Target, query: BoundQuery, scope: Scope): string {
  const { table, columns, values, start } = target;
  const given: readonly (Typed | 'DEFAULT')[] =
    values?.map((value) => (value === 'DEFAULT' ? value : bindExpression(binder, value, scope))) ??
    query.columns.map(({ type }, i) => ({ sql: `${PLAN}.o${i}`, type }));
  if (given.length !== columns.length)
    throw compileError(
      binder.sql,
      start,
      `Insert value list does not match column list expecting ${columns.length} but got ${given.length}`,
      '002020',
      '21S01',
    );
  return table.columns
    .map((column) => {
      const value = given[columns.indexOf(column)];
      return value === undefined || value === 'DEFAULT' ? defaultOf(binder, column) : stored(binder, value, column);
    })
    .join(', ');
}
