import type { HttpReply } from '../../http/http-exchange.js';
import { maskSecrets } from '../../http/mask-secrets.js';
import type { WriteResult } from '../sink.js';

/** Longer texts are cut before they are searched: of a refusal only the beginning is kept. */
const MOST_CHARACTERS = 65_536;
/** Headers of a request whose values are words of every server. */
const plainHeaders = /^(?:accept|accept-.*|content-type|content-encoding|user-agent|cache-control|x-strict-mode)$/i;

/** What of a request's headers is a credential: all values but those that say how to talk. */
export function secretHeaders(headers: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    // The word before a credential, such as `Bearer`, is no secret; servers name the scheme that they expect.
    plainHeaders.test(name) ? [] : [value.replace(/^(?:Basic|Bearer|Token|ApiKey|Digest) +/i, '')],
  );
}

/** A path or a query may hold a token, as those of chat webhooks do. */
export function secretsOfUrl(url: URL): string[] {
  const segments = url.pathname.split('/').filter((segment) => segment.length >= 16);
  return [
    ...segments.flatMap((segment) => [segment, unescaped(segment)]),
    ...[...url.searchParams.values()].filter((value) => value.length >= 8),
  ];
}

function unescaped(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** A refusal in which nothing of the secrets stands. */
export function maskedReply({ status, headers, text, fault }: HttpReply, secrets: readonly string[]): HttpReply {
  return {
    status,
    fault,
    headers: {
      get: (name) => {
        const value = headers.get(name);
        return value === null ? null : maskSecrets(value, secrets);
      },
    },
    text: maskSecrets(text.slice(0, MOST_CHARACTERS), secrets),
  };
}

type Found = Omit<WriteResult, 'accepted'>;

/** What was found in a reply of success, without the secrets. */
export function maskedFindings({ rejected, retry }: Found, secrets: readonly string[]): Found {
  // What is no text, from a host in plain JavaScript, is told as a breach of the contract.
  const clean = (text: unknown): string => (typeof text === 'string' ? maskSecrets(text, secrets) : (text as string));
  return {
    rejected: rejected?.map((entry) => ({
      ...entry,
      code: clean(entry.code),
      reason: clean(entry.reason),
      detail: entry.detail === undefined ? undefined : clean(entry.detail),
    })),
    retry: retry?.map((entry) => ({ ...entry, reason: clean(entry.reason) })),
  };
}
