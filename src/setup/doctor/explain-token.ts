import { signInFactsOf, type SourceChange } from '../../source/source-variant.js';
import { sqlName } from '../../options/sql-name.js';
import { storedName } from '../sql/identifier.js';
import type { ConnectionCheck } from './connection-check.js';
import { asKnownError } from './checklist.js';
import { queryRows } from './query-rows.js';

/** Whose session a changed sign-in opened. */
interface Opened {
  readonly user: string | undefined;
  readonly role: string | undefined;
}

const WHO = 'SELECT CURRENT_USER() AS USER_NAME, CURRENT_ROLE() AS ROLE_NAME';

/**
 * Finds out why Snowflake refuses a token. It says little of that, so the token is tried in another way: as another kind,
 * with its own role, for its own user. Only to the host that has refused it.
 */
export async function explainToken(check: ConnectionCheck, error: unknown): Promise<void> {
  const { list, about, source } = check;
  const { message, hint, details } = asKnownError(error);
  const code = String(details['snowflakeCode']);
  const end = signInFactsOf(source)?.endsAt();
  const login = `User ${sqlUser(check)}, account ${about.account}.`;
  if (code === '390317') {
    list.ok('login', login);
    list.fail('role', message, hint);
    return;
  }
  if (code === '390318' || (end !== undefined && end.getTime() <= Date.now())) {
    const when = end === undefined ? '' : ` It ended at ${end.toISOString()}.`;
    list.fail('expiry', `The token has expired (${code}).${when}`, renewal(check));
    return;
  }
  if (code === '390432') {
    const reason =
      'The user has no network policy, which Snowflake wants of all who use a programmatic access token (390432).';
    list.fail('login', reason, networkPolicy(check));
    return;
  }
  const isToken = about.authenticator === 'PROGRAMMATIC_ACCESS_TOKEN' || about.authenticator === 'OAUTH';
  if (isToken && (await tryOtherwise(check, code))) return;
  list.fail('login', message, isToken && code !== '390309' ? unknownToken(check) : hint);
}

/** Whether another way in shows what is wrong with this one. */
async function tryOtherwise(check: ConnectionCheck, code: string): Promise<boolean> {
  const { list, about } = check;
  const other = about.authenticator === 'OAUTH' ? 'PROGRAMMATIC_ACCESS_TOKEN' : 'OAUTH';
  const wrongType = async (change: SourceChange): Promise<boolean> => {
    if ((await open(check, { ...change, authenticator: other })) === undefined) return false;
    const reason = `The token is of the type ${other}, and is sent as ${about.authenticator} (${code}).`;
    list.fail('login', reason, `Set authenticator: '${other}'.`);
    return true;
  };
  if (await wrongType({})) return true;
  if (about.role !== undefined) {
    const opened = await open(check, { withoutRole: true });
    if (opened !== undefined) {
      list.ok('login', `User ${opened.user ?? sqlUser(check)}, account ${about.account}.`);
      const ofToken = opened.role === undefined ? 'another role' : `the role ${opened.role}`;
      const reason = `The token is for ${ofToken}, not for ${about.role} (${code}).`;
      list.fail('role', reason, `Set role: '${opened.role ?? '…'}', or make a token for ${about.role}.`);
      return true;
    }
    if (await wrongType({ withoutRole: true })) return true;
  }
  if (about.username === undefined) return false;
  const opened = await open(check, { withoutUser: true, withoutRole: true });
  if (opened === undefined) return wrongType({ withoutUser: true, withoutRole: true });
  const reason = `The token is of the user ${opened.user ?? '…'}, not of ${sqlUser(check)} (${code}).`;
  list.fail('login', reason, `Set username: '${opened.user ?? '…'}', or take a token of ${sqlUser(check)}.`);
  return true;
}

/** Signs in otherwise. A session that opens but may do nothing has opened all the same. */
async function open({ source, signal }: ConnectionCheck, change: SourceChange): Promise<Opened | undefined> {
  const variant = signInFactsOf(source)?.variant(change);
  if (variant === undefined) return undefined;
  try {
    const [row] = await queryRows(variant, WHO, signal);
    return { user: row?.['user_name'] ?? undefined, role: row?.['role_name'] ?? undefined };
  } catch (error) {
    signal.throwIfAborted();
    const isRefused = ['SOURCE_LOGIN_REFUSED', 'SOURCE_UNREACHABLE'].includes(asKnownError(error).code);
    return isRefused ? undefined : { user: undefined, role: undefined };
  } finally {
    await variant.close().catch(() => undefined);
  }
}

function sqlUser({ about }: ConnectionCheck): string {
  return sqlName(storedName(about.username ?? '<user>'));
}

function unknownToken(check: ConnectionCheck): string {
  if (check.about.authenticator === 'OAUTH') {
    return 'SHOW SECURITY INTEGRATIONS;   -- one for the server that issued the token has to be enabled, with its audience';
  }
  return `SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER ${sqlUser(check)};   -- it was removed or rotated, or is of another account`;
}

function renewal(check: ConnectionCheck): string {
  if (check.about.authenticator !== 'PROGRAMMATIC_ACCESS_TOKEN') {
    return 'Pass a function as token, which is asked for a new one when Snowflake refuses the old.';
  }
  return `ALTER USER ${sqlUser(check)} ROTATE PROGRAMMATIC ACCESS TOKEN <name>;   -- rotateKeySql({ token }) writes it`;
}

function networkPolicy(check: ConnectionCheck): string {
  const user = sqlUser(check);
  return [
    `CREATE NETWORK POLICY <name> ALLOWED_IP_LIST = ('<address of this machine>');`,
    `ALTER USER ${user} SET NETWORK_POLICY = <name>;   -- setupSql({ allowedIps }) writes both`,
  ].join('\n');
}
