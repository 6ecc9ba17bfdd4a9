import { missingName } from '../bind/bind-table.js';
import { storageOf } from '../types/data-type.js';
import { findTable, ifExists, ifNotExists } from './ddl.js';
import { defaultOf, finish, parseTableName } from './dml.js';
import { requirePrivilege } from '../catalog/grants.js';
import type { DatabaseObject, TableColumn } from '../catalog/objects.js';
import type { Outcome } from '../convert/outcome.js';
import { parseExpression } from '../parse/parse-expression.js';
import { skipProperties } from '../parse/parse-properties.js';
import { parseType } from '../parse/parse-type.js';
import { objectMissing, unsupported } from '../types/sql-errors.js';
import { type Runner, status } from './statement-runner.js';

/** DROP and TRUNCATE of tables and views. */
export async function dropTable(runner: Runner, kind: 'TABLE' | 'VIEW', truncate = false): Promise<Outcome> {
  const { binder, cursor, catalog } = runner;
  const gentle = ifExists(cursor);
  const name = parseTableName(cursor);
  if (!cursor.takeWords('CASCADE')) cursor.takeWords('RESTRICT');
  finish(cursor);
  const [database, schema, table] = binder.objects.resolve(name, binder.context.database, binder.context.schema);
  const object = binder.objects.find(database, schema, table);
  if (object?.kind !== kind) {
    if (gentle) return status(`Drop statement executed successfully (${table} already dropped).`);
    throw objectMissing(missingName(name), kind === 'TABLE' ? 'Table' : 'View');
  }
  requirePrivilege(
    catalog,
    binder.context,
    `OWNERSHIP ON ${kind} ${database}.${schema}.${table}`,
    kind.toLowerCase(),
    table,
  );
  if (truncate) {
    await runner.connection.run(`DELETE FROM ${object.physical}`);
    return status('Statement executed successfully.');
  }
  if (kind === 'TABLE') await runner.connection.run(`DROP TABLE IF EXISTS ${object.physical}`);
  binder.objects.schema(database, schema).delete(table);
  for (const grants of catalog.roles.values())
    for (const grant of [...grants])
      if (grant.endsWith(` ON ${kind} ${database}.${schema}.${table}`)) grants.delete(grant);
  await runner.persist();
  return status(`${table} successfully dropped.`);
}

/** ALTER TABLE: ADD, DROP and RENAME COLUMN, RENAME TO, SET of properties. */
export async function alterTable(runner: Runner): Promise<Outcome> {
  const { binder, cursor, connection } = runner;
  const gentle = ifExists(cursor);
  const name = parseTableName(cursor);
  let object: DatabaseObject;
  try {
    object = findTable(binder, name);
  } catch (error) {
    if (gentle) return status('Statement executed successfully.');
    throw error;
  }
  const path = `${object.database}.${object.schema}.${object.name}`;
  requirePrivilege(runner.catalog, binder.context, `OWNERSHIP ON TABLE ${path}`, 'table', object.name);
  if (cursor.takeWords('ADD')) {
    cursor.takeWords('COLUMN');
    ifNotExists(cursor);
    do {
      const column = cursor.name().name;
      const type = parseType(cursor);
      let defaultSql: string | undefined;
      if (cursor.takeWords('DEFAULT')) {
        const { start } = cursor.peek();
        parseExpression(cursor);
        defaultSql = cursor.sql.slice(start, cursor.lastEnd);
      }
      const used = object.columns.map((candidate) => Number(candidate.physical.slice(1)));
      const physical = `c${Math.max(-1, ...used) + 1}`;
      const added: TableColumn = { name: column, type, nullable: true, defaultSql, physical, primaryKey: false };
      await connection.run(`ALTER TABLE ${object.physical} ADD COLUMN ${physical} ${storageOf(type)}`);
      if (defaultSql !== undefined)
        await connection.run(`UPDATE ${object.physical} SET ${physical} = ${defaultOf(binder, added)}`);
      object.columns.push(added);
    } while (cursor.takeOp(','));
  } else if (cursor.takeWords('DROP')) {
    cursor.takeWords('COLUMN');
    ifExists(cursor);
    const column = cursor.name().name;
    const found = object.columns.find((candidate) => candidate.name === column);
    if (found === undefined) throw objectMissing(column, 'Column');
    await connection.run(`ALTER TABLE ${object.physical} DROP COLUMN ${found.physical}`);
    object.columns = object.columns.filter((candidate) => candidate !== found);
  } else if (cursor.takeWords('RENAME', 'COLUMN')) {
    const from = cursor.name().name;
    cursor.expectWords('TO');
    const to = cursor.name().name;
    object.columns = object.columns.map((column) => (column.name === from ? { ...column, name: to } : column));
  } else if (cursor.takeWords('RENAME', 'TO')) {
    const [database, schema, table] = binder.objects.resolve(
      parseTableName(cursor),
      binder.context.database,
      binder.context.schema,
    );
    binder.objects.schema(object.database, object.schema).delete(object.name);
    binder.objects.schema(database, schema).set(table, { ...object, database, schema, name: table });
  } else if (cursor.isWord('SET') || cursor.isWord('UNSET')) {
    cursor.next();
    if (!['CHANGE_TRACKING', 'COMMENT', 'DATA_RETENTION_TIME_IN_DAYS'].includes(cursor.peek().value))
      throw unsupported(`ALTER TABLE SET ${cursor.peek().value}`);
    skipProperties(cursor, []);
  } else throw unsupported(`ALTER TABLE ${cursor.peek().value}`);
  finish(cursor);
  await runner.persist();
  return status('Statement executed successfully.');
}
