import type { Authenticator } from './auth/sign-in-options.js';

/** A value of a bind variable. A `bigint` is passed as text. */
export type BindValue = string | number | boolean | null;

/** Rendered SQL and its binds (`?` in order). */
export interface Statement {
  readonly sql: string;
  readonly binds: readonly BindValue[];
}

/**
 * The logical type of a column.
 *
 * `native` is for sources other than Snowflake: the values are JavaScript values already. All other types carry
 * Snowflake's own wire text (or `null`), the same from every Snowflake source:
 *
 * | type | wire text |
 * | --- | --- |
 * | `fixed`, `decfloat` | decimal, scale digits kept: `1.50` |
 * | `real` | `1.5`, `1e300`, `NaN`, `inf`, `-inf` |
 * | `text` | as it is |
 * | `boolean` | `1`/`0` or `true`/`false` |
 * | `date` | days since 1970-01-01 |
 * | `time` | seconds since midnight with fraction |
 * | `timestamp_ntz`, `timestamp_ltz` | Unix seconds with fraction: `-1.500000000` |
 * | `timestamp_tz` | the same, a space, offset minutes + 1440: `1700000000.000000000 1785` |
 * | `variant`, `object`, `array`, `map`, `geography`, `geometry`, `vector` | JSON text |
 * | `binary` | hexadecimal |
 */
export type ColumnType =
  | 'fixed'
  | 'real'
  | 'decfloat'
  | 'text'
  | 'boolean'
  | 'date'
  | 'time'
  | 'timestamp_ntz'
  | 'timestamp_ltz'
  | 'timestamp_tz'
  | 'variant'
  | 'object'
  | 'array'
  | 'map'
  | 'binary'
  | 'geography'
  | 'geometry'
  | 'vector'
  | 'native';

/** One column of a result, as Snowflake describes it. */
export interface Column {
  /** The exact name, case kept. */
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** Digits of a `fixed` column. */
  readonly precision?: number | undefined;
  /** Digits after the point of a `fixed` column, fraction digits of a temporal one. */
  readonly scale?: number | undefined;
  /** Largest length of a `text` column in characters, of a `binary` one in bytes; the driver does not tell it. */
  readonly length?: number | undefined;
}

/** Proof that a re-opened result is the same: the hash of one row's wire values. */
export interface RowCheck {
  /** Zero-based row number. */
  readonly row: number;
  /** See `rowHash`. */
  readonly hash: string;
}

/** A serialisable reference to an executed statement's rows. Plain JSON. */
export interface ResultRef {
  readonly queryId: string;
  readonly rowCount?: number | undefined;
  /** Hash of the columns' names and types. */
  readonly columnsHash: string;
  /** The last settled row, added by a checkpoint and compared by `reopen`. */
  readonly check?: RowCheck | undefined;
}

/** Consecutive rows of a result. */
export interface RowBatch {
  /** Zero-based number of the first row. */
  readonly firstRow: number;
  /** Values by column position. */
  readonly rows: readonly (readonly unknown[])[];
}

/** Half-open range of rows: `from` included, `to` not. */
export interface ReadOptions {
  /** First row. @default 0 */
  readonly from?: number | undefined;
  /** Row after the last one. @default the end of the result */
  readonly to?: number | undefined;
  /** Ends the reading. */
  readonly signal?: AbortSignal | undefined;
}

/** Something about a result that is worth knowing, although its values are right. */
export interface SourceWarning {
  /** Short and stable. */
  readonly code: string;
  readonly message: string;
}

/** An executed statement's rows. */
export interface ResultSet {
  readonly ref: ResultRef;
  readonly columns: readonly Column[];
  readonly rowCount: number | undefined;
  /** Reads rows in order. Leaving the loop early releases what the reading holds. */
  readonly read: (options?: ReadOptions) => AsyncIterable<RowBatch>;
  /** May grow while rows are read; a delivery passes them on when it has read them. */
  readonly warnings?: readonly SourceWarning[] | undefined;
}

/** Options of every call of a source. */
export interface SourceCallOptions {
  /** Aborting cancels the statement on the server; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link Source.execute}. */
export interface ExecuteOptions extends SourceCallOptions {
  /** Snowflake's QUERY_TAG of this statement; default the connection's `queryTag`. */
  readonly queryTag?: string | undefined;
  /** The `{{last_sync_time}}` of this run, Unix seconds, for sources without a query. */
  readonly lastSyncTime?: number | undefined;
}

/** Where a Snowflake source connects to and as whom, without any secret. */
export interface SourceDescription {
  /** `driver`: one session with pinned settings; `sql-api`: every statement stands alone. */
  readonly kind: 'driver' | 'sql-api';
  readonly account: string;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** How it signs in, by Snowflake's names. */
  readonly authenticator: Authenticator;
  /** Missing where the token alone tells. */
  readonly username?: string | undefined;
  /** Of a private key, as `DESC USER` shows it: `SHA256:…`. */
  readonly keyFingerprint?: string | undefined;
  /** As given; missing where the user's default counts. */
  readonly role?: string | undefined;
  readonly warehouse?: string | undefined;
  readonly database?: string | undefined;
  readonly schema?: string | undefined;
}

/** Where rows come from. */
export interface Source {
  /** A friendly name for events and errors. */
  readonly name?: string | undefined;
  /** Runs a statement and waits until its result is complete. */
  readonly execute: (statement: Statement, options?: ExecuteOptions) => Promise<ResultSet>;
  /**
   * Opens the stored result of an earlier `execute`, from any process of the same user.
   *
   * @throws ResultExpiredError when it is gone or no longer what `ref` describes
   */
  readonly reopen: (ref: ResultRef, options?: SourceCallOptions) => Promise<ResultSet>;
  /** The server's clock. */
  readonly now: (options?: SourceCallOptions) => Promise<Date>;
  /** Idempotent. */
  readonly close: () => Promise<void>;
  /**
   * Whether a statement is Snowflake's SQL, so that a query can stand in FROM, its key be hashed and its rows sorted:
   * what `changes` of a sync needs.
   *
   * @default false
   */
  readonly snowflakeSql?: boolean | undefined;
  /** What `diagnose` needs to know about a connection to Snowflake. */
  readonly describe?: (() => SourceDescription) | undefined;
}
