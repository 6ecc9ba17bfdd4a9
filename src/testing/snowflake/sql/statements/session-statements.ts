import { bindExpression } from '../bind/bind-expression.js';
import { asText } from '../convert/cast.js';
import { finish } from './runner/finish.js';
import { isUnrestricted, mayUse } from '../catalog/grants.js';
import { type Outcome, SESSION } from './runner/outcome.js';
import { checkParameters, sessionParameter, unknownParameter } from '../parameters/parameter-levels.js';
import { PARAMETERS } from '../parameters/parameter-table.js';
import { commit } from './rows/transactions.js';
import { parseExpression } from '../parse/parse-expression.js';
import { parseProperties } from '../parse/parse-properties.js';
import type { TokenCursor } from '../parse/token-cursor.js';
import { newScope } from '../convert/scope.js';
import { insufficientPrivileges, objectMissing, unsupported } from '../types/sql-errors.js';
import { type Runner, status } from './runner/statement-runner.js';
import { SnowflakeSqlError } from '../types/sql-engine.js';

const done = (): Outcome => status('Statement executed successfully.', SESSION);

/** USE ROLE | WAREHOUSE | DATABASE | SCHEMA | SECONDARY ROLES. */
export async function runUse(runner: Runner): Promise<Outcome> {
  const { cursor, catalog, binder } = runner;
  const { context, objects } = binder;
  cursor.expectWords('USE');
  if (cursor.takeWords('SECONDARY', 'ROLES')) {
    // Secondary roles would widen what a role may read; NONE is what least-privilege set-ups test with.
    if (!cursor.takeWords('NONE')) throw unsupported('USE SECONDARY ROLES ALL');
    finish(cursor);
    return done();
  }
  if (cursor.takeWords('ROLE')) {
    const { name } = cursor.name();
    finish(cursor);
    if (!catalog.roles.has(name)) throw objectMissing(name, 'Role');
    const user = catalog.users.get(context.user);
    const granted = [...(user?.roles ?? [])].some((role) => catalog.rolesOf(role).has(name));
    if (user !== undefined && name !== 'PUBLIC' && !granted)
      throw new SnowflakeSqlError(
        '003013',
        '42501',
        `SQL access control error:\nRequested role '${name}' is not assigned to the executing user. Specify another role to activate.`,
      );
    if (context.allowedRoles?.includes(name) === false && name !== 'PUBLIC') throw insufficientPrivileges('role', name);
    context.role = name;
    return done();
  }
  if (cursor.takeWords('WAREHOUSE')) {
    const { name } = cursor.name();
    finish(cursor);
    const granted = ['USAGE', 'OPERATE', 'OWNERSHIP', 'ALL'].some((privilege) =>
      catalog.grantsOf(context.role).has(`${privilege} ON WAREHOUSE ${name}`),
    );
    if (!catalog.warehouses.has(name) || !(granted || isUnrestricted(catalog, context.role)))
      throw new SnowflakeSqlError(
        '002043',
        '02000',
        `SQL compilation error:\nObject does not exist, or operation cannot be performed.`,
      );
    context.warehouse = name;
    return done();
  }
  const schemaWord = cursor.takeWords('SCHEMA');
  const databaseWord = !schemaWord && cursor.takeWords('DATABASE');
  const parts = cursor.qualifiedName().map((part) => part.name);
  finish(cursor);
  const missing = (): SnowflakeSqlError =>
    new SnowflakeSqlError(
      '002043',
      '02000',
      `SQL compilation error:\nObject does not exist, or operation cannot be performed.`,
    );
  const toSchema = schemaWord || (!databaseWord && parts.length > 1);
  const database = toSchema && parts.length === 1 ? context.database : parts[0];
  const schema = toSchema ? parts.at(-1) : undefined;
  if (database === undefined || !objects.databases.has(database) || !mayUse(catalog, context.role, database))
    throw missing();
  if (schema !== undefined && schema !== 'INFORMATION_SCHEMA') {
    if (!objects.databases.get(database)?.has(schema) || !mayUse(catalog, context.role, database, schema))
      throw missing();
  }
  context.database = database;
  context.schema = schema ?? (objects.databases.get(database)?.has('PUBLIC') === true ? 'PUBLIC' : undefined);
  return done();
}

/** ALTER SESSION SET | UNSET: all of it or nothing. */
export async function alterSession(runner: Runner): Promise<Outcome> {
  const { cursor, binder } = runner;
  const { parameters } = binder.context;
  const autocommit = sessionParameter(binder.context, 'AUTOCOMMIT').value;
  if (cursor.takeWords('UNSET')) {
    const names = parseParameterNames(cursor);
    finish(cursor);
    const unknown = names.find((name) => !PARAMETERS.has(name));
    if (unknown !== undefined) throw unknownParameter(unknown, 'SESSION');
    for (const name of names) parameters.delete(name);
  } else {
    cursor.expectWords('SET');
    const given = parseProperties(cursor);
    finish(cursor);
    for (const [name, value] of checkParameters(given, 'SESSION')) parameters.set(name, value);
  }
  // A change of it commits what is open ("Transactions", Autocommit).
  if (sessionParameter(binder.context, 'AUTOCOMMIT').value !== autocommit) await commit(binder, runner.connection);
  return done();
}

/** `a, b, …` as UNSET takes them. */
export function parseParameterNames(cursor: TokenCursor): string[] {
  const names: string[] = [];
  do names.push(cursor.name().name);
  while (cursor.takeOp(','));
  return names;
}

/** SET x = …, UNSET x. */
export async function runSet(runner: Runner): Promise<Outcome> {
  const { cursor, binder, variables, single } = runner;
  if (cursor.takeWords('UNSET')) {
    variables.delete(cursor.name().name);
    finish(cursor);
    return done();
  }
  cursor.expectWords('SET');
  const { name } = cursor.name();
  cursor.expectOp('=');
  const value = bindExpression(binder, parseExpression(cursor), newScope());
  finish(cursor);
  const constant = (await single(`SELECT ${asText(binder, value)}`)) ?? '';
  variables.set(name, { sql: value.sql, type: value.type, constant });
  return done();
}
