import type { Bytes } from './bytes.js';
import { orAborted } from '../async/or-aborted.js';
import type { HttpFetch, HttpFetchHeaders, HttpFetchResponse } from './http-fetch.js';

/** One request. */
export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Bytes | undefined;
}

/** How a request is made. */
export interface HttpExchangeParts {
  /** Default the platform's. */
  readonly fetch?: HttpFetch | undefined;
  /** From the beginning to the end of the reply. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** How long a request that is on its way may go on after an abort. Default 0. */
  readonly graceMs?: number | undefined;
  /** Where the text of the reply is cut: a broken proxy may answer without end. */
  readonly maxBytes?: number | undefined;
  /** The same for a reply that is not a success; default as {@link maxBytes}. */
  readonly maxErrorBytes?: number | undefined;
}

/** A reply, whatever its status. Redirects are not followed: credentials would go along. */
export interface HttpReply {
  readonly status: number;
  readonly headers: HttpFetchHeaders;
  /** Empty when it could not be read. */
  readonly text: string;
  /** Why {@link text} is not the whole body. */
  readonly fault?: unknown;
}

/** A request that took too long. */
export class HttpTimeout extends Error {}

/** The fault of a reply that was cut at `maxBytes`. */
export class ReplyTooLong extends Error {}

/** The fault of a reply whose body is no web stream, from a `fetch` that is not like the platform's. */
export class BodyNotReadable extends Error {}

/**
 * Sends a request and reads the reply. Ends when it is aborted or too late, also where `fetch` does not.
 *
 * @throws HttpTimeout, the signal's reason, or what `fetch` threw
 */
export async function exchange(request: HttpRequest, parts: HttpExchangeParts): Promise<HttpReply> {
  const { timeoutMs, signal, graceMs = 0, maxBytes = Infinity, maxErrorBytes = maxBytes } = parts;
  signal?.throwIfAborted();
  // By hand instead of AbortSignal.any: that one keeps every derived signal alive as long as the run's signal
  // (nodejs/node issue 54614).
  const controller = new AbortController();
  const timers = [setTimeout(() => controller.abort(new HttpTimeout()), timeoutMs)];
  const onAbort = (): void => {
    if (graceMs === 0) controller.abort(signal?.reason);
    else timers.push(setTimeout(() => controller.abort(signal?.reason), graceMs));
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  const { url, method, headers, body } = request;
  try {
    const send: HttpFetch = parts.fetch ?? fetch;
    const init = { method, headers, ...(body && { body }), redirect: 'manual', signal: controller.signal } as const;
    const response = await orAborted(send(url, init), controller.signal);
    const { status } = response;
    const most = status >= 200 && status < 300 ? maxBytes : maxErrorBytes;
    return { status, headers: response.headers, ...(await readBody(response, most, controller.signal)) };
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    throw error;
  } finally {
    timers.forEach(clearTimeout);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function readBody(
  { body }: HttpFetchResponse,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Pick<HttpReply, 'text' | 'fault'>> {
  if (body === null) return { text: '' };
  if (typeof (body as Partial<typeof body>).getReader !== 'function') return { text: '', fault: new BodyNotReadable() };
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    while (bytes < maxBytes) {
      const { done, value } = await orAborted(reader.read(), signal);
      if (done || value === undefined) return { text: textOf(chunks) };
      chunks.push(value);
      bytes += value.byteLength;
    }
    return { text: textOf(chunks, maxBytes), fault: new ReplyTooLong() };
  } catch (fault) {
    signal.throwIfAborted();
    return { text: '', fault };
  } finally {
    // Nobody waits for it: a reader that has come to its end has nothing to cancel.
    void Promise.resolve()
      .then(() => reader.cancel())
      .catch(() => undefined);
  }
}

function textOf(chunks: readonly Uint8Array[], maxBytes?: number): string {
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, maxBytes));
}

/** Whether a URL leads to this machine, where nobody in between can read what `http:` sends in the clear. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
