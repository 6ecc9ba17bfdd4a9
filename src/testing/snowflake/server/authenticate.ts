import { randomUUID } from 'node:crypto';
import { ProtocolError } from './protocol-error.js';
import type { ServerState } from './server-state.js';
import type { CatalogUser } from '../sql/types/sql-engine.js';
import { verifyJwt, type LoginFailureReason } from '../auth/verify-jwt.js';

/** Who wants in. */
export interface Credentials {
  readonly token: string;
  /** Names sent beside the token (driver only). */
  readonly login?: { readonly account: string; readonly user: string };
}

/** The user of a key-pair token. Throws Snowflake's refusal, which never says what was wrong; `stats()` does. */
export function authenticate(state: ServerState, credentials: Credentials): CatalogUser {
  const { account } = state.settings;
  const verdict = verifyJwt(credentials.token, {
    account,
    users: state.engine.catalog.users,
    now: state.clock.now(),
    ...(credentials.login === undefined ? {} : { login: credentials.login }),
  });
  if (typeof verdict !== 'string') return verdict;
  throw refuseLogin(state, verdict, credentials.login?.user);
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
    return new ProtocolError('390101', 'User access disabled. Contact your local system administrator.', {
      sqlState: '08001',
    });
  }
  return new ProtocolError('390144', `JWT token is invalid. [${id}]`, { sqlState: '08001' });
}
