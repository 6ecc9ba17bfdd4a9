import { randomInt, randomUUID } from 'node:crypto';
import { ProtocolError } from './protocol-error.js';
import type { ServerState } from './server-state.js';
import { PARAMETERS } from '../sql/parameters/parameter-table.js';
import { checkParameters, inheritedParameters } from '../sql/parameters/parameter-levels.js';
import type { ParameterValue } from '../sql/types/parameter-value.js';
import { SnowflakeSqlError, type CatalogUser, type SessionContext } from '../sql/types/sql-engine.js';

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
 * have is refused; a warehouse, database or schema that cannot be used is left unset, as Snowflake does, unless the
 * client asked for validation (driver option `validateDefaultParameters`).
 */
export async function openContext(
  state: ServerState,
  user: CatalogUser,
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
    lastQueryId: undefined,
  };
  const role = identifierName(wanted.role) ?? user.defaultRole ?? 'PUBLIC';
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
