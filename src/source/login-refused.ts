import { SourceError } from '../errors/errors.js';
import { userInSql } from '../options/sql-name.js';
import type { SignIn } from './auth/sign-in.js';

/** Who signs in, as far as a refusal may tell of it. */
export interface WhoSignsIn {
  readonly signIn: SignIn;
  /** As given. */
  readonly role: string | undefined;
}

/** What Snowflake said of a login; see `SnowflakeFailure`. */
export interface RefusedLogin {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Codes by which Snowflake says that a token is not, or no longer, good: 390303 and 390318 of OAuth, 3944.. of programmatic
 * access tokens (both are named in its drivers), 390144 of any JWT.
 */
const TOKEN_REFUSED = /^(?:390144|390303|390318|394\d{3})$/;

/** Whether another token may be taken where this one was not. */
export function isTokenRefused(code: string): boolean {
  return TOKEN_REFUSED.test(code);
}

/** Refusals that say what is wrong, whatever was signed in with. */
const HINTS: Readonly<Record<string, string>> = {
  390202: 'Allow this authenticator in the authentication policy of the user or the account: setupSql() writes one.',
  390317: 'Set role to one that the token was issued for, or have the authorisation server add the role to its scope.',
  390318: 'Pass a token that has not expired; a function as token is asked for a new one.',
  390432: 'Give the user a network policy, which programmatic access tokens need: setupSql({ allowedIps }) writes one.',
};

type Hint = (user: string) => string;

/** Objects that a session begins with, and what lets a role use them. */
const SESSION_OBJECTS: readonly (readonly [said: RegExp, hint: Hint])[] = [
  [/\brole\b/i, (user) => `Check the option role, or grant it: GRANT ROLE <role> TO USER ${user};`],
  [/\bwarehouse\b/i, () => 'Check the option warehouse, or: GRANT USAGE ON WAREHOUSE <name> TO ROLE <role>;'],
  [/\bdatabase\b/i, () => 'Check the option database, or: GRANT USAGE ON DATABASE <name> TO ROLE <role>;'],
  [/\bschema\b/i, () => 'Check the option schema, or: GRANT USAGE ON SCHEMA <name> TO ROLE <role>;'],
];
const OF_SESSION = 'Check role, warehouse, database and schema, and that the role has USAGE on them.';

/** Kinds of refusals by what Snowflake says, where the codes are not documented. */
const REASONS: readonly (readonly [said: RegExp, hint: Hint])[] = [
  [
    /not allowed to access|network policy/i,
    (user) =>
      `Have the address of this machine added to the network policy: SHOW PARAMETERS LIKE 'NETWORK_POLICY' FOR USER ${user};`,
  ],
  [/disabled/i, (user) => `ALTER USER ${user} SET DISABLED = FALSE;`],
  [/locked/i, (user) => `Wait 15 minutes, or: ALTER USER ${user} SET MINS_TO_UNLOCK = 0;`],
  [/expired/i, (user) => `See what has expired: DESC USER ${user};`],
  [
    /multi-?factor|\bMFA\b/i,
    (user) => `A program cannot answer a second factor: ALTER USER ${user} SET TYPE = SERVICE;`,
  ],
  [
    /free trial|suspended|decommission/i,
    () => 'The account is closed to queries: an account administrator sees why in Snowsight, Admin, Billing.',
  ],
];

const SESSION_CODES = new Set(['390189', '390201']);

/** The error of a login, or of a request that carries its credential, that Snowflake refused. */
export function loginRefused({ code, message, details }: RefusedLogin, who: WhoSignsIn): SourceError {
  const said = `Snowflake refused the login (${code}): ${message}`;
  const user = who.signIn.username === undefined ? '<user>' : userInSql(who.signIn.username);
  if (SESSION_CODES.has(code)) {
    return new SourceError(/warehouse/i.test(message) ? 'SOURCE_WAREHOUSE' : 'SOURCE_LOGIN_REFUSED', said, {
      retryable: false,
      hint: found(SESSION_OBJECTS, message, user) ?? OF_SESSION,
      details,
    });
  }
  const hint = HINTS[code] ?? hintFor(code, message, user, who);
  return new SourceError('SOURCE_LOGIN_REFUSED', `${said}${endOf(code, who)}`, { retryable: false, hint, details });
}

/** Snowflake says of a token only that it is invalid; the token itself may tell that it has ended. */
function endOf(code: string, { signIn }: WhoSignsIn): string {
  if (!isTokenRefused(code) || signIn.authenticator === 'SNOWFLAKE_JWT') return '';
  const end = signIn.tokens?.endsAt;
  return end === undefined || end.getTime() > Date.now()
    ? ''
    : ` The token says that it ended at ${end.toISOString()}.`;
}

function found(kinds: readonly (readonly [RegExp, Hint])[], said: string, user: string): string | undefined {
  return kinds.find(([form]) => form.test(said))?.[1](user);
}

function hintFor(code: string, said: string, username: string, { signIn, role }: WhoSignsIn): string {
  if (!isTokenRefused(code)) {
    return (
      found(REASONS, said, username) ??
      `See the user (DESC USER ${username}) and its logins: INFORMATION_SCHEMA.LOGIN_HISTORY_BY_USER().`
    );
  }
  switch (signIn.authenticator) {
    case 'SNOWFLAKE_JWT':
      return `Check account, user, the clock of this machine, and the key: RSA_PUBLIC_KEY_FP in DESC USER ${username}, or an ACTIVE one of SHOW USER KEY PAIRS FOR USER ${username}, must be ${signIn.fingerprint}.`;
    case 'PROGRAMMATIC_ACCESS_TOKEN': {
      const restriction = role === undefined ? '' : `, or restricted to another role than ${role}`;
      return `It has expired, was removed or rotated, is of another user${restriction}, or is no programmatic access token: SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER ${username};   -- an OAuth token needs authenticator: 'OAUTH'`;
    }
    case 'OAUTH':
      return `Check that it is an access token for this account and user, of a security integration that is enabled; a programmatic access token needs authenticator: 'PROGRAMMATIC_ACCESS_TOKEN'.`;
    case 'WORKLOAD_IDENTITY':
      return `Check that the user has this identity: SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS FOR USER ${username};   -- type, issuer, subject and audience have to be the workload's`;
  }
}
