import type { HttpFetch } from '../../http/http-fetch.js';

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
