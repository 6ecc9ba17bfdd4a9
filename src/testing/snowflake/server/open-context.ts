import { randomInt, randomUUID } from 'node:crypto';
import { ProtocolError } from './protocol-error.js';
import type { ServerState } from './server-state.js';
import { PARAMETERS } from '../sql/parameters/parameter-table.js';
import { checkParameters, inheritedParameters } from '../sql/parameters/parameter-levels.js';
import type { ParameterValue } from '../sql/types/parameter-value.js';
import { SnowflakeSqlError, type SessionContext } from '../sql/types/sql-engine.js';
import type { AuthenticationMethod } from '../auth/policies.js';
import type { SignedIn } from '../auth/verify-jwt.js';

/** What a client wants its session to stand on. */
export interface WantedContext {
  readonly role?: string | undefined;
  readonly warehouse?: string | undefined;
  readonly database?: string | undefined;
  readonly schema?: string | undefined;
  readonly parameters?: ReadonlyMap<string, ParameterValue> | undefined;
}

/**
 * A session's context for a user. Names come as identifiers: upper-cased unless quoted. A role that the user doesn't
 * have, or its credential is not for, is refused; a warehouse, database or schema that cannot be used is left unset, as Snowflake does, unless the
 * client asked for validation (driver option `validateDefaultParameters`).
 */
export async function openContext(
  state: ServerState,
  { user, roles: restriction, method }: SignedIn & { readonly method: AuthenticationMethod },
  wanted: WantedContext,
): Promise<SessionContext> {
  const { catalog } = state.engine;
  const context: SessionContext = {
    sessionId: String(randomInt(2 ** 47)),
    account: state.settings.account.toUpperCase(),
    user: user.name,
    role: undefined,
    warehouse: undefined,
    database: undefined,
    schema: undefined,
    parameters: readWanted(wanted.parameters),
    inherited: inheritedParameters(user, catalog.accountParameters),
    allowedRoles: restriction.length === 0 ? undefined : restriction,
    lastQueryId: undefined,
  };
  // An OAuth token lists roles to choose from; the others take the place of the default role.
  const ofCredential = method === 'OAUTH' ? undefined : restriction[0];
  const role = identifierName(wanted.role) ?? ofCredential ?? user.defaultRole ?? 'PUBLIC';
  if (restriction.length > 0 && !restriction.includes(role)) throw roleOutside(role, method);
  if (role !== 'PUBLIC' && (!user.roles.has(role) || !catalog.roles.has(role))) throw roleRefused(role);
  context.role = role;

  const strict = String(wanted.parameters?.get('CLIENT_VALIDATE_DEFAULT_PARAMETERS')) === 'true';
  const use = async (kind: string, name: string | undefined, code: string) => {
    if (name === undefined) return;
    const error = await tryUse(state, context, `USE ${kind} ${name}`);
    if (error !== undefined && strict) {
      const message = `The requested ${kind.toLowerCase()} does not exist or not authorized.`;
      throw new ProtocolError(code, message, { sqlState: '08001' });
    }
  };
  await use('WAREHOUSE', wanted.warehouse ?? quoted(user.defaultWarehouse), '390201');
  await use('DATABASE', wanted.database ?? quoted(user.defaultDatabase), '390201');
  if (context.database !== undefined) {
    await use('SCHEMA', wanted.schema ?? quoted(user.defaultSchema), '390201');
  }
  context.lastQueryId = undefined;
  return context;
}

/** The session parameters that a client sends with its login. Drivers add settings of their own, which are theirs alone. */
function readWanted(wanted: ReadonlyMap<string, ParameterValue> = new Map()): Map<string, ParameterValue> {
  const ofDriver = (name: string) => !PARAMETERS.has(name) && /^(CLIENT|GCS|JDBC|JS|ODBC|PYTHON)_/.test(name);
  return checkParameters(
    [...wanted].filter(([name]) => !ofDriver(name)),
    'SESSION',
  );
}

/** The error for a role that a credential is not for. */
function roleOutside(role: string, method: AuthenticationMethod): ProtocolError {
  const sqlState = '08001';
  if (method === 'PROGRAMMATIC_ACCESS_TOKEN') {
    return new ProtocolError('394400', 'Programmatic access token is invalid.', { sqlState });
  }
  if (method !== 'OAUTH') return roleRefused(role);
  const message = `The role requested in the connection or the default role if none was requested in the connection ('${role}') is not listed in the Access Token or was filtered. Please specify another role, or contact your OAuth Authorization server administrator.`;
  return new ProtocolError('390317', message, { sqlState });
}

/** The error for a role that a user doesn't have. */
function roleRefused(role: string): ProtocolError {
  const message =
    `Role '${role}' specified in the connect string does not exist or not authorized. ` +
    'Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.';
  return new ProtocolError('390189', message, { sqlState: '08001' });
}

async function tryUse(state: ServerState, context: SessionContext, sql: string): Promise<unknown> {
  try {
    const request = { sql, binds: [], queryId: randomUUID(), signal: new AbortController().signal };
    await (await state.engine.execute(context, request)).release();
    return undefined;
  } catch (error) {
    if (error instanceof SnowflakeSqlError) return error;
    throw error;
  }
}

/** The stored name of an identifier as a client writes it. */
function identifierName(identifier: string | undefined): string | undefined {
  if (identifier === undefined || identifier === '') return undefined;
  if (!identifier.startsWith('"')) return identifier.toUpperCase();
  return identifier.slice(1, -1).replaceAll('""', '"');
}

function quoted(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `"${name.replaceAll('"', '""')}"`;
}
