import { ConfigError } from '../../errors/errors.js';
import { Administrator } from './server/administrator.js';
import { createUsers } from './server/create-users.js';
import { createFaults, type SnowflakeFaults } from './snowflake-faults.js';
import { HttpServer } from './protocol/http-server.js';
import { ServerClock } from './results/server-clock.js';
import { createServerState, type LoginFailure, type ServerState } from './server/server-state.js';
import type { SeedFile } from './server/seed-files.js';
import type { SnowflakeSettings } from './server/snowflake-options.js';
import { createTokens, type SnowflakeTokens } from './server/user-tokens.js';
import type { CatalogUser, SqlEngine, TokenKind } from './sql/types/sql-engine.js';

/** What a connection stands on. Names are identifiers: upper-cased unless quoted. */
export interface ConnectionWish {
  /** @default the first user */
  readonly user?: string | undefined;
  /** Needed where the server was given only the public key. */
  readonly privateKey?: string | undefined;
  readonly role?: string | undefined;
  readonly warehouse?: string | undefined;
  readonly database?: string | undefined;
  readonly schema?: string | undefined;
}

/** Connection options as snowmelt's sources take them. */
export interface SnowflakeConnection {
  readonly account: string;
  readonly accessUrl: string;
  readonly username: string;
  readonly privateKey: string;
  readonly role: string;
  readonly warehouse: string;
  readonly database: string;
  readonly schema: string;
}

/** What a connection with a token stands on. */
export interface TokenConnectionWish extends Omit<ConnectionWish, 'privateKey'> {
  readonly type: TokenKind;
}

/** Connection options with a token, as snowmelt's sources take them. */
export interface SnowflakeTokenConnection extends Omit<SnowflakeConnection, 'privateKey'> {
  readonly authenticator: TokenKind;
  readonly token: string;
}

/** What has happened so far. */
export interface SnowflakeStats {
  /** Requests by kind: `login`, `query`, `chunk`, `api-submit`, … */
  readonly requests: Readonly<Record<string, number>>;
  /** Refused logins with the reason that clients are not told. */
  readonly loginFailures: readonly LoginFailure[];
  readonly openSessions: number;
  /** Statements started. */
  readonly statements: number;
  readonly runningStatements: number;
  /** Texts of the statements whose outcome is still kept, oldest first. */
  readonly sql: readonly string[];
  /** Requests that were hit by a fault. */
  readonly faultHits: number;
}

/** A running Snowflake on loopback. */
export interface EmbeddedSnowflake {
  /** `http://127.0.0.1:<port>` */
  readonly accessUrl: string;
  readonly account: string;
  /** Connection options for a user. Throws `ConfigError` (CONFIG_INVALID) for an unknown user or a missing key. */
  readonly connection: (wish?: ConnectionWish) => SnowflakeConnection;
  /**
   * The same with the first token of that type that the user has. Throws `ConfigError` (CONFIG_INVALID) when there is
   * none.
   */
  readonly tokenConnection: (wish: TokenConnectionWish) => SnowflakeTokenConnection;
  /** Issues and revokes tokens. */
  readonly tokens: SnowflakeTokens;
  /**
   * Runs SQL as ACCOUNTADMIN inside the server, past protocol and faults: for seeding and looking. Several statements
   * may stand in one text; the last one's rows come back, every value as Snowflake's wire text. Throws an error with
   * Snowflake's `code` and `sqlState`.
   */
  readonly query: (sql: string) => Promise<Record<string, string | null>[]>;
  /** What has happened so far. */
  readonly stats: () => SnowflakeStats;
  readonly faults: SnowflakeFaults;
  /** Cancels what runs and frees the port and the database. Can be called twice. */
  readonly close: () => Promise<void>;
}

