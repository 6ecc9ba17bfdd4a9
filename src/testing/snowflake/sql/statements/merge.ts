import type { Expr } from '../parse/ast.js';
import { bindExpression, condition } from '../bind/bind-expression.js';
import { bindRef } from '../bind/bind-from.js';
import { columnOf, defaultOf, parseTableName, stored, targetRelation, targetTable } from './dml.js';
import { finish } from './runner/finish.js';
import { forgetPlan, insertSql, plan, PLAN, removePlanned, replacePlanned } from './rows/changed-rows.js';
import { INTEGER } from '../types/data-type.js';
import { literalRows, type Cell } from '../convert/literal-rows.js';
import type { TableColumn } from '../catalog/objects.js';
import { MERGE, type Outcome } from './runner/outcome.js';
import { parseExpression } from '../parse/parse-expression.js';
import { parseAlias, parseFrom } from '../parse/parse-from.js';
import { parseNames } from '../parse/parse-query.js';
import { newScope } from '../convert/scope.js';
import { unsupported } from '../types/sql-errors.js';
import type { Runner } from './runner/statement-runner.js';
import { SnowflakeSqlError } from '../types/sql-engine.js';

type Action = 'inserted' | 'updated' | 'deleted';

/** One WHEN: its condition, and what the row becomes. */
interface Clause {
  readonly when: string;
  readonly action: Action;
  /** In the table's order. */
  readonly values?: readonly string[];
}

/** MERGE INTO t USING s ON … WHEN [NOT] MATCHED … THEN …. */
export async function runMerge({ binder, cursor, connection, describeOnly }: Runner): Promise<Outcome> {
  cursor.expectWords('MERGE', 'INTO');
  const table = targetTable(binder, parseTableName(cursor), 'UPDATE');
  const alias = parseAlias(cursor).name;
  cursor.expectWords('USING');
  const label = binder.alias();
  const target = targetRelation(binder, table, alias, label);
  const [sourceRef] = parseFrom(cursor);
  if (sourceRef === undefined) throw cursor.unexpected();
  const source = bindRef(binder, sourceRef, newScope());
  const both = newScope();
  both.relations.push(...target.relations, ...source.relations);
  const sourceOnly = newScope();
  sourceOnly.relations.push(...source.relations);
  cursor.expectWords('ON');
  const on = condition(binder, parseExpression(cursor), both);
  const clauses: Clause[] = [];
  const kinds = new Set<Action>();
  const value = (expr: Expr, column: TableColumn, scope = both): string =>
    stored(binder, bindExpression(binder, expr, scope), column);
  while (cursor.takeWords('WHEN')) {
    const not = cursor.takeWords('NOT');
    cursor.expectWords('MATCHED');
    const scope = not ? sourceOnly : both;
    const extra = cursor.takeWords('AND') ? ` AND ${condition(binder, parseExpression(cursor), scope)}` : '';
    cursor.expectWords('THEN');
    const when = `${label}.sf_place IS ${not ? '' : 'NOT '}NULL${extra}`;
    if (!not && cursor.takeWords('DELETE')) {
      kinds.add('deleted');
      clauses.push({ when, action: 'deleted' });
    } else if (!not && cursor.takeWords('UPDATE')) {
      kinds.add('updated');
      if (cursor.isWord('ALL')) throw unsupported('MERGE … UPDATE ALL BY NAME');
      cursor.expectWords('SET');
      const sets = new Map<TableColumn, string>();
      do {
        const name = cursor.qualifiedName().at(-1);
        cursor.expectOp('=');
        const expr = parseExpression(cursor);
        if (name !== undefined) {
          const column = columnOf(binder, table, name);
          sets.set(column, value(expr, column));
        }
      } while (cursor.takeOp(','));
      const values = table.columns.map((column) => sets.get(column) ?? `${label}.${column.physical}`);
      clauses.push({ when, action: 'updated', values });
    } else {
      cursor.expectWords('INSERT');
      kinds.add('inserted');
      if (cursor.isWord('ALL')) throw unsupported('MERGE … INSERT ALL BY NAME');
      const columns = cursor.isOp('(')
        ? parseNames(cursor).map((name) => columnOf(binder, table, name))
        : [...table.columns];
      cursor.expectWords('VALUES');
      cursor.expectOp('(');
      const exprs: Expr[] = [];
      do exprs.push(parseExpression(cursor));
      while (cursor.takeOp(','));
      cursor.expectOp(')');
      if (exprs.length !== columns.length) throw cursor.unexpected();
      const values = table.columns.map((column) => {
        const expr = exprs[columns.indexOf(column)];
        return expr === undefined ? defaultOf(binder, column) : value(expr, column, sourceOnly);
      });
      clauses.push({ when, action: 'inserted', values });
    }
  }
  finish(cursor);
  const counts = { inserted: 0, updated: 0, deleted: 0 };
  if (!describeOnly) {
    binder.history.change(table.physical, binder.own.transaction, true);
    const actions = clauses.map(({ when, action }) => `WHEN ${when} THEN '${action}'`).join(' ');
    const values = table.columns.map(({ physical }, i) => {
      const cases = clauses.map(({ when, values: set }) => `WHEN ${when} THEN ${set?.[i] ?? 'NULL'}`).join(' ');
      return `CASE ${cases} END AS ${physical}`;
    });
    await plan(
      connection,
      `SELECT ${label}.sf_place AS r, ${label}.sf_row, CASE ${actions} END AS action, ${values.join(', ')} FROM ${source.sql} LEFT JOIN ${target.sql} ON ${on}`,
    );
    // Which of several rows a MERGE would take is left open: Snowflake refuses, unless all of them delete.
    const repeated = await connection.texts(
      `SELECT 1 FROM ${PLAN} WHERE r IS NOT NULL GROUP BY r HAVING count(action) > 1 AND count(*) FILTER (WHERE action = 'updated') > 0 LIMIT 1`,
    );
    if (repeated.length > 0) throw new SnowflakeSqlError('100090', '42P18', 'Duplicate row detected during DML action');
    await replacePlanned(binder, connection, table, `action = 'updated'`);
    await removePlanned(binder, connection, table, `action = 'deleted'`);
    const names = table.columns.map(({ physical }) => physical).join(', ');
    await connection.run(insertSql(binder, table, `SELECT ${names} FROM ${PLAN} WHERE action = 'inserted'`));
    const counted = await connection.texts(
      `SELECT action, CASE action WHEN 'inserted' THEN count(*) ELSE count(DISTINCT r) END FROM ${PLAN} WHERE action IS NOT NULL GROUP BY action`,
    );
    for (const [action, count] of counted) counts[action as Action] = Number(count);
    await forgetPlan(connection);
  }
  const shown = (['inserted', 'updated', 'deleted'] as const).filter((kind) => kinds.has(kind));
  return {
    query: literalRows(
      shown.map((kind) => [`number of rows ${kind}`, INTEGER]),
      [shown.map((kind): Cell => counts[kind])],
    ),
    statementTypeId: MERGE,
  };
}
