import { removeAll } from './rows/changed-rows.js';
import { missingName } from '../bind/bind-table.js';
import { storageOf } from '../types/data-type.js';
import { findTable } from './ddl.js';
import { defaultOf, parseTableName } from './dml.js';
import { finish, ifExists, ifNotExists } from './runner/finish.js';
import { requirePrivilege } from '../catalog/grants.js';
import type { DatabaseObject, TableColumn } from '../catalog/objects.js';
import type { Outcome } from './runner/outcome.js';
import { parseExpression } from '../parse/parse-expression.js';
import { skipProperties } from '../parse/parse-properties.js';
import { parseType } from '../parse/parse-type.js';
import { SnowflakeSqlError } from '../types/sql-engine.js';
import { objectExists, objectMissing, unsupported } from '../types/sql-errors.js';
import { type Runner, status } from './runner/statement-runner.js';

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
  if (object.temporary !== true)
    requirePrivilege(
      catalog,
      binder.context,
      `OWNERSHIP ON ${kind} ${database}.${schema}.${table}`,
      kind.toLowerCase(),
      table,
    );
  if (truncate) {
    binder.history.claim(object.physical);
    await removeAll(binder, runner.connection, object);
    return status('Statement executed successfully.');
  }
  if (kind === 'TABLE') {
    binder.history.claim(object.physical);
    await runner.connection.run(`DROP TABLE IF EXISTS ${object.physical}`);
  }
  binder.objects.remove(object);
  if (object.temporary !== true)
    for (const grants of catalog.roles.values())
      for (const grant of [...grants])
        if (grant.endsWith(` ON ${kind} ${database}.${schema}.${table}`)) grants.delete(grant);
  await runner.persist();
  return status(`${table} successfully dropped.`);
}

/** Carries an ALTER TABLE out, after all of it was read and found right. */
type Change = () => Promise<void>;

/** ALTER TABLE: ADD, DROP and RENAME COLUMN, RENAME TO, SET of properties. */
export async function alterTable(runner: Runner): Promise<Outcome> {
  const { binder, cursor } = runner;
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
  if (object.temporary !== true)
    requirePrivilege(runner.catalog, binder.context, `OWNERSHIP ON TABLE ${path}`, 'table', object.name);
  if (object.kind === 'VIEW') throw unsupported('ALTER TABLE of a view');
  binder.history.claim(object.physical);
  const change = parseChange(runner, object);
  finish(cursor);
  await change();
  await runner.persist();
  return status('Statement executed successfully.');
}

function parseChange(runner: Runner, object: DatabaseObject): Change {
  const { binder, cursor } = runner;
  if (cursor.takeWords('ADD')) return addColumns(runner, object);
  if (cursor.takeWords('DROP')) return dropColumns(runner, object);
  if (cursor.takeWords('RENAME', 'COLUMN')) {
    const from = columnNamed(object, cursor.name().name);
    cursor.expectWords('TO');
    const to = cursor.name().name;
    refuseTaken(object.columns, to);
    return async () => {
      object.columns = object.columns.map((column) => (column === from ? { ...column, name: to } : column));
      binder.history.reshape(object.physical, BigInt(binder.stamp()));
    };
  }
  if (cursor.takeWords('RENAME', 'TO')) {
    const [database, schema, table] = binder.objects.resolve(
      parseTableName(cursor),
      binder.context.database,
      binder.context.schema,
    );
    binder.objects.schema(database, schema);
    const { objects } = binder;
    const taken =
      object.temporary === true ? objects.find(database, schema, table) : objects.permanent(database, schema, table);
    if (taken !== undefined) throw objectExists(`${database}.${schema}.${table}`);
    return async () => {
      binder.objects.remove(object);
      binder.objects.add({ ...object, database, schema, name: table });
    };
  }
  if (!cursor.isWord('SET') && !cursor.isWord('UNSET')) throw unsupported(`ALTER TABLE ${cursor.peek().value}`);
  cursor.next();
  if (!['CHANGE_TRACKING', 'COMMENT', 'DATA_RETENTION_TIME_IN_DAYS'].includes(cursor.peek().value))
    throw unsupported(`ALTER TABLE SET ${cursor.peek().value}`);
  skipProperties(cursor, []);
  return async () => undefined;
}

function addColumns({ binder, cursor, connection }: Runner, object: DatabaseObject): Change {
  cursor.takeWords('COLUMN');
  const gentle = ifNotExists(cursor);
  const columns = [...object.columns];
  const added: TableColumn[] = [];
  do {
    const { name } = cursor.name();
    const type = parseType(cursor);
    let defaultSql: string | undefined;
    if (cursor.takeWords('DEFAULT')) {
      const { start } = cursor.peek();
      parseExpression(cursor);
      defaultSql = cursor.sql.slice(start, cursor.lastEnd);
    }
    if (gentle && columns.some((column) => column.name === name)) continue;
    refuseTaken(columns, name);
    const used = columns.map((column) => Number(column.physical.slice(1)));
    const physical = `c${Math.max(-1, ...used) + 1}`;
    const column: TableColumn = { name, type, nullable: true, defaultSql, physical, primaryKey: false };
    columns.push(column);
    added.push(column);
  } while (cursor.takeOp(','));
  return async () => {
    for (const column of added)
      await connection.run(`ALTER TABLE ${object.physical} ADD COLUMN ${column.physical} ${storageOf(column.type)}`);
    const filled = added
      .filter((column) => column.defaultSql !== undefined)
      .map((column) => `${column.physical} = ${defaultOf({ ...binder, binds: [] }, column)}`);
    if (filled.length > 0) await connection.run(`UPDATE ${object.physical} SET ${filled.join(', ')}`);
    object.columns = columns;
    binder.history.reshape(object.physical, BigInt(binder.stamp()));
  };
}

function dropColumns({ binder, cursor, connection }: Runner, object: DatabaseObject): Change {
  cursor.takeWords('COLUMN');
  const gentle = ifExists(cursor);
  const gone: TableColumn[] = [];
  do {
    const { name } = cursor.name();
    const known = object.columns.some((column) => column.name === name);
    if (known || !gentle) gone.push(columnNamed(object, name));
  } while (cursor.takeOp(','));
  return async () => {
    for (const column of gone) await connection.run(`ALTER TABLE ${object.physical} DROP COLUMN ${column.physical}`);
    object.columns = object.columns.filter((column) => !gone.includes(column));
    binder.history.reshape(object.physical, BigInt(binder.stamp()));
  };
}

function columnNamed(object: DatabaseObject, name: string): TableColumn {
  const found = object.columns.find((column) => column.name === name);
  if (found === undefined) throw objectMissing(name, 'Column');
  return found;
}

function refuseTaken(columns: readonly TableColumn[], name: string): void {
  if (columns.some((column) => column.name === name))
    throw new SnowflakeSqlError('001430', '42601', `SQL compilation error:\ncolumn '${name}' already exists`);
}
