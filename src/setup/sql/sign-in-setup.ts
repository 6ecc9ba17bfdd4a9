import * as z from 'zod';
import { ConfigError } from '../../errors/errors.js';
import type { Authenticator } from '../../source/auth/sign-in-options.js';
import { quoteIdentifier, quoteText, splitName, storedName } from './identifier.js';
import { barePublicKey } from './public-key.js';

/** A key pair with a name of its own, or a programmatic access token. */
export interface NamedCredentialOptions {
  /** Of the key pair or token; under it both are rotated. */
  readonly name: string;
  /** After so many days Snowflake refuses it. @default never for a key pair, 15 for a token */
  readonly daysToExpiry?: number | undefined;
}

/** The identity that a cloud, or an OIDC provider, gives to a workload. */
export interface WorkloadIdentityOptions {
  /** Who vouches for it. */
  readonly type: 'AWS' | 'AZURE' | 'GCP' | 'OIDC';
  /** Of the role that the workload has: `AWS` only. */
  readonly arn?: string | undefined;
  /** URL of who issues the tokens: `AZURE` and `OIDC`. */
  readonly issuer?: string | undefined;
  /** Whom the tokens are issued for: `AZURE`, `GCP` and `OIDC`. */
  readonly subject?: string | undefined;
  /** Other audiences than Snowflake's own: `OIDC` only. */
  readonly audiences?: readonly string[] | undefined;
}

/** What the user signs in with, of `SetupOptions`. */
export interface SignInSetupOptions {
  /** How the user signs in; see `SnowflakeConnectionOptions`. @default SNOWFLAKE_JWT */
  readonly authenticator?: Authenticator | undefined;
  /** The public key, PEM or bare base64, for a key pair; `generateKeyPair()` makes one. */
  readonly publicKey?: string | undefined;
  /** Registers the public key under a name, restricted to the role, instead of as `RSA_PUBLIC_KEY`. @default none */
  readonly keyPair?: NamedCredentialOptions | undefined;
  /** The programmatic access token to make; its secret is shown once, in the result of the script. @default SNOWMELT */
  readonly token?: NamedCredentialOptions | undefined;
  /** By which name an OAuth token tells the user, if it is not the user's own. @default the user's name */
  readonly loginName?: string | undefined;
  /** The identity of the workload, for `WORKLOAD_IDENTITY`. */
  readonly workloadIdentity?: WorkloadIdentityOptions | undefined;
  /** `DB.SCHEMA` for an authentication policy that lets the user sign in so and in no other way. @default none is made */
  readonly policySchema?: string | undefined;
}

const named = z.strictObject({ name: z.string(), daysToExpiry: z.int().min(1).max(3650).optional() });

/** The shape of {@link SignInSetupOptions}. */
export const signInSetupShape = {
  authenticator: z
    .enum(['SNOWFLAKE_JWT', 'PROGRAMMATIC_ACCESS_TOKEN', 'OAUTH', 'WORKLOAD_IDENTITY'])
    .default('SNOWFLAKE_JWT'),
  publicKey: z.string().optional(),
  keyPair: named.optional(),
  token: named.optional(),
  loginName: z.string().min(1).optional(),
  workloadIdentity: z
    .strictObject({
      type: z.enum(['AWS', 'AZURE', 'GCP', 'OIDC']),
      arn: z.string().min(1).optional(),
      issuer: z.url().optional(),
      subject: z.string().min(1).optional(),
      audiences: z.array(z.string().min(1)).min(1).optional(),
    })
    .optional(),
  policySchema: z.string().optional(),
};

/** What the user signs in with, as SQL. */
export interface SignInSetup {
  readonly authenticator: Authenticator;
  /** Of `ALTER USER … SET`. */
  readonly properties: string;
  /** What the script can run as often as it likes. */
  readonly policy: readonly string[];
  /** What Snowflake refuses the second time, because it is there. */
  readonly once: readonly string[];
  /** Quoted name of the authentication policy. */
  readonly policyName: string | undefined;
}

/** By which names an authentication policy knows them ("CREATE AUTHENTICATION POLICY", docs.snowflake.com). */
const METHODS: Readonly<Record<Authenticator, string>> = {
  SNOWFLAKE_JWT: 'KEYPAIR',
  PROGRAMMATIC_ACCESS_TOKEN: 'PROGRAMMATIC_ACCESS_TOKEN',
  OAUTH: 'OAUTH',
  WORKLOAD_IDENTITY: 'WORKLOAD_IDENTITY',
};

/** Which option goes with which way to sign in. */
const BELONGS: Readonly<Record<'publicKey' | 'keyPair' | 'token' | 'loginName' | 'workloadIdentity', Authenticator>> = {
  publicKey: 'SNOWFLAKE_JWT',
  keyPair: 'SNOWFLAKE_JWT',
  token: 'PROGRAMMATIC_ACCESS_TOKEN',
  loginName: 'OAUTH',
  workloadIdentity: 'WORKLOAD_IDENTITY',
};

/** What each provider tells of a workload ("Workload identity federation", docs.snowflake.com). */
const CLAIMS: Readonly<Record<WorkloadIdentityOptions['type'], readonly ('arn' | 'issuer' | 'subject')[]>> = {
  AWS: ['arn'],
  AZURE: ['issuer', 'subject'],
  GCP: ['subject'],
  OIDC: ['issuer', 'subject'],
};

