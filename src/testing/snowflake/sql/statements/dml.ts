import type { Expr, Name } from '../parse/ast.js';
import { bindExpression, condition } from '../bind/bind-expression.js';
import { bindRef, type BoundRef } from '../bind/bind-from.js';
import { bindQuery } from '../bind/bind-query.js';
import { missingName, resolveIdentifier } from '../bind/bind-table.js';
import type { Binder } from '../convert/binder.js';
import { storedColumn } from '../types/collation.js';
import { storageOf, TEXT, INTEGER } from '../types/data-type.js';
import { literalRows, type Cell } from '../convert/literal-rows.js';
import type { DatabaseObject, TableColumn } from '../catalog/objects.js';
import { DELETE, INSERT, type Outcome, UPDATE } from './runner/outcome.js';
import { parseExpression } from '../parse/parse-expression.js';
import { parseAlias, parseFrom, parseIdentifierCall } from '../parse/parse-from.js';
import { parseNames, parseQuery } from '../parse/parse-query.js';
import { RESERVED } from '../types/reserved-words.js';
import { newScope, type Typed } from '../convert/scope.js';
import { compileError, objectMissing, unsupported } from '../types/sql-errors.js';
import type { Runner } from './runner/statement-runner.js';
import type { TokenCursor } from '../parse/token-cursor.js';
import { tokenize } from '../parse/tokenize.js';
import { TokenCursor as Cursor } from '../parse/token-cursor.js';
import { coerce } from '../convert/unify.js';
import { finish } from './runner/finish.js';
import { insertedRows } from './inserted-rows.js';
import {
  assigned,
  currentRows,
  forgetPlan,
  insertSql,
  plan,
  PLAN,
  removeAll,
  removePlanned,
  replacePlanned,
} from './rows/changed-rows.js';

/** A table's name, also as IDENTIFIER(…). */
export function parseTableName(cursor: TokenCursor): readonly Name[] {
  if (cursor.isWord('IDENTIFIER') && cursor.isOp('(', 1)) return parseIdentifierCall(cursor);
  return cursor.qualifiedName(RESERVED);
}

/** The table, if the role may do `privilege` to it. */
export function targetTable(binder: Binder, written: readonly Name[], privilege: string): DatabaseObject {
  const name = resolveIdentifier(binder, written);
  const [database, schema, table] = binder.objects.resolve(name, binder.context.database, binder.context.schema);
  const object = binder.objects.find(database, schema, table);
  if (object === undefined) throw objectMissing(missingName(name));
  binder.authorize(object, privilege);
  if (object.kind === 'VIEW') throw unsupported(`${privilege} on a view`);
  return object;
}

/** `number of rows inserted` and the like. */
export function counted(names: readonly string[], counts: readonly number[], statementTypeId: number): Outcome {
  return {
    query: literalRows(
      names.map((name) => [`number of rows ${name}`, INTEGER]),
      [counts.map((count): Cell => count)],
    ),
    statementTypeId,
  };
}

/** A column's DEFAULT as DuckDB text. */
export function defaultOf(binder: Binder, column: TableColumn): string {
  if (column.sequence !== undefined) return `nextval('${column.sequence}')`;
  if (column.defaultSql === undefined) return `CAST(NULL AS ${storageOf(column.type)})`;
  const inside: Binder = { ...binder, sql: column.defaultSql };
  const cursor = new Cursor(column.defaultSql, tokenize(column.defaultSql));
  return stored(inside, bindExpression(inside, parseExpression(cursor), newScope()), column);
}

/** The value in the column's storage; text that is too long is refused. */
export function stored(binder: Binder, value: Typed, column: TableColumn): string {
  const sql = coerce(binder, value, column.type).sql;
  const { type } = column;
  const long = type.kind === 'text' && type.length < TEXT.length;
  const checked = long
    ? `CASE WHEN length(${sql}) > ${type.length} THEN error('SF|100078|22000|String ''' || ${sql} || ''' is too long and would be truncated') ELSE ${sql} END`
    : sql;
  return `CAST(${checked} AS ${storageOf(type)})`;
}

export function columnOf(binder: Binder, table: DatabaseObject, name: Name): TableColumn {
  const column = table.columns.find((candidate) => candidate.name === name.name);
  if (column === undefined) throw compileError(binder.sql, name.start, `invalid identifier '${missingName([name])}'`);
  return column;
}

/** INSERT [OVERWRITE] INTO t [(columns)] VALUES … | query. */
export async function runInsert({ binder, cursor, connection, single, describeOnly }: Runner): Promise<Outcome> {
  cursor.expectWords('INSERT');
  const overwrite = cursor.takeWords('OVERWRITE');
  cursor.expectWords('INTO');
  const table = targetTable(binder, parseTableName(cursor), 'INSERT');
  const listed = cursor.isOp('(') && !cursor.isWord('SELECT', 1) && !cursor.isWord('WITH', 1);
  const columns = listed ? parseNames(cursor).map((name) => columnOf(binder, table, name)) : [...table.columns];
  const defaults = (column: TableColumn): string => defaultOf(binder, column);
  let source: string;
  const alias = binder.alias();
  const query = parseQuery(cursor);
  finish(cursor);
  const mismatch = (count: number): void => {
    if (count !== columns.length)
      throw compileError(
        binder.sql,
        0,
        `Insert value list does not match column list expecting ${columns.length} but got ${count}`,
        '002020',
        '21S01',
      );
  };
  const ordered = (value: (column: TableColumn, index: number) => string): string =>
    table.columns
      .map((column) => {
        const index = columns.indexOf(column);
        return index < 0 ? defaults(column) : value(column, index);
      })
      .join(', ');
  if (query.body.kind === 'values' && query.ctes.length === 0) {
    const { rows } = query.body;
    const compiled = (value: (expr: Expr) => Typed): string[] =>
      rows.map((row) => {
        mismatch(row.length);
        return ordered((column, i) => {
          const expr: Expr | undefined = row[i];
          if (expr === undefined || (expr.kind === 'variable' && expr.name === 'DEFAULT')) return defaults(column);
          return stored(binder, value(expr), column);
        });
      });
    source = insertedRows(binder, rows, columns, compiled);
  } else {
    const bound = bindQuery(binder, query);
    mismatch(bound.columns.length);
    const list = ordered((column, i) =>
      stored(binder, { sql: `${alias}.o${i}`, type: bound.columns[i]?.type ?? column.type }, column),
    );
    source = `SELECT ${list} FROM (${bound.sql}) ${alias}`;
  }
  if (describeOnly) return counted(['inserted'], [0], INSERT);
  binder.history.change(table.physical, binder.own.transaction, overwrite);
  if (overwrite) await removeAll(binder, connection, table);
  const inserted = await single(insertSql(binder, table, source));
  return counted(['inserted'], [Number(inserted ?? 0)], INSERT);
}

