import { authenticate } from '../../server/authenticate.js';
import type { Call } from '../http/call.js';
import { ProtocolError } from '../../server/protocol-error.js';
import type { ServerState } from '../../server/server-state.js';
import type { AuthenticationMethod } from '../../auth/policies.js';
import type { SignedIn } from '../../auth/verify-jwt.js';
import { kindOfToken } from '../../auth/verify-token.js';

/** Who signs a request, and how. */
export interface Authorized extends SignedIn {
  readonly method: AuthenticationMethod;
}

/** Whose a request's bearer token is. Throws the SQL API's refusals (HTTP 400 and 401). */
export function authorize(state: ServerState, call: Call): Authorized {
  if (call.headers['user-agent'] === undefined) {
    throw new ProtocolError('390142', 'Incoming request does not contain a valid User-Agent header.', { status: 400 });
  }
  const header = call.headers['authorization'];
  const token = typeof header === 'string' ? /^Bearer (.+)$/.exec(header)?.[1] : undefined;
  if (token === undefined) {
    throw new ProtocolError('390101', 'Authorization header not found in the request data.', { status: 401 });
  }
  const method = methodOf(state, call.headers['x-snowflake-authorization-token-type'], token);
  try {
    return { ...authenticate(state, { method, token }), method };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError(error.code, error.message, { status: 401 });
  }
}

function methodOf(state: ServerState, type: unknown, token: string): AuthenticationMethod {
  if (type === 'OAUTH' || type === 'PROGRAMMATIC_ACCESS_TOKEN') return type;
  if (type === undefined) {
    const kind = kindOfToken(token, state.engine.catalog.users);
    return kind === undefined || kind === 'WORKLOAD_IDENTITY' ? 'KEYPAIR' : kind;
  }
  if (type === 'KEYPAIR_JWT') return 'KEYPAIR';
  throw new ProtocolError('390142', 'X-Snowflake-Authorization-Token-Type is not valid.', { status: 400 });
}
