import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** How the text of a key is kept in a snapshot. */
export interface TextCipher {
  readonly encrypt: (text: string) => Uint8Array;
  /** `undefined` for what another secret has encrypted, and for what is damaged. */
  readonly decrypt: (bytes: Uint8Array) => string | undefined;
}

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
/** As NIST SP 800-38D recommends: 96 bits, random for each text. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const plain: TextCipher = {
  encrypt: (text) => Buffer.from(text),
  decrypt: (bytes) => Buffer.from(bytes).toString(),
};

/** Encrypts with AES-256-GCM under a key of its own that is derived from the secret (HKDF, RFC 5869). */
export function textCipher(secret: string | undefined): TextCipher {
  if (secret === undefined) return plain;
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'snowmelt key text', KEY_BYTES));
  return {
    encrypt: (text) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce);
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    decrypt: (bytes) => {
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      if (tag.length < TAG_BYTES) return undefined;
      try {
        const decipher = createDecipheriv(ALGORITHM, key, nonce).setAuthTag(tag);
        const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES);
        return Buffer.concat([decipher.update(sealed), decipher.final()]).toString();
      } catch {
        return undefined;
      }
    },
  };
}
