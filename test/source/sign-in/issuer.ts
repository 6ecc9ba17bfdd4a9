import { generateKeyPairSync } from 'node:crypto';
import type { EmbeddedSnowflake, SnowflakeTokenOptions, TokenKind } from 'snowmelt/testing';
import { users } from '../start-prepared.js';

/** Hands out tokens of one kind, each of which can be made to end. */
export class Issuer {
  readonly #snowflake: EmbeddedSnowflake;
  readonly #options: Omit<SnowflakeTokenOptions, 'token'>;
  /** All tokens so far. */
  readonly issued: string[] = [];

  constructor(snowflake: EmbeddedSnowflake, options: Omit<SnowflakeTokenOptions, 'token'>) {
    this.#snowflake = snowflake;
    this.#options = options;
  }

  /** A token that was good when it was issued. */
  issue(): string {
    const token = `planted-token-${this.#options.type}-${this.issued.length + 1}`;
    this.issued.push(token);
    this.#snowflake.tokens.add('SNOWMELT', { ...this.#options, token });
    return token;
  }

  /** The last token is refused from now on. */
  revoke(): void {
    this.#snowflake.tokens.revoke(this.issued.at(-1) ?? '');
  }
}

/** A user who may sign in with a programmatic access token from here. */
export const tokenUsers = users.map((user) => ({ ...user, allowedIps: ['127.0.0.1'] }));

/** An EC key, which the SQL API takes. */
export const ecKeyPair = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** Where a source connects to, without what it signs in with. */
export function placeOf(snowflake: EmbeddedSnowflake) {
  const { account, accessUrl, username, role, warehouse, database, schema } = snowflake.connection();
  return { account, accessUrl, username, role, warehouse, database, schema };
}

/** A token as an authorisation server writes it, unsigned: only its claims count here. */
export function unsignedJwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`;
}

/** Kinds of tokens that both sources take. */
export const tokenKinds: readonly Exclude<TokenKind, 'WORKLOAD_IDENTITY'>[] = ['PROGRAMMATIC_ACCESS_TOKEN', 'OAUTH'];
