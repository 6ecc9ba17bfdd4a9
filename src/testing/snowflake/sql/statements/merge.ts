import type { Expr } from '../parse/ast.js';
import { bindExpression, condition } from '../bind/bind-expression.js';
import { bindRef } from '../bind/bind-from.js';
import { columnOf, defaultOf, finish, parseTableName, stored, targetRelation, targetTable } from './dml.js';
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

/** MERGE INTO t USING s ON … WHEN [NOT] MATCHED … THEN …. */
export async function runMerge({ binder, cursor, connection, describeOnly }: Runner): Promise<Outcome> {
  cursor.expectWords('MERGE', 'INTO');
  const table = targetTable(binder, parseTableName(cursor), 'UPDATE');
  const alias = parseAlias(cursor).name;
  cursor.expectWords('USING');
  const label = binder.alias();
  const target = targetRelation(table, alias, label);
  const [sourceRef] = parseFrom(cursor);
  if (sourceRef === undefined) throw cursor.unexpected();
  const source = bindRef(binder, sourceRef, newScope());
  const both = newScope();
  both.relations.push(...target.relations, ...source.relations);
  const sourceOnly = newScope();
  sourceOnly.relations.push(...source.relations);
  cursor.expectWords('ON');
  const on = condition(binder, parseExpression(cursor), both);
  const clauses: string[] = [];
  const matched: string[] = [];
  const kinds = new Set<'inserted' | 'updated' | 'deleted'>();
  const value = (expr: Expr, column: TableColumn, scope = both): string =>
    stored(binder, bindExpression(binder, expr, scope), column);
  while (cursor.takeWords('WHEN')) {
    const not = cursor.takeWords('NOT');
    cursor.expectWords('MATCHED');
    const scope = not ? sourceOnly : both;
    const extra = cursor.takeWords('AND') ? ` AND ${condition(binder, parseExpression(cursor), scope)}` : '';
    cursor.expectWords('THEN');
    const head = `WHEN ${not ? 'NOT ' : ''}MATCHED${extra} THEN `;
    if (!not && cursor.takeWords('DELETE')) {
      kinds.add('deleted');
      matched.push(`WHEN true${extra} THEN 'DELETE'`);
      clauses.push(`${head}DELETE`);
    } else if (!not && cursor.takeWords('UPDATE')) {
      kinds.add('updated');
      matched.push(`WHEN true${extra} THEN 'UPDATE'`);
      if (cursor.isWord('ALL')) throw unsupported('MERGE … UPDATE ALL BY NAME');
      cursor.expectWords('SET');
      const sets: string[] = [];
      do {
        const name = cursor.qualifiedName().at(-1);
        cursor.expectOp('=');
        const expr = parseExpression(cursor);
        if (name !== undefined) {
          const column = columnOf(binder, table, name);
          sets.push(`${column.physical} = ${value(expr, column)}`);
        }
      } while (cursor.takeOp(','));
      clauses.push(`${head}UPDATE SET ${sets.join(', ')}`);
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
      clauses.push(
        `${head}INSERT (${table.columns.map((column) => column.physical).join(', ')}) VALUES (${values.join(', ')})`,
      );
    }
  }
  finish(cursor);
  const counts = { inserted: 0, updated: 0, deleted: 0 };
  if (!describeOnly) {
    if (matched.length > 0) {
      // Which of several rows a MERGE would take is left open: Snowflake refuses, unless all of them delete.
      const action = `(CASE ${matched.join(' ')} END)`;
      const several = `count(${action}) > 1 AND count(*) FILTER (WHERE ${action} = 'UPDATE') > 0`;
      const repeated = await connection.texts(
        `SELECT 1 FROM ${target.sql} JOIN ${source.sql} ON ${on} GROUP BY ${label}.rowid HAVING ${several} LIMIT 1`,
      );
      if (repeated.length > 0)
        throw new SnowflakeSqlError('100090', '42P18', 'Duplicate row detected during DML action');
    }
    const rows = await connection.texts(
      `MERGE INTO ${target.sql} USING ${source.sql} ON ${on} ${clauses.join(' ')} RETURNING merge_action`,
    );
    for (const [action] of rows) {
      if (action === 'INSERT') counts.inserted += 1;
      else if (action === 'UPDATE') counts.updated += 1;
      else if (action === 'DELETE') counts.deleted += 1;
    }
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
