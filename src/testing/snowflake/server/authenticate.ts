import { randomUUID } from 'node:crypto';
import { ProtocolError } from './protocol-error.js';
import type { ServerState } from './server-state.js';
import { isAddressAllowed, isMethodAllowed, lacksNetworkPolicy, type AuthenticationMethod } from '../auth/policies.js';
import { isAccount, verifyJwt, type LoginFailureReason, type SignedIn } from '../auth/verify-jwt.js';
import { verifyToken } from '../auth/verify-token.js';

/** Who wants in. */
export interface Credentials {
  readonly method: AuthenticationMethod;
  readonly token: string;
  /** Who vouches for a workload. */
  readonly provider?: string | undefined;
  /** Names sent beside the token (driver only). */
  readonly login?: { readonly account: string; readonly user: string | undefined } | undefined;
}

/** The server listens there alone. */
const ADDRESS = '127.0.0.1';
const sqlState = '08001';

/** Whose credential it is. Throws Snowflake's refusal, which says little of what was wrong; `stats()` does. */
export function authenticate(state: ServerState, credentials: Credentials): SignedIn {
  const { method, login } = credentials;
  const { catalog } = state.engine;
  const verdict = verify(state, credentials);
  if (typeof verdict === 'string') throw refuseLogin(state, verdict, login?.user, refusal(verdict, method));
  const { user } = verdict;
  if (!isMethodAllowed(catalog, user, method)) {
    const message = 'Authentication attempt rejected by the current authentication policy.';
    throw refuseLogin(state, 'authentication-policy', user.name, new ProtocolError('390202', message, { sqlState }));
  }
  if (lacksNetworkPolicy(user, method)) {
    const error = new ProtocolError('390432', 'Network policy is required.', { sqlState });
    throw refuseLogin(state, 'network-policy', user.name, error);
  }
  if (!isAddressAllowed(catalog, user, ADDRESS)) {
    const message = `Incoming request with IP/Token ${ADDRESS} is not allowed to access Snowflake. Contact your account administrator.`;
    throw refuseLogin(state, 'network-policy', user.name, new ProtocolError('390422', message, { sqlState }));
  }
  return verdict;
}

function verify(state: ServerState, { method, token, provider, login }: Credentials): SignedIn | LoginFailureReason {
  const { account } = state.settings;
  const { users } = state.engine.catalog;
  const now = state.clock.now();
  if (method === 'KEYPAIR') {
    const named = login && { account: login.account, user: login.user ?? '' };
    return verifyJwt(token, { account, users, now, ...(named && { login: named }) });
  }
  if (login !== undefined && !isAccount(login.account, account)) return 'account';
  return verifyToken(token, { kind: method, provider, user: login?.user, users, now });
}

/** The error for what is wrong with a credential: one code for all of it, but for OAuth, which tells more. */
function refusal(reason: LoginFailureReason, method: AuthenticationMethod): ProtocolError | undefined {
  if (reason === 'disabled') return undefined;
  if (method === 'PROGRAMMATIC_ACCESS_TOKEN') {
    return new ProtocolError('394400', 'Programmatic access token is invalid.', { sqlState });
  }
  if (method === 'OAUTH') {
    if (reason === 'expired') return new ProtocolError('390318', 'OAuth access token expired.', { sqlState });
    if (reason === 'subject') {
      const message = 'The user you were trying to authenticate as differs from the user tied to the access token.';
      return new ProtocolError('390309', message, { sqlState });
    }
    return new ProtocolError('390303', 'Invalid OAuth access token.', { sqlState });
  }
  return undefined;
}

/** Notes a refused login and makes the error that answers it. */
export function refuseLogin(
  state: ServerState,
  reason: LoginFailureReason,
  user: string | undefined,
  error?: ProtocolError,
): ProtocolError {
  const id = randomUUID();
  state.loginFailures.push({ id, user, reason });
  if (error !== undefined) return error;
  if (reason === 'disabled') {
    return new ProtocolError('390101', 'User access disabled. Contact your local system administrator.', { sqlState });
  }
  return new ProtocolError('390144', `JWT token is invalid. [${id}]`, { sqlState });
}
