import * as z from 'zod';
import { ConfigError } from '../errors/errors.js';
import { accountAddress } from './account-address.js';
import { resolveSignIn, type SignIn, type SignInKinds } from './auth/sign-in.js';
import { signInShape, type SignInOptions } from './auth/sign-in-options.js';
import type { SourceDescription } from './source.js';

/** How to reach Snowflake and who signs in; the same for every Snowflake source. */
export interface SnowflakeConnectionOptions extends SignInOptions {
  /** Account identifier, `orgname-accountname` or a locator with its region. May be left out with an `accessUrl`. */
  readonly account?: string | undefined;
  /** Full URL of the account, for private links, proxies and tests. @default `https://<account>.snowflakecomputing.com` */
  readonly accessUrl?: string | undefined;
  /** Role of the sessions. @default the user's default role */
  readonly role?: string | undefined;
  /** Warehouse of the sessions. @default the user's default warehouse */
  readonly warehouse?: string | undefined;
  /** Database of names without one. */
  readonly database?: string | undefined;
  /** Schema of names without one. */
  readonly schema?: string | undefined;
  /** IANA time zone of the session. @default UTC */
  readonly timeZone?: string | undefined;
  /** Snowflake's QUERY_TAG, at most 2,000 characters. @default snowmelt */
  readonly queryTag?: string | undefined;
  /** After so many seconds Snowflake cancels a statement. @default Snowflake's own, two days */
  readonly statementTimeoutSeconds?: number | undefined;
  /** A friendly name shown in events and errors. */
  readonly name?: string | undefined;
  /** Allows an `http:` URL to a host other than this machine. @default false */
  readonly insecureHttp?: boolean | undefined;
}

/** Checked connection options. */
export interface SnowflakeConnection {
  readonly account: string;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly signIn: SignIn;
  readonly role: string | undefined;
  readonly warehouse: string | undefined;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly timeZone: string;
  readonly queryTag: string;
  readonly statementTimeoutSeconds: number | undefined;
}

/** Empty text counts as left out: that is what an unset environment variable often is. */
const text = z
  .string()
  .optional()
  .transform((value) => (value === '' ? undefined : value));
/** A name that Snowflake compares as it is: with a space or quotes around it, there is none of that name. */
const unpadded = (value: string | undefined): boolean => value === undefined || value === value.trim();
const unquoted = (value: string | undefined): boolean => value === undefined || !/^(["'`]).*\1$/s.test(value.trim());
const SPACE = 'has white space around it; remove it there where it comes from';
const QUOTES = 'has quotes around it; remove them there where it comes from';
const bare = text.refine(unquoted, QUOTES).refine(unpadded, SPACE);
const name = text.refine(unpadded, SPACE);
/** The shape of {@link SnowflakeConnectionOptions}. */
export const connectionShape = {
  ...signInShape,
  username: bare,
  account: bare,
  accessUrl: bare,
  role: name,
  warehouse: name,
  database: name,
  schema: name,
  timeZone: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_+/-]*$/, 'expected an IANA time zone such as Europe/Berlin')
    .optional(),
  queryTag: z.string().max(2000).optional(),
  statementTimeoutSeconds: z.int().min(1).max(604_800).optional(),
  name: text,
  insecureHttp: z.boolean().optional(),
};

/** Larger answers cannot be texts (the longest of V8 has 512 MiB), and nobody sends them in good faith. */
export const responseLimit = z
  .int()
  .min(1024)
  .max(512 * 1024 * 1024)
  .default(256 * 1024 * 1024);

/**
 * Finds out the address and how to sign in.
 *
 * @param options - checked against {@link connectionShape}
 * @throws ConfigError `CONFIG_ACCOUNT_INVALID`, `CONFIG_INSECURE_HTTP`, or one of a wrong key or token
 */
export function resolveConnection(
  owner: string,
  options: SnowflakeConnectionOptions,
  kinds: SignInKinds,
): SnowflakeConnection {
  const { role, warehouse, database, schema, statementTimeoutSeconds } = options;
  const { account, accessUrl, insecureHttp = false } = { ...options, ...inContainer(owner, options) };
  const address = accountAddress(owner, account, accessUrl, insecureHttp);
  return {
    ...address,
    signIn: resolveSignIn(owner, options, kinds),
    role,
    warehouse,
    database,
    schema,
    timeZone: options.timeZone ?? 'UTC',
    queryTag: options.queryTag ?? 'snowmelt',
    statementTimeoutSeconds,
  };
}

/** What may be shown of a connection. */
export function describeConnection(kind: SourceDescription['kind'], to: SnowflakeConnection): SourceDescription {
  const { account, baseUrl, signIn, role, warehouse, database, schema } = to;
  const { authenticator, username } = signIn;
  const keyFingerprint = signIn.authenticator === 'SNOWFLAKE_JWT' ? signIn.fingerprint : undefined;
  return { kind, account, baseUrl, authenticator, username, keyFingerprint, role, warehouse, database, schema };
}

/** Account and host, as Snowflake tells them to the programs in its own containers; what is given counts more. */
function inContainer(
  owner: string,
  { token, account, accessUrl }: SnowflakeConnectionOptions,
): Pick<SnowflakeConnectionOptions, 'account' | 'accessUrl'> {
  if (typeof token !== 'object') return {};
  const fromEnvironment = (name: string): string | undefined => process.env[name] || undefined;
  const host = fromEnvironment('SNOWFLAKE_HOST');
  if (host === undefined && account === undefined && accessUrl === undefined) {
    throw new ConfigError('CONFIG_ACCOUNT_INVALID', `${owner}: SNOWFLAKE_HOST is not set in the environment.`, {
      hint: 'sessionTokenFile() is for programs inside Snowpark Container Services; else pass account or accessUrl.',
    });
  }
  return {
    account: account ?? fromEnvironment('SNOWFLAKE_ACCOUNT'),
    accessUrl: accessUrl ?? (host && `https://${host}`),
  };
}
