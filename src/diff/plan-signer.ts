import { createHmac, hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/** Makes HMACs of plans under a key of its own that is derived from the secret (HKDF, RFC 5869; HMAC, RFC 2104). */
export function planSigner(secret: string): (text: string) => string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'snowmelt plan', KEY_BYTES));
  return (text) => createHmac('sha256', key).update(text).digest('base64url');
}
