import { setTimeout as sleep } from 'node:timers/promises';
import { SourceError } from '../../errors/errors.js';
import { BodyNotReadable, exchange, HttpTimeout, ReplyTooLong, type HttpReply } from '../../http/http-exchange.js';
import type { HttpFetch } from '../../http/http-fetch.js';
import { maskSecrets } from '../../http/mask-secrets.js';
import { networkFault, type NetworkFault } from '../../http/network-fault.js';
import { retryAfter } from '../../http/retry-after.js';
import type { Credential, Credentials } from '../auth/credentials.js';
import { isTokenRefused } from '../login-refused.js';
import { unreachable } from '../unreachable.js';

/** An answer of the SQL API. */
export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON, or undefined when the body was none. */
  readonly body: unknown;
}

/** One call of the SQL API. */
export interface ApiCall {
  readonly method: 'GET' | 'POST';
  /** Below the base URL, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /** Added to the path when the call is repeated. */
  readonly retrySuffix?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long a request on its way may go on after an abort, to tell what it came to. Default 0. */
  readonly graceMs?: number | undefined;
  /** Whether an answer whose status asks for a repetition elsewhere is one here. */
  readonly accepts?: ((answer: ApiAnswer) => boolean) | undefined;
}

/** What {@link SqlApiClient} is made of. */
export interface SqlApiClientParts {
  readonly baseUrl: string;
  readonly credentials: Credentials;
  /** Default the platform's. */
  readonly fetch: HttpFetch | undefined;
  readonly requestTimeoutMs: number;
  readonly maxRetries: number;
  /** Most bytes of one answer, unpacked. */
  readonly maxResponseBytes: number;
}

/** An answer that is none of rows says what it has to say in less. */
const MAX_ERROR_BYTES = 1024 * 1024;

const RETRY_STATUSES = new Set([429, 500, 502, 503, 504, 522]);
/** A server that asks for a longer pause gets it from the next run. */
const LONGEST_PAUSE_MS = 300_000;

/** A late answer may repeat a token that has been made anew since. */
const MOST_TOKENS = 8;

type Outcome =
  | { readonly answer: ApiAnswer; readonly retryAfterMs: number | undefined }
  | { readonly answer?: undefined; readonly reason: string; readonly fault: Pick<NetworkFault, 'kind' | 'status'> };

/** HTTP to the SQL API: signs, repeats what may be repeated, and knows nothing of statements. */
export class SqlApiClient {
  readonly #parts: SqlApiClientParts;
  readonly #host: string;
  /** The tokens of the last hours. */
  readonly #sent = new Set<string>();

  constructor(parts: SqlApiClientParts) {
    this.#parts = parts;
    this.#host = new URL(parts.baseUrl).host;
  }

  /**
   * Any answer that is not worth a repetition.
   *
   * @throws SourceError `SOURCE_UNREACHABLE` or `SOURCE_FAILED` when none comes, `TOKEN_UNREADABLE` when there is nothing
   * to sign with; ConfigError `TOKEN_FORMAT`; the signal's reason
   */
  async call(call: ApiCall): Promise<ApiAnswer> {
    const { maxRetries, credentials } = this.#parts;
    let anew: Credential | undefined;
    for (let attempt = 0; ; attempt += 1) {
      call.signal?.throwIfAborted();
      const credential = anew ?? (await credentials.current(call.signal));
      const outcome = await this.#once(call, credential, attempt > 0);
      const { answer } = outcome;
      if (answer !== undefined && anew === undefined && mayBeEnded(answer)) {
        anew = await credentials.another(credential, call.signal);
        if (anew !== undefined) continue;
      }
      if (answer !== undefined && (!RETRY_STATUSES.has(answer.status) || call.accepts?.(answer) === true)) {
        return answer;
      }
      const pauseMs = pauseOf(outcome, attempt);
      if (attempt >= maxRetries || pauseMs === undefined) throw this.#failure(outcome);
      await sleep(pauseMs, undefined, { signal: call.signal }).catch(() => undefined);
    }
  }

  /** A text without the tokens that were sent: the server may repeat them. */
  mask(text: string): string {
    return maskSecrets(text, [...this.#sent]);
  }

  #failure(outcome: Outcome): SourceError {
    if (outcome.answer === undefined) return unreachable(this.#host, outcome.reason, outcome.fault);
    const { status } = outcome.answer;
    const { retryAfterMs } = outcome;
    const asked = retryAfterMs === undefined ? '' : ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`;
    return new SourceError('SOURCE_FAILED', `Snowflake's SQL API answered HTTP ${status} again and again.${asked}`, {
      retryable: true,
      hint: 'Run again later.',
      details: { status },
    });
  }

