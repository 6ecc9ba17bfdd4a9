import type { CatalogUser } from '../types/sql-engine.js';
import { SnowflakeSqlError } from '../types/sql-engine.js';
import { finish, ifExists, ifNotExists } from './runner/finish.js';
import { alterCredentials, takeCredentialVerb } from './credentials.js';

import { requirePrivilege } from '../catalog/grants.js';
import type { Outcome } from './runner/outcome.js';
import { parseProperties } from '../parse/parse-properties.js';
import { objectExists, objectMissing } from '../types/sql-errors.js';
import { checkParameter, unknownParameter } from '../parameters/parameter-levels.js';
import { PARAMETERS } from '../parameters/parameter-table.js';
import { newUser } from '../catalog/catalog-store.js';
import { parseParameterNames } from './session-statements.js';
import { type Runner, status } from './runner/statement-runner.js';

/** Properties that are kept or can be ignored safely; others are refused, as Snowflake does. */
const IGNORED = new Set(
  `PASSWORD LOGIN_NAME DISPLAY_NAME FIRST_NAME LAST_NAME MIDDLE_NAME EMAIL MUST_CHANGE_PASSWORD COMMENT
  DEFAULT_SECONDARY_ROLES DAYS_TO_EXPIRY MINS_TO_UNLOCK MINS_TO_BYPASS_MFA ENABLE_UNREDACTED_QUERY_SYNTAX_ERROR`.split(
    /\s+/,
  ),
);
const USER_TYPES = new Set(['PERSON', 'SERVICE', 'LEGACY_SERVICE']);

function setProperty(user: CatalogUser, key: string, value: string): void {
  switch (key) {
    case 'RSA_PUBLIC_KEY':
      user.publicKeys = [value, ...user.publicKeys.slice(1)];
      return;
    case 'RSA_PUBLIC_KEY_2':
      user.publicKeys = [user.publicKeys[0] ?? '', value];
      return;
    case 'DEFAULT_ROLE':
      user.defaultRole = value.toUpperCase();
      return;
    case 'DEFAULT_WAREHOUSE':
      user.defaultWarehouse = value.toUpperCase();
      return;
    case 'DEFAULT_NAMESPACE': {
      const [database, schema] = value.split('.');
      user.defaultDatabase = database?.toUpperCase();
      user.defaultSchema = schema?.toUpperCase();
      return;
    }
    case 'NETWORK_POLICY':
      user.networkPolicy = value;
      return;
    case 'WORKLOAD_IDENTITY':
      user.workloadIdentity = value;
      return;
    case 'TYPE':
      if (!USER_TYPES.has(value.toUpperCase())) throw invalidProperty(value, key);
      user.type = value.toUpperCase();
      return;
    case 'DISABLED':
      user.disabled = value.toLowerCase() === 'true';
      return;
    default:
      if (!IGNORED.has(key)) user.parameters.set(key, checkParameter(key, value, 'USER'));
  }
}

/** 001008: a value that Snowflake doesn't take. */
function invalidProperty(value: string, kind: string): SnowflakeSqlError {
  return new SnowflakeSqlError(
    '001008',
    '22023',
    `SQL compilation error:\ninvalid value [${value}] for parameter '${kind}'`,
  );
}

function unsetProperty(user: CatalogUser, key: string): void {
  if (key === 'RSA_PUBLIC_KEY') user.publicKeys = ['', ...user.publicKeys.slice(1)];
  else if (key === 'RSA_PUBLIC_KEY_2') user.publicKeys = user.publicKeys.slice(0, 1);
  else if (key === 'DEFAULT_ROLE') user.defaultRole = undefined;
  else if (key === 'DEFAULT_WAREHOUSE') user.defaultWarehouse = undefined;
  else if (key === 'DEFAULT_NAMESPACE') {
    user.defaultDatabase = undefined;
    user.defaultSchema = undefined;
  } else if (key === 'NETWORK_POLICY') user.networkPolicy = undefined;
  else if (key === 'WORKLOAD_IDENTITY') user.workloadIdentity = undefined;
  else if (!user.parameters.delete(key) && !IGNORED.has(key) && !PARAMETERS.has(key))
    throw unknownParameter(key, 'USER');
}

const tidy = (user: CatalogUser): void => {
  if (user.publicKeys.every((key) => key === '')) user.publicKeys = [];
  else if (user.publicKeys.length === 2 && user.publicKeys[0] === '') user.publicKeys = user.publicKeys.slice(1);
};

/** CREATE USER. */
export async function createUser(runner: Runner, replace: boolean): Promise<Outcome> {
  const { cursor, catalog, binder } = runner;
  const gentle = ifNotExists(cursor);
  const { name } = cursor.name();
  const properties = parseProperties(cursor);
  finish(cursor);
  requirePrivilege(catalog, binder.context, 'CREATE USER ON ACCOUNT SNOWMELT', 'account', binder.account);
  if (catalog.users.has(name) && !replace) {
    if (gentle) return status(`${name} already exists, statement succeeded.`);
    throw objectExists(name);
  }
  const user = newUser(name);
  for (const [key, value] of properties) setProperty(user, key, value);
  tidy(user);
  catalog.users.set(name, user);
  await runner.persist();
  return status(`User ${name} successfully created.`);
}

/** ALTER USER … SET | UNSET: all of it or nothing. */
export async function alterUser(runner: Runner): Promise<Outcome> {
  const { cursor, catalog, binder } = runner;
  const gentle = ifExists(cursor);
  const { name } = cursor.name();
  const user = catalog.users.get(name);
  if (user === undefined) {
    if (gentle) return status('Statement executed successfully.');
    throw objectMissing(name, 'User');
  }
  requirePrivilege(catalog, binder.context, `OWNERSHIP ON USER ${name}`, 'user', name);
  const changed: CatalogUser = { ...user, parameters: new Map(user.parameters) };
  const credential = takeCredentialVerb(cursor);
  let outcome = status('Statement executed successfully.');
  if (credential !== undefined) outcome = alterCredentials(cursor, changed, credential);
  else if (cursor.takeWords('UNSET', 'AUTHENTICATION', 'POLICY')) changed.authenticationPolicy = undefined;
  else if (cursor.takeWords('SET', 'AUTHENTICATION', 'POLICY')) changed.authenticationPolicy = policyName(runner, user);
  else if (cursor.takeWords('UNSET')) {
    for (const key of parseParameterNames(cursor)) unsetProperty(changed, key);
  } else {
    cursor.expectWords('SET');
    for (const [key, value] of parseProperties(cursor)) setProperty(changed, key, value);
  }
  finish(cursor);
  tidy(changed);
  Object.assign(user, changed);
  await runner.persist();
  return outcome;
}

/** A user has one authentication policy at most; another can be set only when it has none. */
function policyName({ cursor, catalog, binder }: Runner, user: CatalogUser): string {
  const parts = cursor.qualifiedName().map((part) => part.name);
  const { database, schema } = binder.context;
  const full = [database, schema]
    .slice(0, Math.max(0, 3 - parts.length))
    .concat(parts)
    .join('.');
  const name = [parts.join('.'), full].find((each) => catalog.accountObjects.has(`AUTHENTICATION POLICY ${each}`));
  if (name === undefined) throw objectMissing(parts.join('.'), 'Authentication policy');
  if (user.authenticationPolicy !== undefined) throw objectExists(user.authenticationPolicy);
  return name;
}
