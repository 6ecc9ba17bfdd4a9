import * as z from 'zod';
import type { SessionTokenFile } from './session-token-file.js';

/**
 * How a source signs in, by Snowflake's names: with a key pair, a programmatic access token, an OAuth access token, or the
 * identity that a cloud gives to a workload.
 */
export type Authenticator = 'SNOWFLAKE_JWT' | 'PROGRAMMATIC_ACCESS_TOKEN' | 'OAUTH' | 'WORKLOAD_IDENTITY';

/** Who vouches for a workload. */
export type WorkloadIdentityProvider = 'AWS' | 'AZURE' | 'GCP' | 'OIDC';

/** What a {@link TokenFunction} is called with. */
export interface TokenContext {
  /** Aborted when the token is not waited for any more. */
  readonly signal: AbortSignal;
}

/** Gets a token, from a vault or an authorisation server. */
export type TokenFunction = (context: TokenContext) => string | Promise<string>;

/** Who signs in, and with what. */
export interface SignInOptions {
  /** Name of the Snowflake user. May be left out with a token, which tells whose it is. */
  readonly username?: string | undefined;
  /**
   * How to sign in: with a private key (`SNOWFLAKE_JWT`), with a `token` (`PROGRAMMATIC_ACCESS_TOKEN`, `OAUTH`), or with
   * the identity of the workload (`WORKLOAD_IDENTITY`, `SnowflakeSource` only).
   *
   * @default `SNOWFLAKE_JWT`; `OAUTH` with `sessionTokenFile()`
   */
  readonly authenticator?: Authenticator | undefined;
  /**
   * The token, a function that gets one, or `sessionTokenFile()`. The function is asked at the first login, and anew, once,
   * each time that Snowflake refuses what it gave; requests at the same time share its answer.
   */
  readonly token?: string | TokenFunction | SessionTokenFile | undefined;
  /** How long the function may take, in milliseconds. @default 30000 */
  readonly tokenTimeoutMs?: number | undefined;
  /** Who vouches for the workload (`SnowflakeSource` only); with `OIDC` its token is the option `token`. */
  readonly workloadIdentityProvider?: WorkloadIdentityProvider | undefined;
  /** Private key as PEM text, or base64 of it. `SqlApiSource` takes RSA and EC (P-256) keys, `SnowflakeSource` RSA keys. */
  readonly privateKey?: string | undefined;
  /** Path of the private key's file, PEM or DER; `~` is the home of this user. */
  readonly privateKeyPath?: string | undefined;
  /** Passphrase of an encrypted key. */
  readonly passphrase?: string | undefined;
}

/** Empty text counts as left out: that is what an unset environment variable often is. */
const text = z
  .string()
  .optional()
  .transform((value) => (value === '' ? undefined : value));

const isTokenFile = (value: object): boolean =>
  Reflect.get(value, 'kind') === 'session-token-file' && typeof Reflect.get(value, 'path') === 'string';

/** The shape of {@link SignInOptions}. */
export const signInShape = {
  username: text,
  authenticator: z.enum(['SNOWFLAKE_JWT', 'PROGRAMMATIC_ACCESS_TOKEN', 'OAUTH', 'WORKLOAD_IDENTITY']).optional(),
  token: z
    .custom<string | TokenFunction | SessionTokenFile>(
      (value) =>
        typeof value === 'string' ||
        typeof value === 'function' ||
        (typeof value === 'object' && value !== null && isTokenFile(value)),
      'expected the text of a token, a function that gets one, or sessionTokenFile()',
    )
    .optional(),
  tokenTimeoutMs: z.int().min(10).max(600_000).optional(),
  workloadIdentityProvider: z.enum(['AWS', 'AZURE', 'GCP', 'OIDC']).optional(),
  privateKey: z.string().optional(),
  privateKeyPath: text,
  passphrase: z.string().optional(),
};
