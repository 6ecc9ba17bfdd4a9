import { randomBytes } from 'node:crypto';
import type { SessionContext } from '../sql/types/sql-engine.js';
import type { ServerClock } from '../results/server-clock.js';
import type { Statement } from '../results/statement.js';
import { ProtocolError } from './protocol-error.js';

/** A driver's session. */
export interface Session {
  readonly context: SessionContext;
  /** Outcomes by request id: a repeated request gets the first one's. */
  readonly requests: Map<string, Statement>;
  /** Closed by the client, by the server's owner or by the master token's end. */
  gone: boolean;
}

/** The tokens that a login or a renewal hands out. */
export interface SessionTokens {
  readonly token: string;
  readonly masterToken: string;
  readonly validityInSeconds: number;
  readonly masterValidityInSeconds: number;
}

interface TokenEntry {
  readonly session: Session;
  expiresAt: number;
}

interface TokenLives {
  readonly sessionTokenSeconds: number;
  readonly masterTokenSeconds: number;
}

/** Sessions by their tokens. */
export class SessionStore {
  readonly #tokens = new Map<string, TokenEntry>();
  readonly #masterTokens = new Map<string, TokenEntry>();
  readonly #clock: ServerClock;
  readonly #lives: TokenLives;

  constructor(clock: ServerClock, lives: TokenLives) {
    this.#clock = clock;
    this.#lives = lives;
  }

  /** Opens a session. */
  open(context: SessionContext): { readonly session: Session; readonly tokens: SessionTokens } {
    const session: Session = { context, requests: new Map(), gone: false };
    return { session, tokens: this.#issue(session) };
  }

  /** The session of a session token. Throws the error that Snowflake answers to a bad one. */
  find(token: string | undefined): Session {
    return this.#find(this.#tokens, token, '390112', 'Your session has expired. Please login again.').session;
  }

  /** New tokens for a master token. The old session token stays valid until its own end. */
  renew(masterToken: string | undefined): { readonly session: Session; readonly tokens: SessionTokens } {
    const entry = this.#findMaster(masterToken);
    return { session: entry.session, tokens: this.#issue(entry.session) };
  }

  /** A heartbeat prolongs the master token's life. */
  keepAlive(session: Session): void {
    for (const entry of this.#masterTokens.values()) {
      if (entry.session === session) entry.expiresAt = this.#clock.now() + this.#lives.masterTokenSeconds * 1000;
    }
  }

  /** Open sessions. */
  list(): readonly Session[] {
    const sessions = new Set<Session>();
    for (const { session } of this.#masterTokens.values()) if (!session.gone) sessions.add(session);
    return [...sessions];
  }

  /** Ends the life of all session tokens now, so that clients have to renew. */
  expireTokens(): void {
    for (const entry of this.#tokens.values()) entry.expiresAt = 0;
  }

  /** Ends the life of all tokens now, so that clients have to log in again. */
  expireMasterTokens(): void {
    this.expireTokens();
    for (const entry of this.#masterTokens.values()) entry.expiresAt = 0;
  }

  #issue(session: Session): SessionTokens {
    const { sessionTokenSeconds, masterTokenSeconds } = this.#lives;
    const token = newToken();
    const masterToken = newToken();
    const now = this.#clock.now();
    this.#tokens.set(token, { session, expiresAt: now + sessionTokenSeconds * 1000 });
    this.#masterTokens.set(masterToken, { session, expiresAt: now + masterTokenSeconds * 1000 });
    return {
      token,
      masterToken,
      validityInSeconds: sessionTokenSeconds,
      masterValidityInSeconds: masterTokenSeconds,
    };
  }

  #findMaster(token: string | undefined): TokenEntry {
    const message = 'Authentication token has expired. The user must authenticate again.';
    return this.#find(this.#masterTokens, token, '390114', message);
  }

  #find(
    tokens: ReadonlyMap<string, TokenEntry>,
    token: string | undefined,
    expiredCode: string,
    expiredMessage: string,
  ): TokenEntry {
    if (token === undefined) {
      throw new ProtocolError('390101', 'Authorization header not found in the request data.', { status: 401 });
    }
    const entry = tokens.get(token);
    if (entry === undefined) throw new ProtocolError('390104', 'Session token not found or invalid.');
    if (entry.session.gone) {
      throw new ProtocolError('390111', 'Session no longer exists. New login required to access the service.');
    }
    if (entry.expiresAt <= this.#clock.now()) throw new ProtocolError(expiredCode, expiredMessage);
    return entry;
  }
}

/** Never predictable: it is all that protects a session. */
function newToken(): string {
  return `ver:3-hint:${randomBytes(6).readUIntBE(0, 6)}-ETMsDgAAAX${randomBytes(48).toString('base64')}`;
}
