import { afterEach, describe, expect, it } from 'vitest';
import {
  diagnose,
  generateKeyPair,
  sessionTokenFile,
  setupSql,
  SnowflakeSource,
  SqlApiSource,
  type CheckName,
  type Diagnosis,
  type SetupOptions,
  type SnowflakeConnectionOptions,
} from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const select = ['SHOP.PUBLIC.PEOPLE'];
const PAT = 'PROGRAMMATIC_ACCESS_TOKEN';
const patSetup: SetupOptions = {
  select,
  authenticator: PAT,
  allowedIps: ['127.0.0.1'],
  token: { name: 'SYNC', daysToExpiry: 90 },
};
const oauthSetup: SetupOptions = { select, authenticator: 'OAUTH' };
const OAUTH_TOKEN = 'planted-oauth-token-of-this-test';
const sources = [
  ['the driver', SnowflakeSource],
  ['the SQL API', SqlApiSource],
] as const;

interface Shop {
  readonly snowflake: EmbeddedSnowflake;
  /** The programmatic access token that the script made. */
  readonly pat: string;
}

/** A shop that the script has been run in, with a second user. */
async function start(setup: SetupOptions): Promise<Shop> {
  const snowflake = await startSnowflake({
    databases: ['SHOP'],
    users: [
      { name: 'ADMIN', roles: ['ACCOUNTADMIN'] },
      { name: 'OTHER', roles: ['ACCOUNTADMIN'], tokens: [{ type: PAT, token: 'planted-pat-of-other' }] },
    ],
    seedSql: 'CREATE TABLE PEOPLE (ID NUMBER); CREATE ROLE ANALYST',
  });
  open.push(snowflake);
  const [made] = await snowflake.query(setupSql(setup));
  snowflake.tokens.add('SNOWMELT', { type: 'OAUTH', token: OAUTH_TOKEN, roles: ['SNOWMELT'] });
  return { snowflake, pat: made?.['token_secret'] ?? '' };
}

/** A token set-up, what breaks it, and the cause that has to be named. */
interface Broken {
  readonly setup?: SetupOptions;
  readonly options: (shop: Shop) => Partial<SnowflakeConnectionOptions>;
  readonly breaks?: (shop: Shop) => unknown;
  readonly name: CheckName;
  readonly result?: 'failed' | 'warning';
  readonly reason: RegExp;
  readonly repair: RegExp;
  readonly driverOnly?: boolean;
}

const withPat = ({ pat }: Shop): Partial<SnowflakeConnectionOptions> => ({ authenticator: PAT, token: pat });
const withOAuth = (): Partial<SnowflakeConnectionOptions> => ({
  authenticator: 'OAUTH',
  token: async () => OAUTH_TOKEN,
});
/** Of an authorisation server, and known to Snowflake. */
const jwtUntil = (seconds: number): string =>
  `${Buffer.from('{}').toString('base64url')}.${Buffer.from(JSON.stringify({ exp: seconds })).toString('base64url')}.c2ln`;

