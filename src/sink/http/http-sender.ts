import type { Bytes } from '../../http/bytes.js';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { SinkError } from '../../errors/errors.js';
import { BodyNotReadable, type HttpReply, HttpTimeout, exchange } from '../../http/http-exchange.js';
import type { HttpFetch } from '../../http/http-fetch.js';
import { askFence, type WriteContext } from '../sink.js';
import { maskedReply } from './masked-reply.js';
import { networkError } from './network-error.js';
import type { Destination } from './status-error.js';

/** Options that every sink over HTTP takes. */
export interface HttpSinkOptions {
  /** After this time a request is given up and tried again by the engine, milliseconds. @default 30000 */
  readonly timeoutMs?: number | undefined;
  /**
   * More request headers. They replace the sink's own of the same name, except those that the request depends on:
   * `Authorization`, `Content-Type` and `X-Strict-Mode` of a sink that sends them.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Another `fetch`, for example with a proxy. @default the platform's */
  readonly fetch?: HttpFetch | undefined;
  /** Allows an `http:` endpoint on a host other than this machine. @default false */
  readonly insecureHttp?: boolean | undefined;
}

const compress = promisify(gzip);
const MAX_REPLY_BYTES = 1_048_576;

/** What an {@link HttpSender} needs, already checked. */
export interface HttpSenderParts extends Destination {
  readonly url: string;
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly fetch?: HttpFetch | undefined;
  /** @default 1 MiB */
  readonly maxReplyBytes?: number | undefined;
}

/** Sends one request after the other to one address, never following a redirect. */
export class HttpSender {
  readonly #parts: HttpSenderParts;

  constructor(parts: HttpSenderParts) {
    this.#parts = parts;
  }

  /**
   * Sends one body, if this process may still send: every request of every sink over HTTP goes through here.
   *
   * @throws SinkError `SINK_UNREACHABLE`, `SINK_TIMEOUT` or `SINK_CONTRACT`; the signal's reason when it is aborted; what
   *   the fence throws
   */
  async send(
    body: Bytes,
    context: Pick<WriteContext, 'signal' | 'fence'>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<HttpReply> {
    const { signal } = context;
    signal.throwIfAborted();
    const { url, method = 'POST', timeoutMs, fetch, gzip: packs, maxReplyBytes = MAX_REPLY_BYTES } = this.#parts;
    const packed = packs ? await compress(body, { level: 1 }) : body;
    const allHeaders = { ...this.#parts.headers, ...headers, ...(packs ? { 'content-encoding': 'gzip' } : {}) };
    await askFence(context);
    let reply: HttpReply;
    try {
      const request = { url, method, headers: allHeaders, body: packed };
      reply = await exchange(request, { fetch, timeoutMs, signal, maxBytes: maxReplyBytes });
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof HttpTimeout ? this.#timeout() : networkError(error, this.#parts);
    }
    if (reply.fault instanceof BodyNotReadable) throw this.#wrongFetch();
    const isSuccess = reply.status >= 200 && reply.status <= 299;
    return isSuccess ? reply : maskedReply(reply, this.#parts.secrets);
  }

  #timeout(): SinkError {
    const { name, origin, timeoutMs } = this.#parts;
    return new SinkError('SINK_TIMEOUT', `${name}: ${origin} did not answer within ${Math.ceil(timeoutMs)} ms`, {
      retryable: true,
      hint: 'Raise `timeoutMs` or lower the batch size.',
    });
  }

  #wrongFetch(): SinkError {
    return new SinkError('SINK_CONTRACT', `${this.#parts.name}: the \`fetch\` gives replies without a web stream`, {
      retryable: false,
      hint: "Pass the platform's fetch or undici's; node-fetch is another kind.",
    });
  }
}
