import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { ConfigError } from '../../../errors/errors.js';

// The SQL API checks a token with each request; reading the key and its fingerprint anew was a tenth of a request.
const keys = new Map<string, KeyObject>();
const fingerprints = new WeakMap<KeyObject, string>();

/** Reads a public key as `ALTER USER … SET RSA_PUBLIC_KEY` takes it: PEM, or the base64 between its delimiters. */
export function readPublicKey(text: string): KeyObject {
  const known = keys.get(text);
  if (known !== undefined) return known;
  const key = parse(text);
  keys.set(text, key);
  return key;
}

function parse(text: string): KeyObject {
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
  const known = fingerprints.get(key);
  if (known !== undefined) return known;
  const der = key.export({ format: 'der', type: 'spki' });
  const fingerprint = `SHA256:${createHash('sha256').update(der).digest('base64')}`;
  fingerprints.set(key, fingerprint);
  return fingerprint;
}
