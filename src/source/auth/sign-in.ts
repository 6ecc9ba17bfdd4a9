import { createPrivateKey } from 'node:crypto';
import { ConfigError } from '../../errors/errors.js';
import { keyFingerprint } from './key-fingerprint.js';
import { loadPrivateKey } from './load-private-key.js';
import type { Authenticator, SignInOptions, WorkloadIdentityProvider } from './sign-in-options.js';
import { TokenSource } from './token-source.js';

/** With a private key. */
export interface KeySignIn {
  readonly authenticator: 'SNOWFLAKE_JWT';
  readonly username: string;
  /** PKCS#8 PEM. */
  readonly privateKey: string;
  readonly fingerprint: string;
}

/** With a token that was issued for a user. */
export interface TokenSignIn {
  readonly authenticator: 'PROGRAMMATIC_ACCESS_TOKEN' | 'OAUTH';
  readonly username: string | undefined;
  readonly tokens: TokenSource;
}

/** With the identity of a workload; only with `OIDC` there is a token that snowmelt knows. */
export interface WorkloadSignIn {
  readonly authenticator: 'WORKLOAD_IDENTITY';
  readonly username: string | undefined;
  readonly provider: WorkloadIdentityProvider;
  readonly tokens: TokenSource | undefined;
}

/** Who signs in, and with what, checked. */
export type SignIn = KeySignIn | TokenSignIn | WorkloadSignIn;

/** What a source can sign in with besides RSA keys and tokens. */
export interface SignInKinds {
  /** Another source takes what this one does not. */
  readonly other: string;
  readonly ecKeys: boolean;
  readonly workloadIdentity: boolean;
}

const TOKEN_TIMEOUT_MS = 30_000;

/**
 * Checks that the options say one way to sign in, and loads the key.
 *
 * @param options - checked against `signInShape`
 * @throws ConfigError `CONFIG_INVALID`, `KEY_…`, `TOKEN_FORMAT`
 */
export function resolveSignIn(owner: string, options: SignInOptions, kinds: SignInKinds): SignIn {
  const authenticator = authenticatorOf(owner, options);
  const { username, workloadIdentityProvider: provider } = options;
  if (provider !== undefined && authenticator !== 'WORKLOAD_IDENTITY') {
    throw invalid(owner, `workloadIdentityProvider does not go with authenticator ${authenticator}`, {
      hint: "Leave it out, or set authenticator: 'WORKLOAD_IDENTITY'.",
    });
  }
  if (authenticator === 'SNOWFLAKE_JWT') return keySignIn(owner, options, kinds);
  if (hasKey(options)) {
    throw invalid(owner, `a private key and authenticator ${authenticator} are given; only one can sign in`, {
      hint: "Leave out privateKey, privateKeyPath and passphrase, or set authenticator: 'SNOWFLAKE_JWT'.",
    });
  }
  if (authenticator !== 'WORKLOAD_IDENTITY') {
    const tokens = tokenSource(owner, options);
    if (tokens !== undefined) return { authenticator, username, tokens };
    throw invalid(owner, `token is missing, which authenticator ${authenticator} signs in with`, {
      hint: 'Pass its text, or a function that gets one. Is the environment variable set that it comes from?',
    });
  }
  if (!kinds.workloadIdentity) {
    throw invalid(owner, "authenticator WORKLOAD_IDENTITY needs Snowflake's driver", {
      hint: `Use ${kinds.other}, or here a key pair, PROGRAMMATIC_ACCESS_TOKEN or OAUTH.`,
    });
  }
  return workloadSignIn(owner, options);
}

function authenticatorOf(owner: string, { authenticator, token }: SignInOptions): Authenticator {
  const isFile = typeof token === 'object';
  if (isFile && authenticator !== undefined && authenticator !== 'OAUTH') {
    throw invalid(owner, `sessionTokenFile() does not go with authenticator ${authenticator}`, {
      hint: 'Leave authenticator out: Snowflake takes the token of its containers as OAUTH.',
    });
  }
  return authenticator ?? (isFile ? 'OAUTH' : 'SNOWFLAKE_JWT');
}

const isGiven = (text: string | undefined): boolean => text !== undefined && text !== '';
const hasKey = ({ privateKey, privateKeyPath, passphrase }: SignInOptions): boolean =>
  [privateKey, privateKeyPath, passphrase].some(isGiven);

function tokenSource(owner: string, { token, tokenTimeoutMs }: SignInOptions): TokenSource | undefined {
  if (token === undefined || token === '') return undefined;
  return new TokenSource({ owner, token, timeoutMs: tokenTimeoutMs ?? TOKEN_TIMEOUT_MS });
}

function keySignIn(owner: string, options: SignInOptions, { ecKeys, other }: SignInKinds): KeySignIn {
  const { username, token } = options;
  if (token !== undefined && token !== '') {
    const both = hasKey(options);
    throw invalid(
      owner,
      both ? 'a private key and a token are given; only one can sign in' : 'a token is given without its kind',
      {
        hint: `${both ? 'Leave one of them out; for the token' : 'Set'} authenticator: 'PROGRAMMATIC_ACCESS_TOKEN' or 'OAUTH'.`,
      },
    );
  }
  if (username === undefined) {
    throw invalid(owner, '`username` is missing', {
      hint: 'Is the environment variable set that it comes from? Correct `username`.',
    });
  }
  const privateKey = loadPrivateKey(options);
  if (!ecKeys && createPrivateKey(privateKey).asymmetricKeyType === 'ec') {
    throw new ConfigError(
      'KEY_FORMAT',
      `${owner}: the private key is an EC key (ES256); Snowflake's driver takes RSA only.`,
      {
        hint: `Use ${other}, which takes it, or make an RSA key: snowmelt keygen`,
      },
    );
  }
  return { authenticator: 'SNOWFLAKE_JWT', username, privateKey, fingerprint: keyFingerprint(privateKey) };
}

function workloadSignIn(owner: string, options: SignInOptions): WorkloadSignIn {
  const { username, workloadIdentityProvider: provider } = options;
  if (provider === undefined) {
    throw invalid(owner, 'workloadIdentityProvider is missing', {
      hint: 'Set it to AWS, AZURE, GCP or OIDC: whoever vouches for this workload.',
    });
  }
  const tokens = tokenSource(owner, options);
  if (provider === 'OIDC' && tokens === undefined) {
    throw invalid(owner, 'token is missing, which workloadIdentityProvider OIDC signs in with', {
      hint: 'Pass the ID token of the provider, or a function that gets one.',
    });
  }
  if (provider !== 'OIDC' && tokens !== undefined) {
    throw invalid(owner, `token does not go with workloadIdentityProvider ${provider}`, {
      hint: "Leave token out: the driver asks the cloud itself. Or set workloadIdentityProvider: 'OIDC'.",
    });
  }
  return { authenticator: 'WORKLOAD_IDENTITY', username, provider, tokens };
}

function invalid(owner: string, problem: string, { hint }: { readonly hint: string }): ConfigError {
  return new ConfigError('CONFIG_INVALID', `${owner}: ${problem}.`, { hint });
}
