import { unreachable } from '../../source/unreachable.js';
import { checkExpiry } from './check-expiry.js';
import { explainToken } from './explain-token.js';
import { asKnownError } from './checklist.js';
import type { ConnectionCheck } from './connection-check.js';
import { sqlName } from '../../options/sql-name.js';
import { storedName } from '../sql/identifier.js';
import { probeHost } from './probe-host.js';
import { queryRows, type TextRow } from './query-rows.js';

/** A token of the driver lives 120 seconds; beyond half of that a login hangs by a thread. */
const MAX_SKEW_MS = 60_000;
const SET_CLOCK = 'sudo timedatectl set-ntp true   # or whatever keeps the time on this machine';

/** A session as Snowflake sees it; stored names. */
export interface LoggedIn {
  readonly user: string;
  readonly role: string;
  readonly warehouse: string | null;
  readonly database: string | null;
  readonly schema: string | null;
}

/** By which Snowflake refuses a token; see `explainToken`. */
const TOKEN_CODES = new Set([390144, 390303, 390309, 390317, 390318, 390432, 394400]);

const CONTEXT = `SELECT CURRENT_USER() AS USER_NAME, CURRENT_ROLE() AS ROLE_NAME, CURRENT_WAREHOUSE() AS WAREHOUSE_NAME,
  CURRENT_DATABASE() AS DATABASE_NAME, CURRENT_SCHEMA() AS SCHEMA_NAME`;

const skew = (aheadMs: number): string =>
  `This machine's clock is ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} Snowflake's.`;

/** Host, clock, login, role and warehouse. `undefined` when there is no session to go on with. */
export async function checkConnection(check: ConnectionCheck): Promise<LoggedIn | undefined> {
  const { list, source, about, signal } = check;
  list.ok('key', about.keyFingerprint === undefined ? `${about.authenticator}.` : `Key ${about.keyFingerprint}.`);
  const host = new URL(about.baseUrl).host;
  const { failure, kind, aheadMs } = await probeHost(about.baseUrl, signal);
  // Behind a proxy only the source itself knows the way.
  const isProxied = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => process.env[name]);
  if (failure !== undefined && !isProxied) {
    list.failWith('reachable', unreachable(host, failure, { kind }));
    return undefined;
  }
  const isSkewed = aheadMs !== undefined && Math.abs(aheadMs) > MAX_SKEW_MS;
  let row: TextRow | undefined;
  try {
    [row] = await queryRows(source, CONTEXT, signal);
  } catch (error) {
    signal.throwIfAborted();
    await loginFailed(check, error, isSkewed ? aheadMs : undefined);
    return undefined;
  }
  const user = row?.['user_name'] ?? storedName(about.username ?? '<user>');
  list.ok('reachable', `${host} answers.`);
  list.ok('login', `User ${user}, account ${about.account}.`);
  await checkExpiry(check, user);
  await checkClock(check);
  const role = checkRole(check, user, row?.['role_name'] ?? 'PUBLIC');
  const warehouse = row?.['warehouse_name'] ?? null;
  await checkWarehouse(check, role, user, warehouse);
  return { user, role, warehouse, database: row?.['database_name'] ?? null, schema: row?.['schema_name'] ?? null };
}

