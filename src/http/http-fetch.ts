import type { Bytes } from './bytes.js';

/** What is handed to `fetch`. */
export interface HttpFetchInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Bytes;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

/** The part of a body's reader that is used. */
export interface HttpFetchReader {
  /** The next part of the body. */
  readonly read: () => Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  /** Ends the reading early. */
  readonly cancel: (reason?: unknown) => Promise<void>;
}

/** The headers of a `Response`. */
export interface HttpFetchHeaders {
  /** The value of a header, whatever the case of its name. */
  readonly get: (name: string) => string | null;
}

/** The body of a `Response`. */
export interface HttpFetchBody {
  /** Starts the reading. */
  readonly getReader: () => HttpFetchReader;
}

/** The part of a `Response` that is read. */
export interface HttpFetchResponse {
  readonly status: number;
  readonly headers: HttpFetchHeaders;
  readonly body: HttpFetchBody | null;
}

/** A `fetch`: the platform's own, or one with a proxy or an agent of your own (undici's fits). */
export type HttpFetch = (url: string, init: HttpFetchInit) => Promise<HttpFetchResponse>;
