import { verify } from 'node:crypto';
import * as z from 'zod';
import type { CatalogUser, NamedKeyPair } from '../sql/types/sql-engine.js';
import { publicKeyFingerprint, readPublicKey } from './public-key.js';

/** Why a login was refused. A client only sees a code, such as 390144 for all that may be wrong with a key. */
export type LoginFailureReason =
  | 'malformed'
  | 'algorithm'
  | 'subject'
  | 'account'
  | 'unknown-user'
  | 'disabled'
  | 'fingerprint'
  | 'signature'
  | 'expired'
  | 'issued-in-future'
  | 'authenticator'
  | 'token'
  | 'token-kind'
  | 'network-policy'
  | 'authentication-policy'
  | 'role'
  | 'database';

/** Whose credential it is. */
export interface SignedIn {
  readonly user: CatalogUser;
  /** The roles that the credential is restricted to; empty: all of the user's. */
  readonly roles: readonly string[];
}

/** What a token is checked against. */
export interface JwtExpectation {
  /** The server's account. */
  readonly account: string;
  /** Account and user named beside the token (driver), or nothing (SQL API). */
  readonly login?: { readonly account: string; readonly user: string };
  readonly users: ReadonlyMap<string, CatalogUser>;
  /** Unix milliseconds. */
  readonly now: number;
}

const headerSchema = z.object({ alg: z.string() });
const claimsSchema = z.object({ iss: z.string(), sub: z.string(), iat: z.number(), exp: z.number() });

const ALGORITHMS: Readonly<Record<string, { readonly hash: string; readonly keyType: 'rsa' | 'ec' }>> = {
  RS256: { hash: 'sha256', keyType: 'rsa' },
  RS384: { hash: 'sha384', keyType: 'rsa' },
  RS512: { hash: 'sha512', keyType: 'rsa' },
  ES256: { hash: 'sha256', keyType: 'ec' },
};
const SKEW_MS = 60_000;
const LONGEST_LIFE_MS = 3_600_000;

/**
 * Checks a key-pair JWT as Snowflake documents it ("Authenticating to the server", SQL API; "Key-pair authentication
 * and key-pair rotation"). Returns the user, with the roles that a named key pair is restricted to, or the reason of the
 * refusal.
 */
export function verifyJwt(token: string, expected: JwtExpectation): SignedIn | LoginFailureReason {
  const [head, body, signature, ...rest] = token.split('.');
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0) return 'malformed';
  const header = headerSchema.safeParse(decode(head));
  const claims = claimsSchema.safeParse(decode(body));
  if (!header.success || !claims.success) return 'malformed';
  const algorithm = ALGORITHMS[header.data.alg];
  if (algorithm === undefined) return 'algorithm';

  // User names may contain dots, so the issuer is cut at its fingerprint.
  const { iss, sub, iat, exp } = claims.data;
  const cut = iss.lastIndexOf('.SHA256:');
  if (cut < 0 || iss.slice(0, cut) !== sub) return 'subject';
  const dot = sub.indexOf('.');
  const account = sub.slice(0, dot);
  const userName = sub.slice(dot + 1);
  if (!isAccount(account, expected.account)) return 'account';
  if (expected.login !== undefined) {
    if (!isAccount(expected.login.account, expected.account)) return 'account';
    if (expected.login.user.toUpperCase() !== userName.toUpperCase()) return 'subject';
  }
  const user = expected.users.get(userName) ?? expected.users.get(userName.toUpperCase());
  if (user === undefined) return 'unknown-user';

  const fingerprint = iss.slice(cut + 1);
  const keys: readonly (Pick<NamedKeyPair, 'publicKey' | 'roles'> & Partial<NamedKeyPair>)[] = [
    ...user.publicKeys.map((publicKey) => ({ publicKey, roles: [] })),
    ...user.keyPairs,
  ];
  const found = keys.find(({ publicKey }) => publicKeyFingerprint(readPublicKey(publicKey)) === fingerprint);
  if (found === undefined || found.disabled === true) return 'fingerprint';
  if (found.expiresAt !== undefined && found.expiresAt <= expected.now) return 'expired';
  const key = readPublicKey(found.publicKey);
  if (key.asymmetricKeyType !== algorithm.keyType) return 'algorithm';
  const signed = { key, dsaEncoding: 'ieee-p1363' } as const;
  if (!verify(algorithm.hash, Buffer.from(`${head}.${body}`), signed, Buffer.from(signature, 'base64url')))
    return 'signature';

  const issuedAt = toMilliseconds(iat);
  if (issuedAt > expected.now + SKEW_MS) return 'issued-in-future';
  if (Math.min(toMilliseconds(exp), issuedAt + LONGEST_LIFE_MS) <= expected.now) return 'expired';
  return user.disabled ? 'disabled' : { user, roles: found.roles };
}

/** Whether a client's spelling names the server's account: any case, with or without region, `.` written as `-`. */
export function isAccount(given: string, account: string): boolean {
  const spelling = given.replaceAll('.', '-').toUpperCase();
  const own = account.toUpperCase();
  return spelling === own.replaceAll('.', '-') || spelling === own.split('.', 1)[0];
}

/** The official Node driver sends milliseconds, everybody else seconds. */
function toMilliseconds(time: number): number {
  return time > 1e11 ? time : time * 1000;
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}