const broken: Readonly<Record<string, Broken>> = {
  'a programmatic access token that has expired': {
    options: () => ({ authenticator: PAT, token: jwtUntil(1_700_000_000) }),
    name: 'expiry',
    reason: /expired.*2023-11-14/,
    repair: /ROTATE PROGRAMMATIC ACCESS TOKEN/,
  },
  'an OAuth token that has expired': {
    setup: oauthSetup,
    options: () => ({ authenticator: 'OAUTH', token: 'planted-expired-token' }),
    breaks: ({ snowflake }) =>
      snowflake.tokens.add('SNOWMELT', { type: 'OAUTH', token: 'planted-expired-token', expiresInSeconds: -5 }),
    name: 'expiry',
    reason: /has expired \(390318\)/,
    repair: /function as token/,
  },
  'a programmatic access token sent as OAuth': {
    options: ({ pat }) => ({ authenticator: 'OAUTH', token: pat }),
    name: 'login',
    reason: /of the type PROGRAMMATIC_ACCESS_TOKEN, and is sent as OAUTH \(390303\)/,
    repair: /^Set authenticator: 'PROGRAMMATIC_ACCESS_TOKEN'\.$/,
  },
  'an OAuth token sent as a programmatic access token': {
    setup: oauthSetup,
    options: () => ({ authenticator: PAT, token: OAUTH_TOKEN }),
    name: 'login',
    reason: /of the type OAUTH, and is sent as PROGRAMMATIC_ACCESS_TOKEN/,
    repair: /^Set authenticator: 'OAUTH'\.$/,
  },
  'a missing network policy': {
    options: withPat,
    breaks: ({ snowflake }) => snowflake.query('ALTER USER SNOWMELT UNSET NETWORK_POLICY'),
    name: 'login',
    reason: /no network policy.*390432/,
    repair: /ALTER USER SNOWMELT SET NETWORK_POLICY/,
  },
  'a network policy for other addresses': {
    options: withPat,
    breaks: ({ snowflake }) =>
      snowflake.query(`ALTER NETWORK POLICY SNOWMELT_NETWORK SET ALLOWED_IP_LIST = ('192.0.2.1')`),
    name: 'login',
    reason: /127\.0\.0\.1 is not allowed/,
    repair: /NETWORK_POLICY' FOR USER SNOWMELT/,
  },
  'a role that a programmatic access token is not for': {
    options: (shop) => ({ ...withPat(shop), role: 'ANALYST' }),
    breaks: ({ snowflake }) => snowflake.query('GRANT ROLE ANALYST TO USER SNOWMELT'),
    name: 'role',
    reason: /for the role SNOWMELT, not for ANALYST/,
    repair: /^Set role: 'SNOWMELT'/,
  },
  'a role that an OAuth token is not for': {
    setup: oauthSetup,
    options: () => ({ ...withOAuth(), role: 'ANALYST' }),
    breaks: ({ snowflake }) => snowflake.query('GRANT ROLE ANALYST TO USER SNOWMELT'),
    name: 'role',
    reason: /'ANALYST'.*not listed in the Access Token/,
    repair: /Set role/,
  },
  'the token of another user': {
    options: () => ({ authenticator: PAT, token: 'planted-pat-of-other' }),
    name: 'login',
    reason: /of the user OTHER, not of SNOWMELT/,
    repair: /^Set username: 'OTHER'/,
    driverOnly: true,
  },
  'a token that was removed': {
    options: withPat,
    breaks: ({ snowflake }) => snowflake.query('ALTER USER SNOWMELT REMOVE PROGRAMMATIC ACCESS TOKEN SYNC'),
    name: 'login',
    reason: /Programmatic access token is invalid/,
    repair: /SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER SNOWMELT;.*removed/,
  },
  'an OAuth token that Snowflake does not know': {
    setup: oauthSetup,
    options: () => ({ authenticator: 'OAUTH', token: 'planted-token-of-nobody' }),
    name: 'login',
    reason: /Invalid OAuth access token/,
    repair: /SHOW SECURITY INTEGRATIONS/,
  },
  'an authentication policy without this way': {
    setup: { ...oauthSetup, policySchema: 'SHOP.PUBLIC' },
    options: withOAuth,
    breaks: ({ snowflake }) =>
      snowflake.query(
        `ALTER AUTHENTICATION POLICY SHOP.PUBLIC.SNOWMELT_SIGN_IN SET AUTHENTICATION_METHODS = ('KEYPAIR')`,
      ),
    name: 'login',
    reason: /authentication policy/,
    repair: /has to allow OAUTH/,
  },
  'a user that is disabled': {
    options: withPat,
    breaks: ({ snowflake }) => snowflake.query('ALTER USER SNOWMELT SET DISABLED = TRUE'),
    name: 'login',
    reason: /disabled/,
    repair: /SET DISABLED = FALSE/,
  },
  'a token function that throws': {
    options: () => ({
      authenticator: PAT,
      token: () => {
        throw new TypeError('planted-token-in-a-text');
      },
    }),
    name: 'key',
    reason: /threw an error of type TypeError/,
    repair: /by itself/,
  },
  'a token with a line break': {
    options: ({ pat }) => ({ authenticator: PAT, token: `${pat}\n` }),
    name: 'key',
    reason: /line breaks/,
    repair: /one line/,
  },
  'the file of a container, elsewhere': {
    setup: oauthSetup,
    options: () => ({ token: sessionTokenFile() }),
    name: 'key',
    reason: /\/snowflake\/session\/token cannot be read \(ENOENT\)/,
    repair: /Snowpark Container Services/,
  },
  'a programmatic access token that ends soon': {
    setup: { ...patSetup, token: { name: 'SYNC', daysToExpiry: 3 } },
    options: withPat,
    name: 'expiry',
    result: 'warning',
    reason: /The token SYNC ends at 20/,
    repair: /ALTER USER SNOWMELT ROTATE PROGRAMMATIC ACCESS TOKEN SYNC;/,
  },
  'an OAuth token as a text': {
    setup: oauthSetup,
    options: () => ({ authenticator: 'OAUTH', token: OAUTH_TOKEN }),
    name: 'expiry',
    result: 'warning',
    reason: /nothing can renew it/,
    repair: /function as token/,
  },
};

