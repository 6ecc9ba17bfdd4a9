import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { SourceError } from '../../errors/errors.js';
import type { HttpFetch } from '../../http/http-fetch.js';
import {
  connectionShape,
  resolveConnection,
  responseLimit,
  describeConnection,
  type SnowflakeConnection,
  type SnowflakeConnectionOptions,
} from '../connection-options.js';
import { makeCredentials } from '../auth/credentials.js';
import { OF_THE_REQUEST, otherParameters, parametersDiffer, RESULT_PARAMETERS } from '../result-parameters.js';
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
import { aliasInCapitals, nameInCapitals, PROBE } from './check-aliases.js';
import { SqlApiClient } from './sql-api-client.js';
import { SqlApiResultSet, type PartitionSettings } from './sql-api-result-set.js';
import { SqlApiStatements } from './sql-api-statements.js';

/** Options of {@link SqlApiSource}. */
export interface SqlApiSourceOptions extends SnowflakeConnectionOptions {
  /** Another `fetch`, for example with a proxy. @default the platform's, which keeps connections alive */
  readonly fetch?: HttpFetch | undefined;
  /** Longest time of one request in milliseconds. @default 120000 */
  readonly requestTimeoutMs?: number | undefined;
  /** Most bytes of one answer, unpacked; a longer one fails. @default 268435456 (256 MiB) */
  readonly maxResponseBytes?: number | undefined;
  /** How often a request is repeated on network errors, 429 and 5xx. @default 6 */
  readonly maxRetries?: number | undefined;
  /** Longest pause between two questions whether the statement is complete, in milliseconds. @default 5000 */
  readonly maxPollMs?: number | undefined;
  /** Uncompressed bytes of partitions fetched ahead; at least one is. @default 33554432 (32 MiB) */
  readonly prefetchBytes?: number | undefined;
  /** Most rows of one `RowBatch`. @default 2000 */
  readonly batchRows?: number | undefined;
}

const shape = {
  ...connectionShape,
  fetch: z.custom<HttpFetch>((value) => value === undefined || typeof value === 'function').optional(),
  requestTimeoutMs: z.int().min(10).default(120_000),
  maxResponseBytes: responseLimit,
  maxRetries: z.int().min(0).max(100).default(6),
  maxPollMs: z.int().min(10).default(5000),
  prefetchBytes: z
    .int()
    .min(0)
    .default(32 * 1024 * 1024),
  batchRows: z.int().min(1).max(100_000).default(2000),
};

const PARAMETERS_KNOWN_MS = 600_000;

/**
 * Snowflake through its public SQL REST API, with a key pair or a token and without a driver.
 *
 * The values are the same as those of `SnowflakeSource`. There is no session: `QUOTED_IDENTIFIERS_IGNORE_CASE` must be
 * FALSE for the user (see `setupSql`); a quoted alias that comes back in capitals is an error. So is any other parameter
 * that the user or the account has set and that changes what queries return, before the first row.
 *
 * @example
 * ```ts
 * import { SqlApiSource } from 'snowmelt';
 *
 * export const source = new SqlApiSource({ account: 'myorg-myaccount', username: 'SNOWMELT', privateKeyPath: './rsa_key.p8' });
 * ```
 *
 * @throws ConfigError for wrong options, a wrong key or a wrong token
 */
export class SqlApiSource implements Source {
  readonly name: string | undefined;
  readonly snowflakeSql = true;
  readonly #connection: SnowflakeConnection;
  readonly #statements: SqlApiStatements;
  readonly #settings: PartitionSettings;
  readonly #closed = new AbortController();
  #parametersKnownUntil = 0;

