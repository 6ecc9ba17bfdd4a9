import { setMaxListeners } from 'node:events';
import { SourceError } from '../../errors.js';
import type { SnowflakeConnection } from '../connection-options.js';
import { keyFingerprint } from '../key/key-fingerprint.js';
import { orAborted } from '../../or-aborted.js';
import type { BindValue } from '../source.js';
import { classifyDriverError, isSessionLost, type DriverPhase } from './classify-driver-error.js';
import { decodedTimeFormat } from './decoded-rows.js';
import type { DriverComplete, DriverConnection, DriverError, DriverStatement } from './driver.js';
import { chunksOf, type DriverChunk } from './guarded-chunks.js';
import { loadDriver, type DriverLogLevel } from './load-driver.js';

/** Options of {@link DriverSession}. */
export interface DriverSessionOptions {
  readonly connection: SnowflakeConnection;
  readonly logLevel: DriverLogLevel;
  readonly resultPrefetch: number;
  readonly streamHighWaterMark: number;
  readonly driverOptions: Readonly<Record<string, unknown>>;
  /** See `ReadSettings`. */
  readonly rawRows: { readonly enabled: boolean };
}

/** A statement that ended well, and when its result was opened. */
export interface OpenStatement {
  readonly statement: DriverStatement;
  readonly chunks: readonly DriverChunk[];
  readonly openedAt: number;
  /** Whether TIME values decoded by the driver would have all their digits. */
  readonly exactTimes: boolean;
}

const CLOSE_TIMEOUT_MS = 5000;

/** One connection of the driver, opened at the first use, shared by all calls, opened anew when its session is lost. */
export class DriverSession {
  readonly #options: DriverSessionOptions;
  readonly #host: string;
  readonly #closed = new AbortController();
  #fingerprint: string | undefined;
  #connecting: Promise<DriverConnection> | undefined;
  #exactTimes = false;

  constructor(options: DriverSessionOptions) {
    this.#options = options;
    this.#host = new URL(options.connection.baseUrl).host;
    // Each statement in progress listens until it ends; Node takes more than ten for a leak and says so.
    setMaxListeners(0, this.#closed.signal);
  }

  /** Aborted by `close`. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Runs a statement. Aborting cancels it on the server. */
  async execute(
    sqlText: string,
    binds: readonly BindValue[],
    parameters: Readonly<Record<string, string>> | undefined,
    signal: AbortSignal | undefined,
  ): Promise<OpenStatement> {
    return this.#withConnection(signal, 'execute', undefined, (connection, complete) =>
      connection.execute({
        sqlText,
        binds: [...binds],
        ...(parameters === undefined ? {} : { parameters: { ...parameters } }),
        streamResult: true,
        rowMode: 'array',
        complete,
      }),
    );
  }