/** Starts a server on an SQL engine, which it then owns. */
export async function startServer(
  engine: SqlEngine,
  settings: SnowflakeSettings,
  clock: ServerClock = new ServerClock(),
  seeds: readonly SeedFile[] = [],
): Promise<EmbeddedSnowflake> {
  const state = createServerState(engine, settings, clock);
  const http = new HttpServer(state);
  const administrator = new Administrator(state);
  try {
    const privateKeys = await createUsers(engine.catalog, settings, clock);
    await administrator.prepare(seeds);
    await http.listen();
    let closing: Promise<void> | undefined;
    return {
      accessUrl: http.origin,
      account: settings.account,
      connection: (wish = {}) => connect(state, privateKeys, http.origin, wish),
      query: (sql) => administrator.query(sql),
      stats: () => readStats(state),
      tokenConnection: (wish) => connectWithToken(state, http.origin, wish),
      tokens: createTokens(engine.catalog, clock),
      faults: createFaults(state, http),
      close: () => (closing ??= close(state, http)),
    };
  } catch (error) {
    await close(state, http);
    throw error;
  }
}

async function close(state: ServerState, http: HttpServer): Promise<void> {
  await http.close();
  await state.statements.close();
  state.chunks.clear();
  await state.engine.close();
}

function connect(
  state: ServerState,
  privateKeys: ReadonlyMap<string, string>,
  accessUrl: string,
  wish: ConnectionWish,
): SnowflakeConnection {
  const user = wantedUser(state, wish);
  const privateKey = wish.privateKey ?? privateKeys.get(user.name);
  if (privateKey === undefined) {
    throw new ConfigError('CONFIG_INVALID', `connection: the private key of user ${user.name} is not known`, {
      hint: 'Pass it as `connection({ privateKey })`, or give the user a `keyPair`.',
    });
  }
  return { ...place(state, accessUrl, user, wish), privateKey };
}

function connectWithToken(
  state: ServerState,
  accessUrl: string,
  { type, ...wish }: TokenConnectionWish,
): SnowflakeTokenConnection {
  const user = wantedUser(state, wish);
  const token = user.tokens.find(({ kind }) => kind === type);
  if (token === undefined) {
    throw new ConfigError('CONFIG_INVALID', `tokenConnection: the user ${user.name} has no token of type ${type}`, {
      hint: 'Add one to `tokens` of the user, or with `tokens.add`.',
    });
  }
  const role = wish.role ?? token.roles[0];
  return { ...place(state, accessUrl, user, { ...wish, role }), authenticator: type, token: token.secret };
}

function wantedUser({ settings, engine }: ServerState, wish: ConnectionWish): CatalogUser {
  const name = (wish.user ?? settings.users[0]?.name ?? '').toUpperCase();
  const user = engine.catalog.users.get(name);
  if (user !== undefined) return user;
  throw new ConfigError('CONFIG_INVALID', `connection: there is no user ${name}`, {
    hint: `Users: ${[...engine.catalog.users.keys()].join(', ')}. Add others to \`users\`.`,
  });
}

function place(
  { settings }: ServerState,
  accessUrl: string,
  user: CatalogUser,
  wish: ConnectionWish,
): Omit<SnowflakeConnection, 'privateKey'> {
  return {
    account: settings.account,
    accessUrl,
    username: user.name,
    role: wish.role ?? user.defaultRole ?? 'PUBLIC',
    warehouse: wish.warehouse ?? user.defaultWarehouse ?? '',
    database: wish.database ?? user.defaultDatabase ?? '',
    schema: wish.schema ?? user.defaultSchema ?? 'PUBLIC',
  };
}

function readStats(state: ServerState): SnowflakeStats {
  const statements = state.statements.list();
  return {
    requests: Object.fromEntries(state.requests),
    loginFailures: [...state.loginFailures],
    openSessions: state.sessions.list().length,
    statements: state.statements.count,
    runningStatements: statements.filter(({ status }) => status === 'RUNNING').length,
    sql: statements.map(({ request }) => request.sql),
    faultHits: state.faults.hits,
  };
}