/**
 * Finds out what each way to sign in needs.
 *
 * @param given - checked against {@link signInSetupShape}
 * @param user - quoted
 * @param role - quoted
 * @throws ConfigError `CONFIG_INVALID`
 */
export function resolveSignInSetup(
  owner: string,
  given: SignInSetupOptions & { readonly authenticator: Authenticator },
  user: string,
  role: string,
): SignInSetup {
  const { authenticator, keyPair, loginName, workloadIdentity, token = { name: 'SNOWMELT' } } = given;
  for (const [option, wanted] of Object.entries(BELONGS)) {
    if (Reflect.get(given, option) === undefined || wanted === authenticator) continue;
    throw invalid(
      `${owner}: \`${option}\` does not go with authenticator ${authenticator}.`,
      `Leave it out, or set authenticator: '${wanted}'.`,
    );
  }
  const { policyName, policy } = authenticationPolicy(given, user);
  const setPolicy = policyName === undefined ? [] : [`ALTER USER ${user} SET AUTHENTICATION POLICY ${policyName};`];
  const done = (properties: string, once: readonly string[]): SignInSetup => ({
    authenticator,
    properties,
    policy,
    once: [...setPolicy, ...once],
    policyName,
  });
  switch (authenticator) {
    case 'SNOWFLAKE_JWT': {
      const key = quoteText(
        barePublicKey(given.publicKey ?? missing(owner, 'publicKey', 'generateKeyPair().publicKey')),
      );
      if (keyPair === undefined) return done(`RSA_PUBLIC_KEY = ${key}`, []);
      return done('', [
        `ALTER USER ${user} ADD KEY PAIR ${credential('keyPair', keyPair, role, `PUBLIC_KEY = ${key} `)};`,
      ]);
    }
    case 'PROGRAMMATIC_ACCESS_TOKEN':
      return done('', [`ALTER USER ${user} ADD PROGRAMMATIC ACCESS TOKEN ${credential('token', token, role)};`]);
    case 'OAUTH':
      return done(`LOGIN_NAME = ${quoteText(loginName ?? storedName(user))}`, []);
    case 'WORKLOAD_IDENTITY':
      return done(
        `WORKLOAD_IDENTITY = (${identity(workloadIdentity ?? missing(owner, 'workloadIdentity', '{ type, … }'))})`,
        [],
      );
  }
}

function credential(option: string, { name, daysToExpiry }: NamedCredentialOptions, role: string, more = ''): string {
  const days = daysToExpiry === undefined ? '' : ` DAYS_TO_EXPIRY = ${daysToExpiry}`;
  const restriction = `ROLE_RESTRICTION = ${quoteText(storedName(role))}`;
  return `${quoteIdentifier(`\`${option}.name\``, name)} ${more}${restriction}${days}`;
}

function identity(given: WorkloadIdentityOptions): string {
  const { type, audiences } = given;
  const wanted = CLAIMS[type];
  for (const claim of ['arn', 'issuer', 'subject'] as const) {
    const isGiven = given[claim] !== undefined;
    if (isGiven === wanted.includes(claim)) continue;
    const problem = isGiven ? 'does not go with' : 'is missing for';
    throw invalid(
      `\`workloadIdentity.${claim}\` ${problem} type ${type}.`,
      `For ${type} pass ${wanted.join(' and ')}.`,
    );
  }
  if (audiences !== undefined && type !== 'OIDC') {
    throw invalid(`\`workloadIdentity.audiences\` does not go with type ${type}.`, 'It is for OIDC.');
  }
  const parts = wanted.map((claim) => `${claim.toUpperCase()} = ${quoteText(given[claim] ?? '')}`);
  const list = audiences === undefined ? [] : [`OIDC_AUDIENCE_LIST = (${audiences.map(quoteText).join(', ')})`];
  return [`TYPE = ${type}`, ...parts, ...list].join(' ');
}

function authenticationPolicy(
  {
    authenticator,
    policySchema,
  }: { readonly authenticator: Authenticator; readonly policySchema?: string | undefined },
  user: string,
): { readonly policyName: string | undefined; readonly policy: readonly string[] } {
  if (policySchema === undefined) return { policyName: undefined, policy: [] };
  const parts = splitName('`policySchema`', policySchema);
  if (parts.length !== 2) throw invalid('`policySchema` does not name a schema.', 'Write DB.SCHEMA.');
  const schema = parts.map((part) => quoteIdentifier('`policySchema`', part)).join('.');
  const policyName = `${schema}."${user.slice(1, -1)}_SIGN_IN"`;
  const methods = `AUTHENTICATION_METHODS = ('${METHODS[authenticator]}')`;
  return {
    policyName,
    policy: [
      `CREATE AUTHENTICATION POLICY IF NOT EXISTS ${policyName} ${methods};`,
      `ALTER AUTHENTICATION POLICY ${policyName} SET ${methods};`,
    ],
  };
}

function missing(owner: string, option: string, what: string): never {
  throw invalid(`${owner}: \`${option}\` is missing.`, `Pass ${what}.`);
}

function invalid(message: string, hint: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', message, { hint });
}
