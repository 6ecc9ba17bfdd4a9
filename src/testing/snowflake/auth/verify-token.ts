import * as z from 'zod';
import type { CatalogUser, TokenKind } from '../sql/types/sql-engine.js';
import type { LoginFailureReason, SignedIn } from './verify-jwt.js';

/** What a token is checked against. */
export interface TokenExpectation {
  readonly kind: TokenKind;
  /** Who vouches for a workload. */
  readonly provider?: string | undefined;
  /** The user named beside the token, if any. */
  readonly user: string | undefined;
  readonly users: ReadonlyMap<string, CatalogUser>;
  /** Unix milliseconds. */
  readonly now: number;
}

/**
 * Checks a token that a user has. Returns the user, with the roles that it is restricted to, or the reason of the refusal.
 *
 * Of an identity that another vouches for, the signature is not checked, because nobody is asked here: of an OIDC token
 * issuer, subject, audience and end are compared with the user's, of a request signed for AWS its access key with the
 * secrets of the user's tokens.
 */
export function verifyToken(token: string, expected: TokenExpectation): SignedIn | LoginFailureReason {
  const { kind, provider, users, now } = expected;
  const secret = provider === 'AWS' ? awsAccessKey(token) : token;
  const all = [...users.values()].flatMap((user) => user.tokens.map((each) => ({ user, each })));
  const known = all.find(({ each }) => each.secret === secret && !each.disabled);
  if (known === undefined) return kind === 'WORKLOAD_IDENTITY' ? verifyIdentity(token, expected) : 'token';
  const { user, each } = known;
  if (each.kind !== kind) return 'token-kind';
  if (expected.user !== undefined && expected.user.toUpperCase() !== user.name.toUpperCase()) return 'subject';
  if (each.expiresAt !== undefined && each.expiresAt <= now) return 'expired';
  return user.disabled ? 'disabled' : { user, roles: each.roles };
}

/** The kind of a token that a client does not name ("Authenticating to the server", SQL API: Snowflake looks at it). */
export function kindOfToken(token: string, users: ReadonlyMap<string, CatalogUser>): TokenKind | undefined {
  return [...users.values()].flatMap(({ tokens }) => tokens).find(({ secret }) => secret === token)?.kind;
}

const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
});

const DEFAULT_AUDIENCE = 'snowflakecomputing.com';

/** "Workload identity federation" (docs.snowflake.com): the user is the one whose identity the token has. */
function verifyIdentity(
  token: string,
  { provider, user: name, users, now }: TokenExpectation,
): ReturnType<typeof verifyToken> {
  const claims = claimsSchema.safeParse(payloadOf(token)).data;
  if (claims === undefined) return 'token';
  const user = [...users.values()].find(({ workloadIdentity = '' }) => {
    const of = (key: string): string | undefined => propertyOf(workloadIdentity, key);
    return of('TYPE') === provider && of('ISSUER') === claims.iss && of('SUBJECT') === claims.sub;
  });
  if (user === undefined) return 'token';
  if (name !== undefined && name.toUpperCase() !== user.name) return 'subject';
  const list = /OIDC_AUDIENCE_LIST\s*=\s*\(([^)]*)\)/i.exec(user.workloadIdentity ?? '')?.[1];
  const audiences = list === undefined ? [DEFAULT_AUDIENCE] : [...list.matchAll(/'([^']*)'/g)].map((match) => match[1]);
  if (![claims.aud].flat().some((audience) => audiences.includes(audience))) return 'token';
  if (claims.exp * 1000 <= now) return 'expired';
  return user.disabled ? 'disabled' : { user, roles: [] };
}

/** `KEY = value` or `KEY = 'value'`. */
function propertyOf(properties: string, key: string): string | undefined {
  const match = new RegExp(`\\b${key}\\s*=\\s*(?:'((?:[^']|'')*)'|(\\w+))`, 'i').exec(properties);
  return match?.[1]?.replaceAll("''", "'") ?? match?.[2]?.toUpperCase();
}

function payloadOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  } catch {
    return undefined;
  }
}

const awsRequest = z.object({ headers: z.object({ authorization: z.string() }) });

/** The access key that a request to AWS is signed with, which is what the driver sends in place of a token. */
function awsAccessKey(token: string): string | undefined {
  try {
    const request = awsRequest.parse(JSON.parse(Buffer.from(token, 'base64').toString()));
    return /Credential=([^/]+)\//.exec(request.headers.authorization)?.[1];
  } catch {
    return undefined;
  }
}
