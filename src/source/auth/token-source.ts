import { readFile } from 'node:fs/promises';
import { orAborted } from '../../async/or-aborted.js';
import { codeOf } from '../../errors/code-of.js';
import { SourceError } from '../../errors/errors.js';
import { shownPath } from '../../options/shown-name.js';
import { checkToken, tokenEnd } from './check-token.js';
import type { SessionTokenFile } from './session-token-file.js';
import type { TokenFunction } from './sign-in-options.js';

/** What {@link TokenSource} is made of. */
export interface TokenSourceParts {
  /** Who takes the token, as it stands in the caller's code. */
  readonly owner: string;
  readonly token: string | TokenFunction | SessionTokenFile;
  readonly timeoutMs: number;
}

/** The token of a source: kept until it is refused, then asked for anew; from Snowflake's own file, read at each login. */
export class TokenSource {
  readonly #parts: TokenSourceParts;
  #token: string | undefined;
  /** Also when it was refused. */
  #last: string | undefined;
  #asking: Promise<string> | undefined;

  /** @throws ConfigError `TOKEN_FORMAT` */
  constructor(parts: TokenSourceParts) {
    this.#parts = parts;
    if (typeof parts.token === 'string') this.#last = this.#token = checkToken(`${parts.owner}: token`, parts.token);
  }

  /** Whether another token can be had when this one is refused. */
  get renews(): boolean {
    return typeof this.#parts.token !== 'string';
  }

  /** The token last used. A secret. */
  get last(): string | undefined {
    return this.#last;
  }

  /** When the token last used says that it ends. */
  get endsAt(): Date | undefined {
    return this.#last === undefined ? undefined : tokenEnd(this.#last);
  }

  /**
   * A token to sign in with.
   *
   * @throws ConfigError `TOKEN_FORMAT`; SourceError `TOKEN_UNREADABLE`; the signal's reason
   */
  async token(signal: AbortSignal | undefined): Promise<string> {
    signal?.throwIfAborted();
    const isFile = typeof this.#parts.token === 'object';
    if (this.#token !== undefined && !isFile) return this.#token;
    if (this.#asking === undefined) {
      const asking = this.#ask().finally(() => {
        this.#asking = undefined;
      });
      // Those who wait for it learn of it.
      asking.catch(() => undefined);
      this.#asking = asking;
    }
    return orAborted(this.#asking, signal);
  }

  /**
   * Another token than the one that Snowflake has refused: the answer that another request already got, or else a new one.
   *
   * @returns `undefined` when there is none
   * @throws as {@link token}
   */
  async another(refused: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    if (!this.renews) return undefined;
    if (this.#token === refused) this.#token = undefined;
    const token = await this.token(signal);
    return token === refused ? undefined : token;
  }

  async #ask(): Promise<string> {
    const { token, owner } = this.#parts;
    const got =
      typeof token === 'function' ? await this.#call(token) : await this.#read((token as SessionTokenFile).path);
    const where = typeof token === 'function' ? 'what the token function gave' : 'what the session token file holds';
    const checked = checkToken(`${owner}: ${where}`, got);
    this.#last = this.#token = checked;
    return checked;
  }

  async #call(ask: TokenFunction): Promise<unknown> {
    const { owner, timeoutMs } = this.#parts;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), timeoutMs);
    try {
      return await orAborted(
        Promise.resolve().then(() => ask({ signal: late.signal })),
        late.signal,
      );
    } catch (error) {
      if (late.signal.aborted) {
        throw new SourceError('TOKEN_UNREADABLE', `${owner}: the token function did not answer in ${timeoutMs} ms.`, {
          retryable: true,
          hint: 'Check whether what it asks can be reached from here; raise tokenTimeoutMs if it takes longer.',
        });
      }
      throw new SourceError('TOKEN_UNREADABLE', `${owner}: the token function threw ${kindOf(error)}.`, {
        retryable: true,
        hint: 'Call it by itself to see why; see `cause` for where.',
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(path: string): Promise<string> {
    try {
      // The file ends as files do.
      return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
    } catch (error) {
      const reason = codeOf(error) ?? 'unknown reason';
      throw new SourceError(
        'TOKEN_UNREADABLE',
        `${this.#parts.owner}: the session token file ${shownPath(path)} cannot be read (${reason}).`,
        {
          retryable: true,
          hint: 'sessionTokenFile() is for programs inside Snowpark Container Services; elsewhere take a key pair.',
        },
      );
    }
  }
}

/** Its kind alone: what it says may hold what was sent. */
function kindOf(thrown: unknown): string {
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return /^[A-Za-z]{1,40}$/.test(name) ? `an error of type ${name}` : 'an error';
}
