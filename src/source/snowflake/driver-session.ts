import { setMaxListeners } from 'node:events';
import { SourceError } from '../../errors.js';
import { keyFingerprint } from '../key/key-fingerprint.js';
import { orAborted } from '../../or-aborted.js';
import type { BindValue } from '../source.js';
import { classifyDriverError, isSessionLost, type DriverPhase } from './classify-driver-error.js';
import type { DriverConnection, DriverError } from './driver.js';
import {
  destroyConnection,
  destroyWhenOpen,
  openConnection,
  pinExactTimes,
  pinSession,
  type ConnectionSettings,
} from './open-connection.js';
import { DriverFailure, runStatement, type DoneStatement, type StartStatement } from './run-statement.js';

/** Options of {@link DriverSession}. */
export interface DriverSessionOptions extends ConnectionSettings {
  /** See `ReadSettings`. */
  readonly rawRows: { readonly enabled: boolean };
}

/** A statement that ended well, and when its result was opened. */
export interface OpenStatement extends DoneStatement {
  readonly openedAt: number;
  /** Whether TIME values decoded by the driver would have all their digits. */
  readonly exactTimes: boolean;
}

/** One session on the server. */
interface Session {
  readonly connection: DriverConnection;
  exactTimes: boolean;
  /** Present while the session is being told to give exact times. */
  pinning?: Promise<void> | undefined;
}

/** One connection of the driver, opened at the first use, shared by all calls, opened anew when its session is lost. */
export class DriverSession {
  readonly #options: DriverSessionOptions;
  readonly #host: string;
  readonly #closed = new AbortController();
  #fingerprint: string | undefined;
  #opening: Promise<Session> | undefined;
  /** What {@link #opening} gave; tells a session that was just lost from one that has taken its place. */
  #current: Session | undefined;

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
      username: this.#options.connection.username,
      fingerprint: phase === 'login' ? this.#keyFingerprint() : undefined,
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
    if (opening !== undefined) await destroyWhenOpen(opening.then(({ connection }) => connection));
  }

  #keyFingerprint(): string {
    return (this.#fingerprint ??= keyFingerprint(this.#options.connection.privateKey));
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
      const session = await orAborted(orAborted(this.#open(), signal), closed);
      try {
        // For rows that the driver decodes: its texts of TIME follow the session's format when they are fetched.
        if (!this.#options.rawRows.enabled) await orAborted(this.#useExactTimes(session), signal);
        const done = await runStatement(session.connection, start, signals);
        return { ...done, openedAt: Date.now(), exactTimes: session.exactTimes };
      } catch (error) {
        if (!(error instanceof DriverFailure)) throw error;
        if (isSessionLost(error.driverError)) {
          this.#forget(session);
          // A session ends after four idle hours; the statement never began, so it is sent once more.
          if (attempt === 1) continue;
        }
        throw this.toError(error.driverError, phase, queryId);
      }
    }
  }

  async #useExactTimes(session: Session): Promise<void> {
    if (session.exactTimes) return;
    session.pinning ??= pinExactTimes(session.connection, this.#closed.signal).finally(() => {
      session.pinning = undefined;
    });
    await session.pinning;
    session.exactTimes = true;
  }

  /** Of several statements that find the session lost, only the first makes room for another. */
  #forget(lost: Session): void {
    if (this.#current !== lost) return;
    this.#current = undefined;
    this.#opening = undefined;
    void destroyConnection(lost.connection);
  }

  #open(): Promise<Session> {
    if (this.#opening !== undefined) return this.#opening;
    const opening = this.#openSession();
    this.#opening = opening;
    opening.then(
      (session) => {
        if (this.#opening === opening) this.#current = session;
      },
      () => {
        if (this.#opening === opening) this.#opening = undefined;
      },
    );
    return opening;
  }

  async #openSession(): Promise<Session> {
    const exactTimes = !this.#options.rawRows.enabled;
    let phase: DriverPhase = 'login';
    let connection: DriverConnection | undefined;
    try {
      connection = await openConnection(this.#options);
      phase = 'execute';
      await pinSession(connection, this.#options.connection, exactTimes, this.#closed.signal);
      return { connection, exactTimes };
    } catch (error) {
      if (connection !== undefined) void destroyConnection(connection);
      if (error instanceof DriverFailure) throw this.toError(error.driverError, phase);
      throw phase === 'login' ? this.toError(error, phase) : error;
    }
  }
}
