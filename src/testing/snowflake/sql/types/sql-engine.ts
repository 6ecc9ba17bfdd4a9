import type { LoggedQuery } from './logged-query.js';
import type { LevelledValue } from './parameter-value.js';

/** Snowflake's description of a result column, as both protocols send it (`rowtype`, `rowType`). */
export interface RowType {
  readonly name: string;
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  readonly nullable: boolean;
  /** Lower case: `fixed`, `real`, `text`, `boolean`, `date`, `time`, `timestamp_ntz`, `variant`, … */
  readonly type: string;
  readonly length: number | null;
  readonly byteLength: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly collation: string | null;
  /** Of a structured type: its key and value, its element, its fields. */
  readonly fields?: readonly RowType[];
}

/** A bind as it comes over the wire: type name and text. */
export interface WireBind {
  /** FIXED, REAL, TEXT, BOOLEAN, DATE, TIME, TIMESTAMP_NTZ, TIMESTAMP_LTZ, TIMESTAMP_TZ, VARIANT, BINARY. */
  readonly type: string;
  readonly value: string | null;
}

/** Array binds: one variable's value in every row. */
export interface WireBatch {
  readonly type: string;
  readonly values: readonly (string | null)[];
}

/** What a session stands on; changed by USE and ALTER SESSION. */
export interface SessionContext {
  readonly sessionId: string;
  readonly account: string;
  readonly user: string;
  role: string | undefined;
  warehouse: string | undefined;
  database: string | undefined;
  schema: string | undefined;
  /** What the session itself set, by upper-case name. */
  readonly parameters: Map<string, string | number | boolean>;
  /** The roles that its credential allows; all of the user's where it is missing. */
  readonly allowedRoles?: readonly string[] | undefined;
  /** What user and account had set when the session began. */
  readonly inherited?: ReadonlyMap<string, LevelledValue> | undefined;
  lastQueryId: string | undefined;
}

/** One statement to run. */
export interface ExecuteRequest {
  readonly sql: string;
  /** By position; a variable that the client left out has no value. */
  readonly binds: readonly (WireBind | undefined)[];
  /** Array binds, by position, all of one length. They fill the VALUES of an INSERT and no other variable. */
  readonly batch?: readonly (WireBatch | undefined)[] | undefined;
  /** UUID; names the result. */
  readonly queryId: string;
  /** Compile only: columns, no rows. */
  readonly describeOnly?: boolean;
  /** Parameters of this statement alone, by upper-case name. */
  readonly parameters?: ReadonlyMap<string, string | number | boolean>;
  /** Abort interrupts the statement in the database; the promise rejects with `signal.reason`. */
  readonly signal: AbortSignal;
}

/** A finished statement. Its rows stay in the database, in a fixed order, until `release`. */
export interface SqlResult {
  readonly queryId: string;
  readonly columns: readonly RowType[];
  readonly rowCount: number;
  /** 4096 SELECT, 12288 DML, 16384 and up DDL and session commands. */
  readonly statementTypeId: number;
  /**
   * Rows `from` (included) to `to` (not) as JSON text WITHOUT the outer brackets: `["1","a"],["2",null]`, every value
   * Snowflake wire text or null. Empty text for an empty range.
   */
  readonly rows: (from: number, to: number) => Promise<string>;
  readonly release: () => Promise<void>;
}

/** Runs Snowflake SQL on an embedded database. */
export interface SqlEngine {
  /** Users, roles, grants and warehouses, changed by CREATE USER, GRANT and the like. */
  readonly catalog: Catalog;
  /** What QUERY_HISTORY tells. */
  readonly queries: { readonly add: (query: LoggedQuery) => LoggedQuery };
  readonly execute: (context: SessionContext, request: ExecuteRequest) => Promise<SqlResult>;
  /** Rolls the session's transaction back and drops its temporary tables. */
  readonly endSession: (context: SessionContext) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What a credential of a user has besides its secret. Times are Unix milliseconds. */
interface CredentialFacts {
  readonly name: string;
  /** The roles that a session may have; empty: all of the user's. */
  readonly roles: readonly string[];
  readonly createdOn: number;
  /** The life that it is given anew when it is rotated. */
  readonly days: number | undefined;
  readonly expiresAt: number | undefined;
  readonly disabled: boolean;
  readonly comment: string;
}

/** A key pair with a name of its own. */
export interface NamedKeyPair extends CredentialFacts {
  /** PEM or bare base64 of the SPKI. */
  readonly publicKey: string;
}

/** How a token signs in, as the driver names it. */
export type TokenKind = 'PROGRAMMATIC_ACCESS_TOKEN' | 'OAUTH' | 'WORKLOAD_IDENTITY';

/** A token of a user. */
export interface UserToken extends CredentialFacts {
  readonly kind: TokenKind;
  readonly secret: string;
}

/** A user of the embedded Snowflake. Names are upper case unless created quoted. */
export interface CatalogUser {
  readonly name: string;
  keyPairs: readonly NamedKeyPair[];
  tokens: readonly UserToken[];
  /** Names of policies. */
  networkPolicy: string | undefined;
  authenticationPolicy: string | undefined;
  /** What stands in the brackets of `WORKLOAD_IDENTITY = ( … )`. */
  workloadIdentity: string | undefined;
  /** PEM or bare base64 of the SPKI, at most two. */
  publicKeys: string[];
  defaultRole: string | undefined;
  defaultWarehouse: string | undefined;
  defaultDatabase: string | undefined;
  defaultSchema: string | undefined;
  readonly roles: Set<string>;
  /** Parameters set on the user, e.g. QUOTED_IDENTIFIERS_IGNORE_CASE. */
  readonly parameters: Map<string, string | number | boolean>;
  /** PERSON, SERVICE, LEGACY_SERVICE. */
  type: string;
  disabled: boolean;
}

/** A network policy or rule, a resource monitor, an authentication policy. */
export interface AccountObject {
  readonly kind: string;
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
}

/** Who may do what. */
export interface Catalog {
  readonly users: Map<string, CatalogUser>;
  /** Role name to its grants, each `PRIVILEGE ON KIND NAME`, upper case. ACCOUNTADMIN may do everything. */
  readonly roles: Map<string, Set<string>>;
  readonly warehouses: Set<string>;
  /** By kind and name: `NETWORK POLICY OFFICE`. */
  readonly accountObjects: Map<string, AccountObject>;
  /** Session parameters set on the account. */
  readonly accountParameters: Map<string, string | number | boolean>;
}

/** An error in Snowflake's own words. */
export class SnowflakeSqlError extends Error {
  override readonly name = 'SnowflakeSqlError';
  /** Six digits: `001003`. */
  readonly code: string;
  readonly sqlState: string;
  readonly line: number | undefined;
  readonly pos: number | undefined;

  constructor(code: string, sqlState: string, message: string, position?: { line: number; pos: number }) {
    super(message);
    this.code = code;
    this.sqlState = sqlState;
    this.line = position?.line;
    this.pos = position?.pos;
  }
}
