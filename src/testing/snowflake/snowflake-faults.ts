import type { HttpServer } from './protocol/http-server.js';
import type { ServerState } from './server/server-state.js';
import type { RowOrder } from './results/statement.js';
import type { SnowflakeFault } from './faults/snowflake-fault.js';

/** Everything that can be made to go wrong, at any time. */
export interface SnowflakeFaults {
  /**
   * Puts a fault in force: `{ on: 'chunk', kind: 'reset', afterBytes: 1000, times: 1 }`. The function returned takes
   * it back. Throws `ConfigError` (CONFIG_INVALID) for a malformed one.
   */
  readonly inject: (fault: SnowflakeFault) => () => void;
  /** Takes every injected fault back. */
  readonly clear: () => void;
  /** Closes the port: connections are refused, open ones cut. Data, sessions and results stay. */
  readonly refuseConnections: () => Promise<void>;
  /** Opens the same port again. */
  readonly acceptConnections: () => Promise<void>;
  /** Chunk links handed out so far answer 403; asking for the result again gives fresh ones. */
  readonly expireChunkLinks: () => void;
  /** Results are gone: of one query, or of all that have ended. */
  readonly expireResults: (queryId?: string) => void;
  /** Hands the same result out in another order to those who ask for it from now on; links handed out stay as they are. */
  readonly reorderResult: (queryId: string, order?: RowOrder) => void;
  /** Every session is gone: code 390111, clients have to log in again. */
  readonly dropSessions: () => void;
  /** Session tokens are expired: code 390112, clients have to renew them. */
  readonly expireSessionTokens: () => void;
  /** Session and master tokens are expired: the renewal fails with code 390114. */
  readonly expireMasterTokens: () => void;
  /** Moves the server's clock, by which tokens, links and results expire. */
  readonly moveClock: (ms: number) => void;
}

/** The faults of one server. */
export function createFaults(state: ServerState, http: HttpServer): SnowflakeFaults {
  return {
    inject: (fault) => state.faults.inject(fault),
    clear: () => state.faults.clear(),
    refuseConnections: () => http.refuse(),
    acceptConnections: () => http.listen(),
    expireChunkLinks: () => state.links.expireAll(),
    expireResults: (queryId) => {
      const ended = state.statements.list().filter(({ status }) => status !== 'RUNNING');
      for (const id of queryId === undefined ? ended.map((each) => each.queryId) : [queryId]) {
        state.statements.expire(id);
      }
      state.chunks.clear();
    },
    reorderResult: (queryId, order = 'reversed') => {
      const statement = state.statements.get(queryId);
      if (statement !== undefined) statement.order = order;
    },
    dropSessions: () => {
      for (const session of state.sessions.list()) session.gone = true;
    },
    expireSessionTokens: () => state.sessions.expireTokens(),
    expireMasterTokens: () => state.sessions.expireMasterTokens(),
    moveClock: (ms) => state.clock.move(ms),
  };
}
