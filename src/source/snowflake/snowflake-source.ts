import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import {
  connectionShape,
  describeConnection,
  resolveConnection,
  responseLimit,
  type SnowflakeConnectionOptions,
} from '../connection-options.js';
import { shareSignIn } from '../source-variant.js';
import { snowflakeTime } from '../snowflake-time.js';
import { verifyReopened } from '../result-hash.js';
import type {
  ExecuteOptions,
  ResultRef,
  ResultSet,
  Source,
  SourceCallOptions,
  SourceDescription,
  Statement,
} from '../source.js';
import { DriverResultSet, type ReadSettings } from './driver-result-set.js';
import { DriverSession } from './driver-session.js';
import type { DriverLogLevel } from './load-driver.js';
import { RequestGuard } from './request-guard.js';

/** Options of {@link SnowflakeSource}. */
export interface SnowflakeSourceOptions extends SnowflakeConnectionOptions {
  /**
   * What the driver logs (to `./snowflake.log` and stdout; a process-wide setting of the driver). `KEEP` leaves the
   * setting of the host program alone.
   *
   * @default OFF
   */
  readonly driverLogLevel?: DriverLogLevel | undefined;
  /** After so many milliseconds without a row, while one is waited for, the result is opened again. @default 60000 */
  readonly stallTimeoutMs?: number | undefined;
  /** Longest time of one request of the driver with its repetitions, in milliseconds. @default 600000 (10 min) */
  readonly requestTimeoutMs?: number | undefined;
  /** Most bytes of one answer, unpacked; a longer one fails. @default 268435456 (256 MiB) */
  readonly maxResponseBytes?: number | undefined;
  /** How often in a row reading may fail without any progress before it is given up. @default 4 */
  readonly maxReadFailures?: number | undefined;
  /** Most rows of one `RowBatch`. @default 2000 */
  readonly batchRows?: number | undefined;
  /** Chunks of a result downloaded ahead; with one the reader waits for each when storage is 100 ms away. @default 2 */
  readonly resultPrefetch?: number | undefined;
  /**
   * `auto` takes the rows as they came over the wire, past the driver's decoding, where the driver allows it; `driver`
   * always lets the driver decode them, which is several times slower. The values are the same.
   *
   * @default auto
   */
  readonly rowAccess?: 'auto' | 'driver' | undefined;
  /** More options for the driver's `createConnection`, such as `proxyHost`; none to sign in with. @default none */
  readonly driverOptions?: Readonly<Record<string, unknown>> | undefined;
}

/** Two ways to sign in would contradict each other, and the driver's own keeps no secrets out of its errors. */
const OF_THE_SIGN_IN = [
  'authenticator',
  'token',
  'privateKey',
  'privateKeyPath',
  'workloadIdentityProvider',
  'username',
];

const shape = {
  ...connectionShape,
  driverLogLevel: z.enum(['OFF', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE', 'KEEP']).default('OFF'),
  stallTimeoutMs: z.int().min(10).default(60_000),
  requestTimeoutMs: z.int().min(10).default(600_000),
  maxResponseBytes: responseLimit,
  maxReadFailures: z.int().min(0).default(4),
  batchRows: z.int().min(1).max(100_000).default(2000),
  resultPrefetch: z.int().min(1).max(10).default(2),
  rowAccess: z.enum(['auto', 'driver']).default('auto'),
  driverOptions: z
    .record(z.string(), z.unknown())
    .refine((given) => !OF_THE_SIGN_IN.some((name) => name in given), {
      message: `${OF_THE_SIGN_IN.join(', ')} are options of the source itself`,
    })
    .default({}),
};

/**
 * Snowflake through its official driver, `snowflake-sdk` (an optional peer, loaded at the first connection). It signs in
 * with an RSA key pair, a token or the identity of a workload.
 *
 * All calls share one connection. The session is pinned (time zone, names in their own case, strict JSON), so that
 * neither the user's nor the account's settings change the values. Values are Snowflake's wire text: nothing passes
 * through the driver's Dates, and no VARIANT text is ever evaluated.
 *
 * @example
 * ```ts
 * import { SnowflakeSource } from 'snowmelt';
 *
 * const source = new SnowflakeSource({ account: 'myorg-myaccount', username: 'SNOWMELT', privateKeyPath: './rsa_key.p8' });
 * const result = await source.execute({ sql: 'SELECT ID FROM shop.public.people', binds: [] });
 * for await (const { rows } of result.read()) console.log(rows.length);
 * await source.close();
 * ```
 *
 * @throws ConfigError for wrong options, a wrong key or a wrong token
 */
export class SnowflakeSource implements Source {
  readonly name: string | undefined;
  readonly snowflakeSql = true;
  readonly #description: SourceDescription;
  readonly #session: DriverSession;
  readonly #settings: ReadSettings;

  constructor(options: SnowflakeSourceOptions) {
    const checked = checkOptions('SnowflakeSource', shape, options);
    const connection = resolveConnection('SnowflakeSource', checked, {
      other: 'SqlApiSource',
      ecKeys: false,
      workloadIdentity: true,
    });
    const { driverLogLevel, stallTimeoutMs, maxReadFailures, batchRows, resultPrefetch, rowAccess } = checked;
    this.name = checked.name;
    this.#description = describeConnection('driver', connection);
    const { requestTimeoutMs, maxResponseBytes } = checked;
    const rawRows = { enabled: rowAccess === 'auto', lost: false };
    this.#settings = { batchRows, stallTimeoutMs, maxReadFailures, rawRows };
    shareSignIn(this, connection.signIn, checked, (changed) => new SnowflakeSource(changed));
    this.#session = new DriverSession({
      connection,
      logLevel: driverLogLevel,
      resultPrefetch,
      streamHighWaterMark: batchRows,
      driverOptions: checked.driverOptions,
      guard: new RequestGuard({ requestTimeoutMs, maxResponseBytes }),
    });
  }

  /**
   * Runs a statement and waits until its result is complete.
   *
   * @throws SourceError `SOURCE_SQL`, `SOURCE_WAREHOUSE`, `SOURCE_TIMEOUT`, `SOURCE_UNREACHABLE`,
   * `SOURCE_LOGIN_REFUSED`, `SOURCE_FAILED`, `SOURCE_CLOSED`
   */
  async execute(statement: Statement, options: ExecuteOptions = {}): Promise<ResultSet> {
    const parameters = options.queryTag === undefined ? undefined : { QUERY_TAG: options.queryTag };
    const opened = await this.#session.execute(statement.sql, statement.binds, parameters, options.signal);
    return new DriverResultSet(this.#session, this.#settings, opened);
  }

  /**
   * Opens the stored result of an earlier statement.
   *
   * @throws ResultExpiredError when it is gone or different
   */
  async reopen(ref: ResultRef, options: SourceCallOptions = {}): Promise<ResultSet> {
    const opened = await this.#session.fetchResult(ref.queryId, options.signal);
    const result = new DriverResultSet(this.#session, this.#settings, opened);
    await verifyReopened(result, ref, options.signal);
    return result;
  }

  /** Snowflake's clock. */
  async now(options: SourceCallOptions = {}): Promise<Date> {
    return snowflakeTime(this, options);
  }

  /** Where it connects to and as whom, without secrets. */
  describe(): SourceDescription {
    return this.#description;
  }

  /** Ends the session. Statements and reads in flight end with `SOURCE_CLOSED`. Idempotent. */
  async close(): Promise<void> {
    await this.#session.close();
  }

  /** The same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
