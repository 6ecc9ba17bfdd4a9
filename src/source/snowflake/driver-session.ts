import { setMaxListeners } from 'node:events';
import { SourceError } from '../../errors/errors.js';
import { makeCredentials, type Credential, type Credentials } from '../auth/credentials.js';
import { orAborted } from '../../async/or-aborted.js';
import type { BindValue } from '../source.js';
import { classifyDriverError, isSessionLost, isTokenRefusal, type DriverPhase } from './classify-driver-error.js';
import type { DriverConnection, DriverError } from './driver.js';
import {
  destroyConnection,
  destroyWhenOpen,
  openConnection,
  pinSession,
  type ConnectionSettings,
} from './open-connection.js';
import { proxyOf } from './proxy-of.js';
import { DriverFailure, runStatement, type DoneStatement, type StartStatement } from './run-statement.js';

/** A statement that ended well, and when its result was opened. */
export interface OpenStatement extends DoneStatement {
  readonly openedAt: number;
}

/** One connection of the driver, opened at the first use, shared by all calls, opened anew when its session is lost. */
export class DriverSession {
  readonly #options: ConnectionSettings;
  readonly #host: string;
  readonly #closed = new AbortController();
  readonly #credentials: Credentials;
  #opening: Promise<DriverConnection> | undefined;
  /** What {@link #opening} gave; tells a session that was just lost from one that has taken its place. */
  #current: DriverConnection | undefined;

  constructor(options: ConnectionSettings) {
    this.#options = options;
    const { baseUrl, account, signIn } = options.connection;
    this.#host = new URL(baseUrl).host;
    this.#credentials = makeCredentials(signIn, account);
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
    return this.#withSession(signal, 'execute', undefined, (connection, complete) =>
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
    return this.#withSession(signal, phase, queryId, (connection, complete) =>
      // Its rowMode is not taken from the connection.
      connection.fetchResult({ queryId, streamResult: true, rowMode: 'array', complete }),
    );
  }

  /** An error of the driver as one of ours. */
  toError(error: unknown, phase: DriverPhase, queryId?: string): Error {
    const driverError: DriverError = typeof error === 'object' && error !== null ? error : { message: String(error) };
    return classifyDriverError(driverError, phase, {
      host: this.#host,
      who: this.#options.connection,
      mask: (text) => this.#options.guard.mask(text),
      proxy: proxyOf(this.#options.driverOptions),
      queryId,
    });
  }

  /** Resolves when the session is gone, or could not be ended in five seconds. */
  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(
      new SourceError('SOURCE_CLOSED', 'The Snowflake source is closed.', {
        retryable: false,
        hint: 'Make a new source.',
      }),
    );
    const opening = this.#opening;
    this.#opening = undefined;
    if (opening !== undefined) await destroyWhenOpen(opening);
  }

  async #withSession(
    signal: AbortSignal | undefined,
    phase: DriverPhase,
    queryId: string | undefined,
    start: StartStatement,
  ): Promise<OpenStatement> {
    const closed = this.#closed.signal;
    const signals = signal === undefined ? [closed] : [signal, closed];
    for (let attempt = 1; ; attempt += 1) {
      for (const each of signals) each.throwIfAborted();
      const connection = await orAborted(orAborted(this.#open(), signal), closed);
      try {
        return { ...(await runStatement(connection, start, signals)), openedAt: Date.now() };
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

  /** Of several statements that find the session lost, only the first makes room for another. */
  #forget(lost: DriverConnection): void {
    if (this.#current !== lost) return;
    this.#current = undefined;
    this.#opening = undefined;
    void destroyConnection(lost);
  }

  #open(): Promise<DriverConnection> {
    if (this.#opening !== undefined) return this.#opening;
    const opening = this.#openSession();
    this.#opening = opening;
    opening.then(
      (connection) => {
        if (this.#opening === opening) this.#current = connection;
      },
      () => {
        if (this.#opening === opening) this.#opening = undefined;
      },
    );
    return opening;
  }

  async #openSession(): Promise<DriverConnection> {
    let phase: DriverPhase = 'login';
    let connection: DriverConnection | undefined;
    try {
      connection = await this.#logIn();
      phase = 'execute';
      await pinSession(connection, this.#options.connection, this.#closed.signal);
      return connection;
    } catch (error) {
      if (connection !== undefined) void destroyConnection(connection);
      if (error instanceof DriverFailure) throw this.toError(error.driverError, phase);
      throw phase === 'login' ? this.toError(error, phase) : error;
    }
  }

  /** A token that Snowflake refuses is asked for anew, once. */
  async #logIn(): Promise<DriverConnection> {
    const credential = await this.#credentials.current(this.closed);
    try {
      return await openConnection(this.#options, credential);
    } catch (error) {
      const other = await this.#instead(credential, error);
      if (other === undefined) throw error;
      return openConnection(this.#options, other);
    }
  }

  async #instead(refused: Credential, error: unknown): Promise<Credential | undefined> {
    // The driver has signed a moment ago: a key that is refused stays refused.
    if (this.#options.connection.signIn.authenticator === 'SNOWFLAKE_JWT') return undefined;
    if (!(error instanceof DriverFailure) || !isTokenRefusal(error.driverError)) return undefined;
    return this.#credentials.another(refused, this.closed);
  }
}
