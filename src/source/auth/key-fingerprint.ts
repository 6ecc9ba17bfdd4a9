import { createHash, createPublicKey } from 'node:crypto';

/**
 * The fingerprint of a key pair as `DESC USER` shows it: `SHA256:` and the base64 SHA-256 of the public key's DER form
 * ("Key-pair authentication", docs.snowflake.com).
 *
 * @param pem private (PKCS#8) or public key
 */
export function keyFingerprint(pem: string): string {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return `SHA256:${createHash('sha256').update(der).digest('base64')}`;
}
