import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { SinkError } from '../../errors.js';
import type { HttpFetch, HttpFetchResponse } from './http-fetch.js';
import { networkError } from './network-error.js';
import { readReply } from './read-reply.js';
import type { Destination } from './status-error.js';

const compress = promisify(gzip);
const maxReplyBytes = 1_048_576;

/** What an {@link HttpSender} needs, already checked. */
export interface HttpSenderOptions extends Destination {
  readonly url: string;
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly fetch?: HttpFetch | undefined;
}

/** A reply that was read to its end, whatever its status. */
export interface HttpReply {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
}

/** Sends one request after the other to one address, never following a redirect. */
export class HttpSender {
  readonly #options: HttpSenderOptions;

  constructor(options: HttpSenderOptions) {
    this.#options = options;
  }

  /**
   * Sends one body.
   *
   * @throws SinkError `SINK_UNREACHABLE` or `SINK_TIMEOUT`; the signal's reason when it is aborted
   */
  async send(
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
    headers?: Readonly<Record<string, string>>,
  ): Promise<HttpReply> {
    signal.throwIfAborted();
    const { url, timeoutMs } = this.#options;
    const packed = this.#options.gzip ? await compress(body, { level: 1 }) : body;
    // By hand instead of AbortSignal.any: that one keeps every derived signal alive as long as the run's signal
    // (nodejs/node issue 54614).
    const controller = new AbortController();
    const abort = (): void => controller.abort(signal.reason);
    const timeout = this.#timeout();
    const timer = setTimeout(() => controller.abort(timeout), timeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    try {
      if (signal.aborted) abort();
      const response = await this.#fetch(url, packed, controller.signal, headers);
      return { status: response.status, headers: response.headers, text: await readReply(response, maxReplyBytes) };
    } catch (error) {
      signal.throwIfAborted();
      if (controller.signal.reason === timeout) throw timeout;
      throw networkError(error, this.#options);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  #fetch(
    url: string,
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> | undefined,
  ): Promise<HttpFetchResponse> {
    const send: HttpFetch = this.#options.fetch ?? fetch;
    return send(url, {
      method: this.#options.method ?? 'POST',
      headers: {
        ...this.#options.headers,
        ...headers,
        ...(this.#options.gzip ? { 'content-encoding': 'gzip' } : {}),
      },
      body,
      redirect: 'manual',
      signal,
    });
  }

  #timeout(): SinkError {
    const { name, origin, timeoutMs } = this.#options;
    return new SinkError('SINK_TIMEOUT', `${name}: ${origin} did not answer within ${timeoutMs} ms`, {
      retryable: true,
      hint: 'Raise `timeoutMs` or lower the batch size.',
    });
  }
}
