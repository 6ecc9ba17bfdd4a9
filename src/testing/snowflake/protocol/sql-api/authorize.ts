import { authenticate } from '../../server/authenticate.js';
import type { Call } from '../http/call.js';
import { ProtocolError } from '../../server/protocol-error.js';
import type { ServerState } from '../../server/server-state.js';
import type { CatalogUser } from '../../sql/types/sql-engine.js';

/** The user of a request's bearer token. Throws the SQL API's refusals (HTTP 400 and 401). */
export function authorize(state: ServerState, call: Call): CatalogUser {
  if (call.headers['user-agent'] === undefined) {
    throw new ProtocolError('390142', 'Incoming request does not contain a valid User-Agent header.', { status: 400 });
  }
  const header = call.headers['authorization'];
  const token = typeof header === 'string' ? /^Bearer (.+)$/.exec(header)?.[1] : undefined;
  if (token === undefined) {
    throw new ProtocolError('390101', 'Authorization header not found in the request data.', { status: 401 });
  }
  const type = call.headers['x-snowflake-authorization-token-type'] ?? 'KEYPAIR_JWT';
  if (type === 'OAUTH') throw new ProtocolError('390303', 'Invalid OAuth access token.', { status: 401 });
  if (type !== 'KEYPAIR_JWT')
    throw new ProtocolError('394400', 'Programmatic access token is invalid.', { status: 401 });
  try {
    return authenticate(state, { token });
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError(error.code, error.message, { status: 401 });
  }
}
