import type { LoginFailureReason } from '../auth/verify-jwt.js';
import { FaultList } from '../faults/fault-list.js';
import type { SnowflakeEndpoint } from '../faults/snowflake-fault.js';
import { ChunkCache } from '../results/chunk-cache.js';
import { ChunkLinks } from '../results/chunk-links.js';
import type { ServerClock } from '../results/server-clock.js';
import { SessionStore } from './session-store.js';
import type { SnowflakeSettings } from './snowflake-options.js';
import type { SqlEngine } from '../sql/types/sql-engine.js';
import type { Statement } from '../results/statement.js';
import { StatementStore } from '../results/statement-store.js';

/** A login that was refused. Clients see only a code and `id`. */
export interface LoginFailure {
  /** The UUID in the message that the client got. */
  readonly id: string;
  readonly user: string | undefined;
  readonly reason: LoginFailureReason;
}

/** Everything that the handlers of one server share. */
export interface ServerState {
  readonly settings: SnowflakeSettings;
  readonly engine: SqlEngine;
  readonly clock: ServerClock;
  readonly sessions: SessionStore;
  readonly statements: StatementStore;
  readonly links: ChunkLinks;
  readonly chunks: ChunkCache;
  readonly faults: FaultList;
  /** Requests so far. */
  readonly requests: Map<SnowflakeEndpoint, number>;
  readonly loginFailures: LoginFailure[];
  /** Statements of the SQL API by user and request id. */
  readonly apiRequests: Map<string, Statement>;
}

/** The state of a new server. */
export function createServerState(engine: SqlEngine, settings: SnowflakeSettings, clock: ServerClock): ServerState {
  return {
    settings,
    engine,
    clock,
    sessions: new SessionStore(clock, settings),
    statements: new StatementStore(engine, clock, settings.resultLifeSeconds),
    links: new ChunkLinks(clock, settings.chunkLinkSeconds),
    chunks: new ChunkCache(),
    faults: new FaultList(settings.faults),
    requests: new Map(),
    loginFailures: [],
    apiRequests: new Map(),
  };
}