async function examine(
  Each: (typeof sources)[number][1],
  shop: Shop,
  options: Partial<SnowflakeConnectionOptions>,
): Promise<Diagnosis> {
  const { account, accessUrl } = shop.snowflake;
  const place = { account, accessUrl, username: 'snowmelt', database: 'SHOP', schema: 'PUBLIC' };
  const diagnosis = await diagnose({ source: () => new Each({ ...place, ...options }) });
  for (const said of [String(diagnosis), JSON.stringify(diagnosis)]) {
    for (const secret of ['planted-', shop.pat]) if (secret !== '') expect(said).not.toContain(secret);
  }
  return diagnosis;
}

describe.each(sources)('diagnose, through %s, names the cause first', (name, Each) => {
  const cases = Object.entries(broken).filter(([, { driverOnly }]) => driverOnly !== true || name === 'the driver');
  it.each(cases)(
    '%s',
    async (_what, { setup = patSetup, options, breaks, name: step, result = 'failed', reason, repair }) => {
      const shop = await start(setup);
      await breaks?.(shop);
      const diagnosis = await examine(Each, shop, options(shop));
      expect(diagnosis.problem, String(diagnosis)).toMatchObject({ name: step, result });
      expect(diagnosis.problem?.reason).toMatch(reason);
      expect(diagnosis.problem?.repair).toMatch(repair);
      const failures = diagnosis.checks.filter((check) => check.result === 'failed');
      expect(failures).toHaveLength(result === 'failed' ? 1 : 0);
    },
  );

  it('nothing, when there is nothing wrong', async () => {
    const byPat = await start(patSetup);
    const healthy = await examine(Each, byPat, withPat(byPat));
    expect(healthy.problem, String(healthy)).toBeUndefined();
    const byOAuth = await start(oauthSetup);
    const renewed = await examine(Each, byOAuth, withOAuth());
    expect(renewed.problem, String(renewed)).toBeUndefined();
  });

  it('a key pair that ends soon, or has ended', async () => {
    const { publicKey, privateKey } = await generateKeyPair();
    const shop = await start({ select, publicKey, keyPair: { name: 'NIGHTLY', daysToExpiry: 5 } });
    const soon = await examine(Each, shop, { privateKey });
    expect(soon.problem, String(soon)).toMatchObject({ name: 'expiry', result: 'warning' });
    expect(soon.problem?.reason).toMatch(/The key pair NIGHTLY ends at 20/);
    expect(soon.problem?.repair).toMatch(/^ALTER USER SNOWMELT ROTATE KEY PAIR NIGHTLY/);
    await shop.snowflake.query('ALTER USER SNOWMELT MODIFY KEY PAIR NIGHTLY SET DISABLED = TRUE');
    const ended = await examine(Each, shop, { privateKey });
    expect(ended.problem).toMatchObject({ name: 'login', result: 'failed' });
    expect(ended.problem?.reason).toContain('or has expired');
    expect(ended.problem?.repair).toContain('SHOW USER KEY PAIRS FOR USER SNOWMELT');
  });
});
