import { setTimeout as sleep } from 'node:timers/promises';
import { SourceError } from '../../errors.js';
import type { KeyPairJwt } from '../key/key-pair-jwt.js';
import { unreachable } from '../snowflake-failure.js';

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
  /** Statuses that are an answer here, although they ask for a repetition elsewhere. */
  readonly accept?: readonly number[] | undefined;
}

/** Options of {@link SqlApiClient}. */
export interface SqlApiClientOptions {
  readonly baseUrl: string;
  readonly jwt: KeyPairJwt;
  readonly fetch: typeof fetch;
  readonly requestTimeoutMs: number;
  readonly maxRetries: number;
}

const RETRY_STATUSES = new Set([429, 500, 502, 503, 504, 522]);

/** HTTP to the SQL API: signs, repeats what may be repeated, and knows nothing of statements. */
export class SqlApiClient {
  readonly #options: SqlApiClientOptions;

  constructor(options: SqlApiClientOptions) {
    this.#options = options;
  }

  /** Any answer that is not worth a repetition. Throws `SOURCE_UNREACHABLE` or `SOURCE_FAILED` when none comes. */
  async call(call: ApiCall): Promise<ApiAnswer> {
    const { maxRetries } = this.#options;
    let signedAnew = false;
    for (let attempt = 0; ; attempt += 1) {
      call.signal?.throwIfAborted();
      let answer: (ApiAnswer & { readonly retryAfterMs: number | undefined }) | undefined;
      let reason = '';
      try {
        answer = await this.#once(call, attempt > 0);
      } catch (error) {
        if (call.signal?.aborted === true) throw call.signal.reason;
        reason = reasonOf(error);
      }
      if (answer?.status === 401 && !signedAnew) {
        // The token may have ended on the way, or this machine slept since it was made.
        signedAnew = true;
        this.#options.jwt.reset();
        continue;
      }
      const repeat =
        answer === undefined || (RETRY_STATUSES.has(answer.status) && !(call.accept ?? []).includes(answer.status));
      if (answer !== undefined && !repeat) return answer;
      if (attempt >= maxRetries) {
        if (answer === undefined) throw unreachable(new URL(this.#options.baseUrl).host, reason);
        throw new SourceError('SOURCE_FAILED', `Snowflake's SQL API answered HTTP ${answer.status} again and again.`, {
          retryable: true,
          hint: 'Run again later.',
          details: { status: answer.status },
        });
      }
      const backoff = Math.min(250 * 2 ** attempt, 10_000) * (0.5 + Math.random() / 2);
      await sleep(Math.min(answer?.retryAfterMs ?? backoff, 60_000), undefined, { signal: call.signal }).catch(
        () => undefined,
      );
    }
  }

  async #once(call: ApiCall, repeated: boolean): Promise<ApiAnswer & { readonly retryAfterMs: number | undefined }> {
    const { baseUrl, jwt, requestTimeoutMs } = this.#options;
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    const url = `${baseUrl}${call.path}${repeated ? (call.retrySuffix ?? '') : ''}`;
    const response = await this.#options.fetch(url, {
      method: call.method,
      headers: {
        authorization: `Bearer ${jwt.token()}`,
        'x-snowflake-authorization-token-type': 'KEYPAIR_JWT',
        accept: 'application/json',
        // The API refuses requests without one.
        'user-agent': 'snowmelt',
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      redirect: 'error',
      signal: call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]),
    });
    const text = await response.text();
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (error) {
      // A body that was cut off; an error page of a proxy is an answer.
      if (response.ok) throw error;
    }
    return { status: response.status, body, retryAfterMs: retryAfter(response.headers.get('retry-after')) };
  }
}

function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}

/** The reason without text of the request: fetch says "fetch failed", its cause has the code. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'the answer was cut off';
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'timeout';
  let at: unknown = error;
  for (let depth = 0; depth < 5 && typeof at === 'object' && at !== null; depth += 1) {
    const { code, cause } = at as { readonly code?: unknown; readonly cause?: unknown };
    if (typeof code === 'string') return code;
    at = cause;
  }
  return 'network error';
}