  constructor(options: SqlApiSourceOptions) {
    const checked = checkOptions('SqlApiSource', shape, options);
    this.#connection = resolveConnection('SqlApiSource', checked, {
      other: 'SnowflakeSource',
      ecKeys: true,
      workloadIdentity: false,
    });
    // Each statement in progress listens until it ends; Node takes more than ten for a leak and says so.
    setMaxListeners(0, this.#closed.signal);
    const { requestTimeoutMs, maxResponseBytes, maxRetries, maxPollMs, prefetchBytes, batchRows } = checked;
    this.name = checked.name;
    this.#settings = { batchRows, prefetchBytes };
    const { account, signIn, baseUrl } = this.#connection;
    shareSignIn(this, signIn, checked, (changed) => new SqlApiSource(changed));
    this.#statements = new SqlApiStatements({
      connection: this.#connection,
      client: new SqlApiClient({
        baseUrl,
        credentials: makeCredentials(signIn, account),
        fetch: checked.fetch,
        requestTimeoutMs,
        maxRetries,
        maxResponseBytes,
      }),
      maxPollMs,
    });
  }

  /**
   * Runs a statement and waits until its result is complete.
   *
   * @throws SourceError as `SnowflakeSource.execute`; MappingError `MAPPING_COLUMNS` for a quoted alias in capitals
   */
  async execute(statement: Statement, options: ExecuteOptions = {}): Promise<ResultSet> {
    const signal = this.#signal(options.signal);
    signal.throwIfAborted();
    const queryTag = options.queryTag ?? this.#connection.queryTag;
    await this.#checkParameters(signal);
    const result = this.#result(await this.#statements.run(statement, queryTag, signal));
    await this.#checkAliases(statement, result, signal);
    return result;
  }

  /**
   * Opens the stored result of an earlier statement.
   *
   * @throws ResultExpiredError when it is gone or different
   */
  async reopen(ref: ResultRef, options: SourceCallOptions = {}): Promise<ResultSet> {
    const signal = this.#signal(options.signal);
    signal.throwIfAborted();
    const result = this.#result(await this.#statements.reopen(ref.queryId, signal));
    await verifyReopened(result, ref, options.signal);
    return result;
  }

  /** Snowflake's clock. */
  async now(options: SourceCallOptions = {}): Promise<Date> {
    const execute = (statement: Statement, { signal }: ExecuteOptions = {}): Promise<ResultSet> =>
      this.#run(statement, this.#signal(signal));
    return snowflakeTime({ execute }, options);
  }

  /** Where it connects to and as whom, without secrets. */
  describe(): SourceDescription {
    return describeConnection('sql-api', this.#connection);
  }

  /** Statements and reads in flight end with `SOURCE_CLOSED`. Idempotent. */
  async close(): Promise<void> {
    this.#closed.abort(
      new SourceError('SOURCE_CLOSED', 'The Snowflake source is closed.', {
        retryable: false,
        hint: 'Make a new source.',
      }),
    );
  }

  /** The same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(statement: Statement, signal: AbortSignal): Promise<ResultSet> {
    signal.throwIfAborted();
    return this.#result(await this.#statements.run(statement, this.#connection.queryTag, signal));
  }

  /** What was looked at a while ago is looked at again: an administrator may have changed it. */
  async #checkParameters(signal: AbortSignal): Promise<void> {
    if (performance.now() < this.#parametersKnownUntil) return;
    const shown = new Map<string, string>();
    const result = await this.#run({ sql: 'SHOW PARAMETERS', binds: [] }, signal);
    const [key, value] = ['key', 'value'].map((name) => result.columns.findIndex((column) => column.name === name));
    for await (const { rows } of result.read({ signal })) {
      for (const row of rows) shown.set(String(row[key ?? -1]), String(row[value ?? -1]));
    }
    const checked = Object.keys(RESULT_PARAMETERS).filter((name) => !OF_THE_REQUEST.has(name));
    const others = otherParameters(shown, checked);
    if (others.length > 0) throw parametersDiffer(others, this.#connection.signIn.username ?? '<user>');
    this.#parametersKnownUntil = performance.now() + PARAMETERS_KNOWN_MS;
  }

  async #checkAliases({ sql }: Statement, { columns }: ResultSet, signal: AbortSignal): Promise<void> {
    const name = nameInCapitals(sql, columns);
    if (name === undefined) return;
    const probe = this.#result(
      await this.#statements.run({ sql: PROBE, binds: [] }, this.#connection.queryTag, signal),
    );
    if (probe.columns[0]?.name === 'A') throw aliasInCapitals(name, this.#connection.signIn.username ?? '<user>');
  }

  #result(complete: Awaited<ReturnType<SqlApiStatements['run']>>): SqlApiResultSet {
    return new SqlApiResultSet(this.#statements, this.#settings, this.#closed.signal, complete);
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
  }
}