  /** Opens the result of an earlier statement. */
  async fetchResult(
    queryId: string,
    signal: AbortSignal | undefined,
    phase: 'reopen' | 'read' = 'reopen',
  ): Promise<OpenStatement> {
    return this.#withConnection(signal, phase, queryId, (connection, complete) =>
      // Its rowMode is not taken from the connection.
      connection.fetchResult({ queryId, streamResult: true, rowMode: 'array', complete }),
    );
  }

  /** Has the driver's TIME texts carry all their digits, for rows that the driver decodes. */
  async useExactTimes(): Promise<void> {
    if (this.#exactTimes) return;
    this.#exactTimes = true;
    await this.execute(`ALTER SESSION SET TIME_OUTPUT_FORMAT = '${decodedTimeFormat}'`, [], undefined, undefined);
  }

  /** An error of the driver as one of ours. */
  toError(error: unknown, phase: DriverPhase, queryId?: string): Error {
    const driverError: DriverError = typeof error === 'object' && error !== null ? error : { message: String(error) };
    return classifyDriverError(driverError, phase, {
      host: this.#host,
      username: this.#options.connection.username,
      fingerprint: phase === 'login' ? this.#keyFingerprint() : undefined,
      queryId,
    });
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(
      new SourceError('SOURCE_CLOSED', 'The Snowflake source is closed.', {
        retryable: false,
        hint: 'Make a new source.',
      }),
    );
    const connecting = this.#connecting;
    this.#connecting = undefined;
    const connection = await connecting?.catch(() => undefined);
    if (connection !== undefined) await destroy(connection);
  }

  #keyFingerprint(): string {
    return (this.#fingerprint ??= keyFingerprint(this.#options.connection.privateKey));
  }

  async #withConnection(
    signal: AbortSignal | undefined,
    phase: DriverPhase,
    queryId: string | undefined,
    start: StartStatement,
  ): Promise<OpenStatement> {
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      this.#closed.signal.throwIfAborted();
      const connection = await orAborted(this.#connect(), signal);
      this.#closed.signal.throwIfAborted();
      try {
        const done = await run(connection, start, signal, this.#closed.signal);
        return { ...done, openedAt: Date.now(), exactTimes: this.#exactTimes };
      } catch (error) {
        if (!(error instanceof DriverFailure)) throw error;
        if (isSessionLost(error.driverError)) {
          this.#forget(connection);
          // A session ends after four idle hours; the statement never began, so it is sent once more.
          if (attempt === 1) continue;
        }
        throw this.toError(error.driverError, phase, queryId);
      }
    }
  }

  #forget(connection: DriverConnection): void {
    this.#connecting = undefined;
    this.#exactTimes = false;
    connection.destroy(() => undefined);
  }

  #connect(): Promise<DriverConnection> {
    if (this.#connecting !== undefined) return this.#connecting;
    const connecting = this.#open();
    this.#connecting = connecting;
    connecting.catch(() => {
      if (this.#connecting === connecting) this.#connecting = undefined;
    });
    return connecting;
  }

  async #open(): Promise<DriverConnection> {
    const { connection: to, logLevel, resultPrefetch, streamHighWaterMark, driverOptions, rawRows } = this.#options;
    const exactTimes = !rawRows.enabled;
    const driver = await loadDriver(logLevel);
    let connection: DriverConnection;
    try {
      // The driver changes the object it is given.
      connection = driver.createConnection({
        ...withoutUndefined({
          account: to.account,
          accessUrl: to.baseUrl,
          username: to.username,
          authenticator: 'SNOWFLAKE_JWT',
          privateKey: to.privateKey,
          role: to.role,
          warehouse: to.warehouse,
          database: to.database,
          schema: to.schema,
          queryTag: to.queryTag === '' ? undefined : to.queryTag,
          application: 'snowmelt',
          // The driver's default reports a refused connection after four minutes.
          sfRetryMaxLoginRetries: 1,
          resultPrefetch,
          rowStreamHighWaterMark: streamHighWaterMark,
        }),
        ...driverOptions,
      });
      // connectAsync() resolves after a failed login; only the callback tells.
      await new Promise<void>((resolve, reject) => {
        connection.connect((error) => {
          if (error == null) resolve();
          else reject(new DriverFailure(error));
        });
      });
    } catch (error) {
      throw this.toError(error instanceof DriverFailure ? error.driverError : error, 'login');
    }
    try {
      await run(
        connection,
        (at, complete) =>
          at.execute({ sqlText: pinnedSession(to, exactTimes), streamResult: true, rowMode: 'array', complete }),
        undefined,
        this.#closed.signal,
      );
    } catch (error) {
      connection.destroy(() => undefined);
      throw error instanceof DriverFailure ? this.toError(error.driverError, 'execute') : error;
    }
    this.#exactTimes = exactTimes;
    return connection;
  }
}

/** Settings that decide what values and names look like; they must not depend on the user's or account's defaults. */
function pinnedSession(to: SnowflakeConnection, exactTimes: boolean): string {
  const settings = [
    `TIMEZONE = '${to.timeZone}'`,
    'QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE',
    // Without it VARIANT text may hold undefined, NaN and Infinity ("Parameters", docs.snowflake.com).
    'STRICT_JSON_OUTPUT = TRUE',
  ];
  if (to.statementTimeoutSeconds !== undefined) {
    settings.push(`STATEMENT_TIMEOUT_IN_SECONDS = ${to.statementTimeoutSeconds}`);
  }
  if (exactTimes) settings.push(`TIME_OUTPUT_FORMAT = '${decodedTimeFormat}'`);
  return `ALTER SESSION SET ${settings.join(' ')}`;
}

class DriverFailure extends Error {
  readonly driverError: DriverError;
  constructor(driverError: DriverError) {
    super('driver failure');
    this.driverError = driverError;
  }
}

type StartStatement = (connection: DriverConnection, complete: DriverComplete) => DriverStatement;

function run(
  connection: DriverConnection,
  start: StartStatement,
  signal: AbortSignal | undefined,
  closed: AbortSignal,
): Promise<Pick<OpenStatement, 'statement' | 'chunks'>> {
  return new Promise((resolve, reject) => {
    let statement: DriverStatement | undefined;
    const release = (): void => {
      signal?.removeEventListener('abort', onAbort);
      closed.removeEventListener('abort', onClose);
    };
    const stop = (from: AbortSignal): void => {
      release();
      statement?.cancel(() => undefined);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason
      reject(from.reason);
    };
    const onAbort = (): void => {
      if (signal !== undefined) stop(signal);
    };
    const onClose = (): void => stop(closed);
    signal?.addEventListener('abort', onAbort);
    closed.addEventListener('abort', onClose);
    try {
      statement = start(connection, function (error, done) {
        release();
        if (error == null) resolve({ statement: done, chunks: chunksOf(this) });
        else reject(new DriverFailure(error));
      });
    } catch (error) {
      release();
      reject(new DriverFailure(error as DriverError));
    }
  });
}

function destroy(connection: DriverConnection): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    connection.destroy(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function withoutUndefined(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