/** The table as a relation of the statement. */
export function targetRelation(
  binder: Binder,
  table: DatabaseObject,
  alias: Name | undefined,
  label: string,
): BoundRef {
  const columns = table.columns.map((column) => ({
    name: column.name,
    type: column.type,
    nullable: column.nullable,
    sql: storedColumn(`${label}.${column.physical}`, column.type),
  }));
  return {
    sql: `${currentRows(binder, table)} ${label}`,
    relations: [{ alias: alias?.name, path: [table.database, table.schema, table.name], columns }],
  };
}

/** UPDATE t SET … [FROM …] [WHERE …]. */
export async function runUpdate({ binder, cursor, connection, describeOnly }: Runner): Promise<Outcome> {
  cursor.expectWords('UPDATE');
  const table = targetTable(binder, parseTableName(cursor), 'UPDATE');
  const alias = cursor.isWord('SET') ? undefined : parseAlias(cursor).name;
  cursor.expectWords('SET');
  const label = binder.alias();
  const target = targetRelation(binder, table, alias, label);
  const sets: [TableColumn, Expr][] = [];
  do {
    const name = cursor.qualifiedName().at(-1);
    cursor.expectOp('=');
    if (name !== undefined) sets.push([columnOf(binder, table, name), parseExpression(cursor)]);
  } while (cursor.takeOp(','));
  const scope = newScope();
  scope.relations.push(...target.relations);
  const sources = cursor.takeWords('FROM')
    ? parseFrom(cursor).map((ref) => {
        const bound = bindRef(binder, ref, scope);
        scope.relations.push(...bound.relations);
        return bound.sql;
      })
    : [];
  const where = cursor.takeWords('WHERE') ? ` WHERE ${condition(binder, parseExpression(cursor), scope)}` : '';
  finish(cursor);
  const assignments = new Map(
    sets.map(([column, expr]) => [column, stored(binder, bindExpression(binder, expr, scope), column)]),
  );
  if (describeOnly) return counted(['updated', 'multi-joined rows updated'], [0, 0], UPDATE);
  binder.history.change(table.physical, binder.own.transaction, true);
  const values = assigned(table, label, (column) => assignments.get(column));
  const from = [target.sql, ...sources].join(', ');
  await plan(connection, `SELECT ${label}.sf_place AS r, ${label}.sf_row, ${values} FROM ${from}${where}`);
  await replacePlanned(binder, connection, table);
  const counts = await connection.texts(
    `SELECT count(*), count(*) FILTER (WHERE n > 1) FROM (SELECT count(*) AS n FROM ${PLAN} GROUP BY r)`,
  );
  await forgetPlan(connection);
  const names = ['number of rows updated', 'number of multi-joined rows updated'];
  return {
    query: literalRows(
      names.map((name) => [name, INTEGER]),
      [[Number(counts[0]?.[0] ?? 0), Number(counts[0]?.[1] ?? 0)]],
    ),
    statementTypeId: UPDATE,
  };
}

/** DELETE FROM t [USING …] [WHERE …]. */
export async function runDelete({ binder, cursor, connection, describeOnly }: Runner): Promise<Outcome> {
  cursor.expectWords('DELETE', 'FROM');
  const table = targetTable(binder, parseTableName(cursor), 'DELETE');
  const alias = cursor.isWord('USING') || cursor.isWord('WHERE') ? undefined : parseAlias(cursor).name;
  const label = binder.alias();
  const target = targetRelation(binder, table, alias, label);
  const scope = newScope();
  scope.relations.push(...target.relations);
  const sources = cursor.takeWords('USING')
    ? parseFrom(cursor).map((ref) => {
        const bound = bindRef(binder, ref, scope);
        scope.relations.push(...bound.relations);
        return bound.sql;
      })
    : [];
  const where = cursor.takeWords('WHERE') ? ` WHERE ${condition(binder, parseExpression(cursor), scope)}` : '';
  finish(cursor);
  if (describeOnly) return counted(['deleted'], [0], DELETE);
  binder.history.change(table.physical, binder.own.transaction, true);
  await plan(connection, `SELECT DISTINCT ${label}.sf_place AS r FROM ${[target.sql, ...sources].join(', ')}${where}`);
  await removePlanned(binder, connection, table);
  const [deleted] = await connection.texts(`SELECT count(*) FROM ${PLAN}`);
  await forgetPlan(connection);
  return counted(['deleted'], [Number(deleted?.[0] ?? 0)], DELETE);
}
