import { generateKeyPair as generate } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod';
import { ConfigError } from '../../errors/errors.js';
import { checkOptions } from '../../options/check-options.js';
import { keyFingerprint } from './key-fingerprint.js';

/** Options of {@link generateKeyPair}. */
export interface GenerateKeyPairOptions {
  /** Size of an RSA key. @default 2048 */
  readonly bits?: 2048 | 3072 | 4096 | undefined;
  /** What the key signs with. An EC key (ES256) is for `SqlApiSource`: the driver takes RSA only. @default RS256 */
  readonly algorithm?: 'RS256' | 'ES256' | undefined;
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

type PemPair = Pick<KeyPair, 'privateKey' | 'publicKey'>;

const shape = {
  bits: z.literal([2048, 3072, 4096], 'Use 2048, 3072 or 4096').optional(),
  algorithm: z.enum(['RS256', 'ES256']).default('RS256'),
};

/**
 * Makes a key pair for key-pair authentication.
 *
 * @throws ConfigError `CONFIG_INVALID` for another size than 2048, 3072 or 4096, or a size for an EC key
 */
export async function generateKeyPair(options: GenerateKeyPairOptions = {}): Promise<KeyPair> {
  const { bits, algorithm } = checkOptions('generateKeyPair', shape, options);
  if (algorithm === 'ES256' && bits !== undefined) {
    throw new ConfigError('CONFIG_INVALID', 'generateKeyPair: `bits` does not go with algorithm ES256.', {
      hint: 'Leave it out: an EC key for ES256 has one size.',
    });
  }
  const pair = await (algorithm === 'ES256' ? ecPair() : rsaPair(bits ?? 2048));
  return {
    privateKey: pair.privateKey,
    publicKey: pair.publicKey,
    publicKeyForSnowflake: pair.publicKey.replace(/-----[A-Z ]+-----|\s/g, ''),
    fingerprint: keyFingerprint(pair.publicKey),
  };
}

async function rsaPair(bits: number): Promise<PemPair> {
  return promisify(generate)('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

async function ecPair(): Promise<PemPair> {
  return promisify(generate)('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
