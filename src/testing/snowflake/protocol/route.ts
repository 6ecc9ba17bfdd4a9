import { downloadChunk } from './driver/chunk-download.js';
import { login } from './driver/login.js';
import { queryRequest } from './driver/query-request.js';
import { abortQuery, abortRequest, getResult, monitorQuery } from './driver/result-requests.js';
import { heartbeat, logout, renewToken, telemetry } from './driver/session-requests.js';
import type { SnowflakeEndpoint } from '../faults/snowflake-fault.js';
import type { ServerState } from '../server/server-state.js';
import { cancelStatement } from './sql-api/cancel-statement.js';
import { getStatement } from './sql-api/get-statement.js';
import { submitStatement } from './sql-api/submit-statement.js';
import type { Call } from './http/call.js';
import type { Reply } from './http/reply.js';

/** What answers a kind of request. */
export interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly endpoint: SnowflakeEndpoint;
  readonly handle: (state: ServerState, call: Call) => Promise<Reply>;
}

const routes: readonly Route[] = [
  { method: 'GET', path: /^\/chunks\//, endpoint: 'chunk', handle: downloadChunk },
  { method: 'POST', path: /^\/session\/v1\/login-request$/, endpoint: 'login', handle: login },
  { method: 'POST', path: /^\/session\/token-request$/, endpoint: 'renewal', handle: renewToken },
  { method: 'POST', path: /^\/session\/heartbeat$/, endpoint: 'heartbeat', handle: heartbeat },
  { method: 'POST', path: /^\/session$/, endpoint: 'logout', handle: logout },
  { method: 'POST', path: /^\/telemetry\/send/, endpoint: 'telemetry', handle: telemetry },
  { method: 'POST', path: /^\/queries\/v1\/query-request$/, endpoint: 'query', handle: queryRequest },
  { method: 'POST', path: /^\/queries\/v1\/abort-request$/, endpoint: 'cancel', handle: abortRequest },
  { method: 'POST', path: /^\/queries\/([^/]+)\/abort-request$/, endpoint: 'cancel', handle: abortQuery },
  { method: 'GET', path: /^\/queries\/([^/]+)\/result$/, endpoint: 'result', handle: getResult },
  { method: 'GET', path: /^\/monitoring\/queries\/([^/]+)$/, endpoint: 'monitoring', handle: monitorQuery },
  { method: 'POST', path: /^\/api\/v2\/statements\/?$/, endpoint: 'api-submit', handle: submitStatement },
  { method: 'POST', path: /^\/api\/v2\/statements\/([^/]+)\/cancel$/, endpoint: 'api-cancel', handle: cancelStatement },
  { method: 'GET', path: /^\/api\/v2\/statements\/([^/]+)$/, endpoint: 'api-status', handle: getStatement },
];

/** The route of a request: `404` where nothing has that path, `405` where something has it under another method. */
export function findRoute(method: string, path: string): { route: Route; params: readonly string[] } | 404 | 405 {
  let known = false;
  for (const route of routes) {
    const match = route.path.exec(path);
    if (match === null) continue;
    if (route.method === method) return { route, params: match.slice(1).map(decodeURIComponent) };
    known = true;
  }
  return known ? 405 : 404;
}
