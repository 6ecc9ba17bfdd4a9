import { finish, ifExists, ifNotExists } from './runner/finish.js';
import { isUnrestricted, requirePrivilege } from '../catalog/grants.js';
import type { Outcome } from './runner/outcome.js';
import { skipProperties } from '../parse/parse-properties.js';
import { insufficientPrivileges, objectExists, objectMissing } from '../types/sql-errors.js';
import { type Runner, status } from './runner/statement-runner.js';

/** CREATE DATABASE and CREATE SCHEMA; the session moves there, as in Snowflake. */
export async function createContainer(runner: Runner, kind: 'DATABASE' | 'SCHEMA', replace: boolean): Promise<Outcome> {
  const { binder, cursor, catalog } = runner;
  const gentle = ifNotExists(cursor);
  const parts = cursor.qualifiedName();
  skipProperties(cursor, []);
  finish(cursor);
  const name = parts.at(-1)?.name ?? '';
  const { context, objects } = binder;
  if (kind === 'DATABASE') {
    requirePrivilege(catalog, context, 'CREATE DATABASE ON ACCOUNT SNOWMELT', 'account', binder.account);
    if (objects.databases.has(name) && !replace) {
      if (gentle) return status(`${name} already exists, statement succeeded.`);
      throw objectExists(name);
    }
    objects.forgetRoutines(name);
    objects.createDatabase(name);
    context.database = name;
    context.schema = 'PUBLIC';
  } else {
    const database = parts.length > 1 ? (parts[0]?.name ?? '') : context.database;
    const schemas = objects.databases.get(database ?? '');
    if (database === undefined || schemas === undefined) throw objectMissing(database ?? name, 'Database');
    requirePrivilege(catalog, context, `CREATE SCHEMA ON DATABASE ${database}`, 'database', database);
    if (schemas.has(name) && !replace) {
      if (gentle) return status(`${name} already exists, statement succeeded.`);
      throw objectExists(name);
    }
    objects.forgetRoutines(database, name);
    schemas.set(name, new Map());
    context.database = database;
    context.schema = name;
  }
  await runner.persist();
  return status(`${kind === 'DATABASE' ? 'Database' : 'Schema'} ${name} successfully created.`);
}

/** DROP DATABASE and DROP SCHEMA. */
export async function dropContainer(runner: Runner, kind: 'DATABASE' | 'SCHEMA'): Promise<Outcome> {
  const { binder, cursor, catalog, connection } = runner;
  const gentle = ifExists(cursor);
  const parts = cursor.qualifiedName();
  if (!cursor.takeWords('CASCADE')) cursor.takeWords('RESTRICT');
  finish(cursor);
  if (!isUnrestricted(catalog, binder.context.role))
    throw insufficientPrivileges(kind.toLowerCase(), parts.at(-1)?.name ?? '');
  const name = parts.at(-1)?.name ?? '';
  const database =
    kind === 'DATABASE' ? name : parts.length > 1 ? (parts[0]?.name ?? '') : (binder.context.database ?? '');
  const schemas = binder.objects.databases.get(database);
  const gone = kind === 'DATABASE' ? [...(schemas?.values() ?? [])] : [schemas?.get(name)];
  if (schemas === undefined || gone.includes(undefined)) {
    if (gentle) return status(`Drop statement executed successfully (${name} already dropped).`);
    throw objectMissing(name, kind === 'DATABASE' ? 'Database' : 'Schema');
  }
  for (const schema of gone)
    for (const object of schema?.values() ?? []) if (object.kind === 'TABLE') binder.history.claim(object.physical);
  for (const schema of gone)
    for (const object of schema?.values() ?? [])
      if (object.kind === 'TABLE') await connection.run(`DROP TABLE IF EXISTS ${object.physical}`);
  if (kind === 'DATABASE') binder.objects.databases.delete(name);
  else schemas.delete(name);
  binder.objects.forgetRoutines(database, kind === 'DATABASE' ? undefined : name);
  await runner.persist();
  return status(`${name} successfully dropped.`);
}
