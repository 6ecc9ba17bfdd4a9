import { createPublicKey } from 'node:crypto';
import { ConfigError } from '../../errors/errors.js';

/** The bare base64 of a public key, as RSA_PUBLIC_KEY takes it. */
export function barePublicKey(key: string): string {
  const pem = key.includes('-----')
    ? key
    : `-----BEGIN PUBLIC KEY-----\n${key.replace(/\s+/g, '')}\n-----END PUBLIC KEY-----\n`;
  if (pem.includes('PRIVATE KEY')) {
    throw new ConfigError('CONFIG_INVALID', '`publicKey` is a private key: it must never leave your side.', {
      hint: 'Pass `generateKeyPair().publicKey`.',
    });
  }
  try {
    const parsed = createPublicKey(pem);
    const isP256 = parsed.asymmetricKeyDetails?.namedCurve === 'prime256v1';
    if (parsed.asymmetricKeyType !== 'rsa' && !isP256) throw new Error('neither RSA nor ES256');
    return parsed.export({ type: 'spki', format: 'der' }).toString('base64');
  } catch {
    throw new ConfigError('CONFIG_INVALID', '`publicKey` is not a public key, RSA or EC (P-256).', {
      hint: 'Pass `generateKeyPair().publicKey`, PEM or bare base64.',
    });
  }
}
