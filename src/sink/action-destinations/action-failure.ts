import { SinkError } from '../../errors/errors.js';
import { networkError } from '../http/network-error.js';
import { retryAfter } from '../../http/retry-after.js';

/** What a status means for one message. */
export type RowVerdict = 'accepted' | 'rejected' | 'retry' | 'unauthorized' | 'redirect';

const retryable4xx = new Set([408, 425, 429]);
const final5xx = new Set([501, 505, 511]);

/** A status of 404 is about one record to most destinations, so it rejects that message. */
export function rowVerdict(status: unknown): RowVerdict {
  if (typeof status !== 'number' || Number.isNaN(status)) return 'retry';
  if (status >= 200 && status < 300) return 'accepted';
  if (status >= 300 && status < 400) return 'redirect';
  if (status === 401 || status === 403) return 'unauthorized';
  return retryable4xx.has(status) || (status >= 500 && !final5xx.has(status)) ? 'retry' : 'rejected';
}

/** A short stable code: the package's own where it is one, never text that may hold values. */
export function failureCode(code: unknown, status: unknown): string {
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,59}$/.test(code)) return code;
  return typeof status === 'number' ? `HTTP_${status}` : 'REFUSED';
}

interface Failure {
  readonly name?: unknown;
  readonly status?: unknown;
  readonly code?: unknown;
  readonly type?: unknown;
  readonly response?: {
    readonly status?: unknown;
    readonly headers?: { get(name: string): string | null };
  };
}

/** The status of an error that an action threw. Classes: `errors.ts` and `request-client.ts` of `@segment/actions-core`. */
function statusOf(failure: Failure): number | undefined {
  // A mapped event that does not fit the action's schema.
  if (failure.name === 'AggregateAjvError' || failure.name === 'ValidationError') return 400;
  const status = failure.response?.status ?? failure.status;
  return typeof status === 'number' ? status : undefined;
}

/**
 * The error for what an action threw. It keeps neither the error nor its text, which may hold the request with its key,
 * or row values.
 */
export function actionError(thrown: unknown, name: string, origin: string): SinkError {
  const failure: Failure = typeof thrown === 'object' && thrown !== null ? thrown : {};
  if (failure.code === 'ETIMEDOUT' && failure.response === undefined && failure.type === undefined) {
    return timeout(name);
  }
  if (failure.code === 'REQUESTTIMEOUTERROR' || failure.code === 'REQUESTCLIENTERROR') return timeout(name);
  if (failure.type === 'system') return networkError(thrown, { name, origin });
  const status = statusOf(failure);
  const code = failureCode(failure.code, status);
  const details = { code, ...(status === undefined ? {} : { status }) };
  if (failure.code === 'RETRYABLE_ERROR' || (status !== undefined && rowVerdict(status) === 'retry')) {
    const headers = failure.response?.headers;
    return new SinkError('SINK_FAILED', `${name}: the destination failed (${code})`, {
      retryable: true,
      retryAfterMs: headers && retryAfter(headers.get('retry-after'), headers.get('date')),
      details,
    });
  }
  if (status === 401 || status === 403) {
    return new SinkError('SINK_UNAUTHORIZED', `${name}: the destination refused the credentials (${code})`, {
      retryable: false,
      details,
      hint: 'Check `settings` and `auth`.',
    });
  }
  if (status !== undefined && rowVerdict(status) === 'redirect') {
    return new SinkError('SINK_FAILED', `${name}: the destination answered with a redirect (${code})`, {
      retryable: false,
      details,
      hint: 'Check the region or host in `settings`: redirects are not followed, because the key would go along.',
    });
  }
  if (status !== undefined) return batchRefused(name, details);
  // An action that stumbles over a message would do so again; one that fails otherwise may not.
  const kind = typeof failure.name === 'string' ? failure.name : typeof thrown;
  const stumbled = ['TypeError', 'RangeError', 'ReferenceError'].includes(kind);
  return new SinkError('SINK_FAILED', `${name}: the action threw ${kind}`, {
    retryable: !stumbled,
    splittable: stumbled,
    details: { code: kind },
  });
}

/** The error for a batch of which a part may be accepted. */
export function batchRefused(name: string, details: SinkError['details']): SinkError {
  return new SinkError('SINK_FAILED', `${name}: the destination refused the batch (${String(details['code'])})`, {
    retryable: false,
    splittable: true,
    details,
  });
}

function timeout(name: string): SinkError {
  return new SinkError('SINK_TIMEOUT', `${name}: the destination did not answer in time`, {
    retryable: true,
    hint: 'Raise `timeoutMs` or lower `maxMessages`.',
  });
}
