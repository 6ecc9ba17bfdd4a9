import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { ConfigError } from '../../../errors.js';

/** Reads a public key as `ALTER USER … SET RSA_PUBLIC_KEY` takes it: PEM, or the base64 between its delimiters. */
export function readPublicKey(text: string): KeyObject {
  try {
    if (text.includes('-----BEGIN')) return createPublicKey(text);
    return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new ConfigError('CONFIG_INVALID', 'startSnowflake: a public key of a user cannot be read', {
      hint: 'Pass the PEM text that `openssl rsa -in rsa_key.p8 -pubout` prints.',
      cause,
    });
  }
}

/** `SHA256:<base64>`, as DESC USER shows it and as a JWT's issuer ends. */
export function publicKeyFingerprint(key: KeyObject): string {
  const der = key.export({ format: 'der', type: 'spki' });
  return `SHA256:${createHash('sha256').update(der).digest('base64')}`;
}