  #remember(token: string): void {
    this.#sent.add(token);
    const [oldest] = this.#sent;
    if (this.#sent.size > MOST_TOKENS && oldest !== undefined) this.#sent.delete(oldest);
  }

  async #once(call: ApiCall, credential: Credential, repeated: boolean): Promise<Outcome> {
    const { baseUrl, fetch, requestTimeoutMs, maxResponseBytes } = this.#parts;
    const { method, signal, graceMs } = call;
    const url = `${baseUrl}${call.path}${repeated ? (call.retrySuffix ?? '') : ''}`;
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
    const { secret = '', headerType } = credential;
    this.#remember(secret);
    const headers = {
      authorization: `Bearer ${secret}`,
      'x-snowflake-authorization-token-type': headerType,
      accept: 'application/json',
      // The API refuses requests without one.
      'user-agent': 'snowmelt',
      ...(body && { 'content-type': 'application/json' }),
    };
    try {
      const reply = await exchange(
        { url, method, headers, body },
        {
          fetch,
          timeoutMs: requestTimeoutMs,
          signal,
          graceMs,
          maxBytes: maxResponseBytes,
          maxErrorBytes: Math.min(MAX_ERROR_BYTES, maxResponseBytes),
        },
      );
      return this.#read(reply);
    } catch (error) {
      if (error instanceof SourceError) throw error;
      signal?.throwIfAborted();
      if (error instanceof HttpTimeout) return { reason: 'timeout', fault: { kind: 'other' } };
      return faultOf(error);
    }
  }

  #read({ status, headers, text, fault }: HttpReply): Outcome {
    const ok = status >= 200 && status < 300;
    if (fault instanceof BodyNotReadable) {
      throw new SourceError('SOURCE_FAILED', 'SqlApiSource: the `fetch` gives replies without a web stream.', {
        retryable: false,
        hint: "Pass the platform's fetch or undici's; node-fetch is another kind.",
      });
    }
    if (status >= 300 && status < 400) throw unreachable(this.#host, `HTTP ${status}, a redirect`, { status });
    const retryAfterMs = retryAfter(headers.get('retry-after'), headers.get('date'));
    if (ok && fault instanceof ReplyTooLong) {
      const most = this.#parts.maxResponseBytes;
      throw new SourceError('SOURCE_FAILED', `Snowflake's SQL API answered more than ${most} bytes.`, {
        retryable: false,
        hint: 'Select fewer or shorter columns, or raise maxResponseBytes.',
      });
    }
    if (ok && fault !== undefined) return faultOf(fault);
    try {
      return { answer: { status, body: JSON.parse(text) as unknown }, retryAfterMs };
    } catch {
      // An error page of a proxy is an answer.
      if (!ok) return { answer: { status, body: undefined }, retryAfterMs };
      const type = headers.get('content-type')?.split(';', 1)[0]?.trim();
      if (type === undefined || /json/i.test(type))
        return { reason: 'the answer was cut off', fault: { kind: 'other' } };
      const known = /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type) && this.mask(type) === type;
      throw unreachable(this.#host, `it answered ${known ? type : 'something else'} instead of JSON`, {
        status,
        isOther: true,
      });
    }
  }
}

function faultOf(error: unknown): Outcome {
  const { code, ...fault } = networkFault(error);
  return { reason: code ?? 'network error', fault };
}

/** A proxy whose own way is broken for a moment says so (RFC 9110, section 15.6). */
function isPassing({ kind, status = 0 }: Pick<NetworkFault, 'kind' | 'status'>): boolean {
  return kind === 'other' || (kind === 'proxy' && status >= 500);
}

/** Milliseconds until the next try; `undefined` when another cannot help. */
function pauseOf(outcome: Outcome, attempt: number): number | undefined {
  if (outcome.answer === undefined && !isPassing(outcome.fault)) return undefined;
  const { retryAfterMs = 0 } = outcome.answer === undefined ? {} : outcome;
  if (retryAfterMs > LONGEST_PAUSE_MS) return undefined;
  // Servers that are down say 0 or a date that is over; without pauses the tries would be spent in a moment.
  if (retryAfterMs > 0) return retryAfterMs;
  return Math.min(250 * 2 ** attempt, 10_000) * (0.5 + Math.random() / 2);
}

/** Whether an answer refuses the credential itself, rather than where it comes from or what it may do. */
function mayBeEnded({ status, body }: ApiAnswer): boolean {
  if (status !== 401) return false;
  const code: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'code') : undefined;
  return typeof code !== 'string' || !/^39\d{4}$/.test(code) || isTokenRefused(code);
}
