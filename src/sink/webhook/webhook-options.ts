import type { HttpSinkOptions } from '../http/http-sender.js';
import type { WriteContext, WriteResult } from '../sink.js';
import { createHmac } from 'node:crypto';

/** Signs each body, so that the receiver can tell who sent it. */
export interface WebhookSignature {
  readonly secret: string;
  /** @default "x-signature" */
  readonly header?: string | undefined;
  /** @default "sha256" */
  readonly algorithm?: 'sha256' | 'sha512' | 'sha1' | undefined;
  /** @default "hex" */
  readonly encoding?: 'hex' | 'base64' | undefined;
  /** Text before the signature. @default `<algorithm>=` */
  readonly prefix?: string | undefined;
  /** Header for the Unix seconds of sending. When given, `<seconds>.<body>` is signed, so that a body can't be replayed. */
  readonly timestampHeader?: string | undefined;
}

/** A reply, for {@link WebhookSinkOptions.inspect}. */
export interface WebhookReply {
  readonly status: number;
  readonly headers: {
    /** The value of a header by its name in any case. */
    get(name: string): string | null;
  };
  /** At most the first megabyte. */
  readonly text: string;
}

/** Options of {@link WebhookSink}. */
export interface WebhookSinkOptions<M> extends HttpSinkOptions {
  /** Full URL that is posted to. Errors show its host only. */
  readonly endpoint: string;
  /** Body of a request: a JSON array, one JSON text per line, or a request per message. @default "json" */
  readonly format?: 'json' | 'ndjson' | 'single' | undefined;
  /** Of the request. @default "POST" */
  readonly method?: 'POST' | 'PUT' | 'PATCH' | undefined;
  /** Signs each body. @default none */
  readonly signature?: WebhookSignature | undefined;
  /** JSON text of one message. @default `JSON.stringify` */
  readonly serialize?: ((message: M) => string) | undefined;
  /** Makes the body of one request, in place of `format`'s; with `format: "single"` it is called with one message. */
  readonly body?: ((messages: readonly M[], context: WriteContext) => string) | undefined;
  /** `Content-Type` of the request. @default "application/json", or "application/x-ndjson" */
  readonly contentType?: string | undefined;
  /**
   * Finds the messages that were refused in a reply of status 2xx; `index` counts in `messages`. Throw a `SinkError` when
   * the whole request failed in spite of the status.
   */
  readonly inspect?: ((reply: WebhookReply, messages: readonly M[]) => Omit<WriteResult, 'accepted'>) | undefined;
  /** Messages per request. @default 100 with `format: "single"`, else 1000 */
  readonly maxMessages?: number | undefined;
  /** UTF-8 bytes of one message. @default no limit */
  readonly maxMessageBytes?: number | undefined;
  /** UTF-8 bytes of one body, uncompressed. @default 1000000, with `format: "single"` no limit */
  readonly maxBatchBytes?: number | undefined;
  /** Compresses the bodies. @default false */
  readonly gzip?: boolean | undefined;
  /** Shown in events and errors. @default "webhook" */
  readonly name?: string | undefined;
}

/** The headers that sign a body. */
export function signBody(body: Uint8Array, signature: WebhookSignature): Record<string, string> {
  const { secret, header = 'x-signature', algorithm = 'sha256', encoding = 'hex', timestampHeader } = signature;
  const hmac = createHmac(algorithm, secret);
  const headers: Record<string, string> = {};
  if (timestampHeader !== undefined) {
    const seconds = String(Math.floor(Date.now() / 1000));
    headers[timestampHeader.toLowerCase()] = seconds;
    hmac.update(`${seconds}.`);
  }
  headers[header.toLowerCase()] = (signature.prefix ?? `${algorithm}=`) + hmac.update(body).digest(encoding);
  return headers;
}
