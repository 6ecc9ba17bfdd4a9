import { KeyPairJwt } from './key-pair-jwt.js';
import type { SignIn } from './sign-in.js';

/** What a source shows to Snowflake to sign in. */
export interface Credential {
  /** The secret that is sent; `undefined` where the driver makes it. */
  readonly secret: string | undefined;
  /** How it is named in the SQL API's header ("Authenticating to the server", SQL API, docs.snowflake.com). */
  readonly headerType: 'KEYPAIR_JWT' | 'PROGRAMMATIC_ACCESS_TOKEN' | 'OAUTH';
  /** How the driver takes it ("Authenticating connections", Node.js driver, docs.snowflake.com). */
  readonly driverOptions: Readonly<Record<string, string | undefined>>;
}

/** Credentials of one source, for both protocols. */
export interface Credentials {
  /** @throws ConfigError `TOKEN_FORMAT`; SourceError `TOKEN_UNREADABLE`; the signal's reason */
  readonly current: (signal: AbortSignal | undefined) => Promise<Credential>;
  /** Another one than that which Snowflake has refused; `undefined` when there is none. @throws as `current` */
  readonly another: (refused: Credential, signal: AbortSignal | undefined) => Promise<Credential | undefined>;
}

/** Makes the credentials of a source: the one place where a key, a token or an identity becomes what is sent. */
export function makeCredentials(signIn: SignIn, account: string): Credentials {
  switch (signIn.authenticator) {
    case 'SNOWFLAKE_JWT': {
      const { authenticator, username, privateKey } = signIn;
      const jwt = new KeyPairJwt({ account, username, privateKey });
      // The driver signs for itself.
      const driverOptions = { authenticator, username, privateKey };
      const current = (): Credential => ({ secret: jwt.token(), headerType: 'KEYPAIR_JWT', driverOptions });
      return {
        current: async () => current(),
        another: async () => {
          // It may have ended on the way, or this machine slept since it was made.
          jwt.reset();
          return current();
        },
      };
    }
    case 'WORKLOAD_IDENTITY': {
      const { authenticator, username, provider, tokens } = signIn;
      const made = (token?: string): Credential => ({
        secret: token,
        headerType: 'OAUTH',
        driverOptions: { authenticator, username, workloadIdentityProvider: provider, token },
      });
      return {
        current: async (signal) => made(await tokens?.token(signal)),
        another: async ({ secret }, signal) => {
          const token = secret === undefined ? undefined : await tokens?.another(secret, signal);
          return token === undefined ? undefined : made(token);
        },
      };
    }
    default: {
      const { authenticator, username, tokens } = signIn;
      const made = (token: string): Credential => ({
        secret: token,
        headerType: authenticator,
        driverOptions: { authenticator, username, token },
      });
      return {
        current: async (signal) => made(await tokens.token(signal)),
        another: async ({ secret }, signal) => {
          const token = await tokens.another(secret ?? '', signal);
          return token === undefined ? undefined : made(token);
        },
      };
    }
  }
}
