import { createHmac } from 'node:crypto';
import type { WebhookSignature } from './webhook-options.js';

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
