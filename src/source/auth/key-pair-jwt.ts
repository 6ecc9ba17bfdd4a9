import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { keyFingerprint } from './key-fingerprint.js';

/** What {@link KeyPairJwt} is made of. */
export interface KeyPairJwtParts {
  /** Account identifier or locator. */
  readonly account: string;
  readonly username: string;
  /** PKCS#8 PEM; RSA, or EC on the curve P-256. */
  readonly privateKey: string;
  /** Life of a token in seconds, at most an hour. Default 3540. */
  readonly lifeSeconds?: number | undefined;
  /** The clock, in milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
}

const RENEW_BEFORE_SECONDS = 300;

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Makes and renews the tokens of key-pair authentication ("Authenticating to the server", SQL API, docs.snowflake.com). */
export class KeyPairJwt {
  readonly #key: KeyObject;
  readonly #claims: { readonly iss: string; readonly sub: string };
  readonly #lifeSeconds: number;
  readonly #now: () => number;
  readonly #algorithm: 'RS256' | 'ES256';
  #token = '';
  #expires = 0;

  constructor(parts: KeyPairJwtParts) {
    this.#key = createPrivateKey(parts.privateKey);
    this.#algorithm = this.#key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256';
    const subject = `${accountForJwt(parts.account)}.${parts.username.toUpperCase()}`;
    this.#claims = { iss: `${subject}.${keyFingerprint(parts.privateKey)}`, sub: subject };
    this.#lifeSeconds = Math.min(parts.lifeSeconds ?? 3540, 3600);
    this.#now = parts.now ?? Date.now;
  }

  /** A token with at least five minutes (or half of its life) left. */
  token(): string {
    const now = Math.floor(this.#now() / 1000);
    const margin = Math.min(RENEW_BEFORE_SECONDS, this.#lifeSeconds / 2);
    if (now < this.#expires - margin) return this.#token;
    this.#expires = now + this.#lifeSeconds;
    const head = base64url({ alg: this.#algorithm, typ: 'JWT' });
    const body = base64url({ ...this.#claims, iat: now, exp: this.#expires });
    const data = Buffer.from(`${head}.${body}`);
    // A JWT holds an EC signature as two numbers (RFC 7518, section 3.4). Not every runtime knows the option.
    const signed =
      this.#algorithm === 'ES256'
        ? sign('sha256', data, { key: this.#key, dsaEncoding: 'ieee-p1363' })
        : sign('RSA-SHA256', data, this.#key);
    const signature = signed.toString('base64url');
    this.#token = `${head}.${body}.${signature}`;
    return this.#token;
  }

  /** Forgets the token, so that the next one is made anew. */
  reset(): void {
    this.#expires = 0;
  }
}

/**
 * The account as the token names it: upper case, of a locator with region only the locator; for `.global` accounts the
 * part before the first hyphen (as in the Python sample of "Authenticating to the server", SQL API, docs.snowflake.com).
 */
export function accountForJwt(account: string): string {
  const end = account.includes('.global') ? account.indexOf('-') : account.indexOf('.');
  return (end > 0 ? account.slice(0, end) : account).toUpperCase();
}