/** Finds out which step it was that Snowflake stopped at. */
async function loginFailed(check: ConnectionCheck, error: unknown, aheadMs: number | undefined): Promise<void> {
  const { list, about } = check;
  const { code, message, hint, details } = asKnownError(error);
  const snowflakeCode = Number(details['snowflakeCode']);
  const user = sqlName(storedName(about.username ?? '<user>'));
  if (Array.isArray(details['parameters'])) {
    list.ok('login', `User ${user}, account ${about.account}.`);
    list.fail('parameters', message, hint);
    return;
  }
  if (code === 'PEER_MISSING' || code === 'CONFIG_INVALID') {
    list.fail('options', message, hint);
    return;
  }
  if (code.startsWith('KEY_') || code.startsWith('TOKEN_')) {
    list.fail('key', message, hint);
    return;
  }
  if (code === 'SOURCE_UNREACHABLE') {
    list.fail('reachable', message, hint);
    return;
  }
  list.ok('reachable', `${new URL(about.baseUrl).host} answers.`);
  if (about.authenticator !== 'SNOWFLAKE_JWT' && TOKEN_CODES.has(snowflakeCode)) {
    await explainToken(check, error);
    return;
  }
  if (/\brole '/i.test(message)) {
    const role = sqlName(storedName(about.role ?? ''));
    list.ok('login', `User ${user}, account ${about.account}.`);
    list.fail('role', message, `GRANT ROLE ${role} TO USER ${user};   -- CREATE ROLE ${role}; if there is none`);
    return;
  }
  if (code === 'SOURCE_WAREHOUSE') {
    list.ok('login', `User ${user}, account ${about.account}.`);
    list.fail('warehouse', message, hint);
    return;
  }
  if (snowflakeCode === 390144 && aheadMs !== undefined) {
    list.fail('clock', `${skew(aheadMs)} Snowflake refuses login tokens of another time.`, SET_CLOCK);
    return;
  }
  if (snowflakeCode === 390144) {
    const id = /\[([0-9a-f-]{36})\]/.exec(message)?.[1];
    // Of these three Snowflake tells only an administrator which one it was ("Key-pair authentication:
    // troubleshooting", docs.snowflake.com).
    const reason = `Snowflake refused the token (390144). Either account ${about.account} has no user ${user}, or it is another account, or the user's public key is not that of this private key (${about.keyFingerprint}), or has expired. Snowflake tells only an administrator which.`;
    const ask = id === undefined ? [] : [`SELECT SYSTEM$GET_LOGIN_FAILURE_DETAILS('${id}');`];
    const repair = [
      ...ask,
      `DESC USER ${user};   -- RSA_PUBLIC_KEY_FP has to be ${about.keyFingerprint}`,
      `SHOW USER KEY PAIRS FOR USER ${user};   -- or an ACTIVE one of these`,
      `ALTER USER ${user} SET RSA_PUBLIC_KEY = '…';   -- setupSql() and rotateKeySql() write it`,
    ];
    list.fail('login', reason, repair.join('\n'));
    return;
  }
  if (/disabled/i.test(message)) {
    list.fail('login', message, `ALTER USER ${user} SET DISABLED = FALSE;`);
    return;
  }
  if (/locked/i.test(message)) {
    list.fail('login', message, `ALTER USER ${user} SET MINS_TO_UNLOCK = 0;`);
    return;
  }
  if (snowflakeCode === 390202) {
    const repair = `SHOW AUTHENTICATION POLICIES;   -- that of the user or account has to allow ${about.authenticator}`;
    list.fail('login', message, repair);
    return;
  }
  if (/not allowed to access|network policy/i.test(message)) {
    list.fail('login', message, `SHOW PARAMETERS LIKE 'NETWORK_POLICY' FOR USER ${user};   -- add this address`);
    return;
  }
  list.fail('login', message, hint);
}

async function checkClock({ list, source, signal }: ConnectionCheck): Promise<void> {
  const startedAt = Date.now();
  const server = await source.now({ signal });
  const aheadMs = (startedAt + Date.now()) / 2 - server.getTime();
  if (Math.abs(aheadMs) > MAX_SKEW_MS) {
    list.warn('clock', `${skew(aheadMs)} Logins fail when it becomes more.`, SET_CLOCK);
  } else list.ok('clock', `It differs from Snowflake's by ${Math.round(Math.abs(aheadMs) / 1000)} s.`);
}

function checkRole({ list, about }: ConnectionCheck, user: string, role: string): string {
  const wanted = about.role === undefined ? undefined : storedName(about.role);
  if (wanted !== undefined && wanted !== role) {
    list.fail('role', `The session has the role ${role} instead of ${wanted}.`, grantRole(wanted, user));
  } else if (role === 'PUBLIC') {
    const repair = `Set the option role, or: ALTER USER ${sqlName(user)} SET DEFAULT_ROLE = <role>;`;
    list.warn('role', 'The role is PUBLIC, which everybody has.', repair);
  } else list.ok('role', `${role}.`);
  return role;
}

const grantRole = (role: string, user: string): string => `GRANT ROLE ${sqlName(role)} TO USER ${sqlName(user)};`;

async function checkWarehouse(
  { list, about, source, signal }: ConnectionCheck,
  role: string,
  user: string,
  warehouse: string | null,
): Promise<void> {
  if (warehouse === null) {
    if (about.warehouse === undefined) {
      const repair = `Set the option warehouse, or: ALTER USER ${sqlName(user)} SET DEFAULT_WAREHOUSE = <warehouse>;`;
      list.fail('warehouse', 'No warehouse is set, and the user has no default that the role may use.', repair);
      return;
    }
    const name = sqlName(storedName(about.warehouse));
    const reason = `The warehouse ${name} does not exist, or the role ${role} may not use it.`;
    list.fail('warehouse', reason, `GRANT USAGE ON WAREHOUSE ${name} TO ROLE ${sqlName(role)};`);
    return;
  }
  const pattern = warehouse.replaceAll(/[\\_%]/g, '\\\\$&').replaceAll("'", "''");
  const [shown] = await queryRows(source, `SHOW WAREHOUSES LIKE '${pattern}'`, signal).catch(() => []);
  if (shown?.['auto_resume'] === 'false' && /SUSPEND/i.test(shown['state'] ?? '')) {
    const repair = `ALTER WAREHOUSE ${sqlName(warehouse)} SET AUTO_RESUME = TRUE;`;
    list.fail('warehouse', `${warehouse} is suspended and does not resume by itself.`, repair);
    return;
  }
  list.ok('warehouse', `${warehouse}.`);
}
