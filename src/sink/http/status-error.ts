import { SinkError } from '../../errors/errors.js';
import { retryAfter } from '../../http/retry-after.js';

/** A reply that is not a success, without its body: a body may repeat row values. */
export interface RefusedReply {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/** Who answered, for messages and hints. */
export interface Destination {
  /** Name of the sink. */
  readonly name: string;
  /** Scheme, host and port: the path of a webhook may be a secret. */
  readonly origin: string;
  /** What to check when the key or the address is refused. */
  readonly hint?: string | undefined;
  readonly gzip?: boolean | undefined;
  /** What is sent as a credential: a reply may repeat it. */
  readonly secrets: readonly string[];
}

const splittable = new Set([400, 413, 422]);
const keyRefusals = new Set([401, 403]);
const unauthorized = new Set([...keyRefusals, 404, 405]);
const retryable4xx = new Set([408, 425, 429]);
// A server that lacks the method, the HTTP version or a network login will still lack it on the next try.
const final5xx = new Set([501, 505, 511]);

/** Whether a smaller part of the batch may be accepted where the whole was refused with this status. */
export function isSplittable(status: number): boolean {
  return splittable.has(status);
}

/** Whether a status says that the key is refused; of a key that was accepted before it may mean the message. */
export function isKeyRefusal(status: number): boolean {
  return keyRefusals.has(status);
}

/** The error for a batch of which a part may be accepted. */
export function batchRefused({ status }: RefusedReply, { name, origin }: Destination): SinkError {
  return new SinkError('SINK_FAILED', `${name}: ${origin} answered ${status}: it refused the batch`, {
    retryable: false,
    splittable: true,
    details: { status },
  });
}

/** The error for a reply outside 2xx. */
export function statusError(reply: RefusedReply, to: Destination): SinkError {
  const { status } = reply;
  const details = { status };
  const what = `${to.name}: ${to.origin} answered ${status}`;
  // Not Modified names no other address.
  if (status >= 300 && status < 400 && status !== 304) {
    return new SinkError('SINK_FAILED', `${what}, a redirect${target(reply)}; it was not followed`, {
      retryable: false,
      details,
      hint:
        to.hint ?? 'Set `endpoint` to the final address: redirects are not followed, because the key would go along.',
    });
  }
  if (unauthorized.has(status)) {
    return new SinkError('SINK_UNAUTHORIZED', what, {
      retryable: false,
      details,
      hint: to.hint ?? 'Check the key and the endpoint.',
    });
  }
  if (splittable.has(status)) return batchRefused(reply, to);
  if (retryable4xx.has(status) || (status >= 500 && !final5xx.has(status))) {
    return new SinkError('SINK_FAILED', what, {
      retryable: true,
      retryAfterMs: retryAfter(reply.headers.get('retry-after'), reply.headers.get('date')),
      details,
    });
  }
  return new SinkError('SINK_FAILED', what, {
    retryable: false,
    details,
    hint: status === 415 && to.gzip ? 'The destination may not take gzip: set `gzip: false`.' : undefined,
  });
}

function target(reply: RefusedReply): string {
  const location = reply.headers.get('location');
  if (location === null || !URL.canParse(location)) return '';
  return ` to ${new URL(location).origin}`;
}
