import * as z from 'zod';
import { ConfigError } from '../errors/errors.js';
import { isLoopback } from '../http/http-exchange.js';
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
/** The shape of {@link SnowflakeConnectionOptions}. */
export const connectionShape = {
  ...signInShape,
  account: text,
  accessUrl: text,
  role: text,
  warehouse: text,
  database: text,
  schema: text,
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
  const address = checkAddress(owner, account, accessUrl, insecureHttp);
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

const ACCOUNT_HINT = 'Pass account as orgname-accountname (Snowsight: account menu, "View account details").';

function checkAddress(
  owner: string,
  account: string | undefined,
  accessUrl: string | undefined,
  insecureHttp: boolean,
): { readonly account: string; readonly baseUrl: string } {
  const wrong = (problem: string): ConfigError =>
    new ConfigError('CONFIG_ACCOUNT_INVALID', `${owner}: ${problem}.`, { hint: ACCOUNT_HINT });
  if (account !== undefined && /:\/\/|snowflakecomputing\./i.test(account)) {
    throw new ConfigError('CONFIG_ACCOUNT_INVALID', `${owner}: account is a URL, not an account identifier.`, {
      hint: `Pass it as accessUrl, or only the part before ".snowflakecomputing.com" as account.`,
    });
  }
  if (account !== undefined && !/^[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*$/.test(account)) {
    throw wrong('account is not an account identifier');
  }
  if (accessUrl === undefined) {
    if (account === undefined) throw wrong('account is missing');
    // Underscores of an account name become hyphens in its host name ("Account identifiers", docs.snowflake.com).
    return { account, baseUrl: `https://${account.replaceAll('_', '-').toLowerCase()}.snowflakecomputing.com` };
  }
  let url: URL;
  try {
    url = new URL(accessUrl);
  } catch {
    throw new ConfigError('CONFIG_ACCOUNT_INVALID', `${owner}: accessUrl is not a URL.`, {
      hint: 'Pass a full URL such as https://orgname-accountname.snowflakecomputing.com.',
    });
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new ConfigError('CONFIG_ACCOUNT_INVALID', `${owner}: accessUrl has more than an address and a path.`, {
      hint: 'Leave out user, password, query and fragment: the user is username, and signs in with its key or token.',
    });
  }
  if (url.protocol !== 'https:') {
    if (url.protocol !== 'http:' || (!isLoopback(url) && !insecureHttp)) {
      throw new ConfigError('CONFIG_INSECURE_HTTP', `${owner}: accessUrl is not an https: URL.`, {
        hint: 'Use https:, or set insecureHttp: true if the network in between is trusted.',
      });
    }
  }
  const host = /^([^.]+)\.(?:.+\.)?snowflakecomputing\.(?:com|cn|mil)$/i.exec(url.hostname)?.[1];
  const known = account ?? host;
  if (known === undefined) throw wrong('accessUrl is not a Snowflake host and account is missing');
  return { account: known, baseUrl: url.origin + url.pathname.replace(/\/+$/, '') };
}
