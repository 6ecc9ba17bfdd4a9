import { generateKeyPair as generate } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { keyFingerprint } from './key-fingerprint.js';

/** Options of {@link generateKeyPair}. */
export interface GenerateKeyPairOptions {
  /** Size of the RSA key. @default 2048 */
  readonly bits?: 2048 | 3072 | 4096 | undefined;
}

/** A new key pair. */
export interface KeyPair {
  /** PKCS#8 PEM, not encrypted. A secret. */
  readonly privateKey: string;
  /** SPKI PEM. */
  readonly publicKey: string;
  /** The public key without its PEM frame, as `ALTER USER … SET RSA_PUBLIC_KEY = '…'` takes it. */
  readonly publicKeyForSnowflake: string;
  /** As `DESC USER` shows it in `RSA_PUBLIC_KEY_FP`: `SHA256:…`. */
  readonly fingerprint: string;
}

const shape = { bits: z.literal([2048, 3072, 4096], 'Use 2048, 3072 or 4096').default(2048) };

/**
 * Makes an RSA key pair for key-pair authentication.
 *
 * @throws ConfigError `CONFIG_INVALID` for another size than 2048, 3072 or 4096
 */
export async function generateKeyPair(options: GenerateKeyPairOptions = {}): Promise<KeyPair> {
  const { bits } = checkOptions('generateKeyPair', shape, options);
  const pair = await promisify(generate)('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return {
    privateKey: pair.privateKey,
    publicKey: pair.publicKey,
    publicKeyForSnowflake: pair.publicKey.replace(/-----[A-Z ]+-----|\s/g, ''),
    fingerprint: keyFingerprint(pair.publicKey),
  };
}
