import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  generateKeyPair,
  rotateKeySql,
  setupSql,
  SnowflakeSource,
  SqlApiSource,
  tearDownSql,
  type KeyPair,
  type SetupOptions,
  type SnowflakeConnectionOptions,
  type Source,
} from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';

const select = ['SHOP.PUBLIC.PEOPLE'];
const allowedIps = ['127.0.0.1'];
const policySchema = 'SHOP.PUBLIC';
const open: { close(): Promise<void> }[] = [];
let first: KeyPair;
let second: KeyPair;

beforeAll(async () => {
  [first, second] = await Promise.all([generateKeyPair(), generateKeyPair()]);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(): Promise<EmbeddedSnowflake> {
  const snowflake = await startSnowflake({
    databases: ['SHOP'],
    users: [{ name: 'ADMIN', roles: ['ACCOUNTADMIN'] }],
    seedSql: 'CREATE TABLE PEOPLE (ID NUMBER)',
  });
  open.push(snowflake);
  return snowflake;
}

type SignIn = Partial<SnowflakeConnectionOptions>;
type ASource = typeof SnowflakeSource | typeof SqlApiSource;

async function signIn(snowflake: EmbeddedSnowflake, Each: ASource, options: SignIn): Promise<unknown[]> {
  const { account, accessUrl } = snowflake;
  const source: Source = new Each({ account, accessUrl, username: 'snowmelt', ...options });
  open.push(source);
  const sql = 'SELECT CURRENT_USER(), CURRENT_ROLE() FROM SHOP.PUBLIC.PEOPLE RIGHT JOIN (SELECT 1) ON TRUE';
  const rows: unknown[] = [];
  for await (const batch of (await source.execute({ sql, binds: [] })).read()) rows.push(...batch.rows);
  return rows;
}

const ours = [['SNOWMELT', 'SNOWMELT']];
const sources: readonly (readonly [string, ASource])[] = [
  ['the driver', SnowflakeSource],
  ['the SQL API', SqlApiSource],
];

describe.each(sources)('the script makes a user that signs in through %s', (_name, Each) => {
  it('with a key pair that has a name, an end and a role, and is rotated by it', async () => {
    const snowflake = await start();
    const keyPair = { name: 'nightly', daysToExpiry: 90 };
    await snowflake.query(setupSql({ select, publicKey: first.publicKey, keyPair, policySchema }));
    expect(await signIn(snowflake, Each, { privateKey: first.privateKey })).toEqual(ours);
    const [shown] = await snowflake.query('SHOW USER KEY PAIRS FOR USER SNOWMELT');
    expect(shown).toMatchObject({ name: 'NIGHTLY', role_scope: 'SNOWMELT', status: 'ACTIVE' });
    const days = Number(shown?.['expires_at']) / 86_400 - Date.now() / 86_400_000;
    expect(Math.round(days)).toBe(90);
    const { addKey, dropOldKey } = rotateKeySql({
      keyPair: 'nightly',
      publicKey: second.publicKey,
      expireOldAfterHours: 1,
    });
    await snowflake.query(addKey);
    expect(await signIn(snowflake, Each, { privateKey: second.privateKey })).toEqual(ours);
    expect(await signIn(snowflake, Each, { privateKey: first.privateKey })).toEqual(ours);
    const names = (await snowflake.query(dropOldKey)).map(({ name }) => name);
    expect(names).toHaveLength(2);
    const old = names.find((name) => name !== 'NIGHTLY');
    await snowflake.query(`ALTER USER SNOWMELT REMOVE KEY PAIR ${old}`);
    const refused = signIn(snowflake, Each, { privateKey: first.privateKey });
    await expect(refused).rejects.toMatchObject({ code: 'SOURCE_LOGIN_REFUSED' });
  });

  it('with a programmatic access token, which the script shows once and another rotates', async () => {
    const snowflake = await start();
    const authenticator = 'PROGRAMMATIC_ACCESS_TOKEN';
    const sql = setupSql({
      select,
      authenticator,
      allowedIps,
      policySchema,
      token: { name: 'sync', daysToExpiry: 30 },
    });
    const [made] = await snowflake.query(sql);
    const token = made?.['token_secret'] ?? '';
    expect(await signIn(snowflake, Each, { authenticator, token })).toEqual(ours);
    // The policy allows no other way.
    await snowflake.query(`ALTER USER SNOWMELT SET RSA_PUBLIC_KEY = '${first.publicKeyForSnowflake}'`);
    const byKey = signIn(snowflake, Each, { privateKey: first.privateKey });
    await expect(byKey).rejects.toMatchObject({ details: { snowflakeCode: '390202' } });
    const [rotated] = await snowflake.query(rotateKeySql({ token: 'sync', expireOldAfterHours: 0 }).addKey);
    expect(await signIn(snowflake, Each, { authenticator, token: rotated?.['token_secret'] ?? '' })).toEqual(ours);
    const old = signIn(snowflake, Each, { authenticator, token });
    await expect(old).rejects.toMatchObject({ details: { snowflakeCode: '394400' } });
    await snowflake.query(rotateKeySql({ token: 'sync' }).dropOldKey);
  });

  it('with OAuth, and in no other way', async () => {
    const snowflake = await start();
    await snowflake.query(setupSql({ select, authenticator: 'OAUTH', allowedIps, policySchema }));
    snowflake.tokens.add('SNOWMELT', { type: 'OAUTH', token: 'an-oauth-token' });
    snowflake.tokens.add('SNOWMELT', { type: 'PROGRAMMATIC_ACCESS_TOKEN', token: 'a-pat' });
    expect(await signIn(snowflake, Each, { authenticator: 'OAUTH', token: 'an-oauth-token' })).toEqual(ours);
    const byPat = signIn(snowflake, Each, { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: 'a-pat' });
    await expect(byPat).rejects.toMatchObject({ details: { snowflakeCode: '390202' } });
  });

  it('and may come from the addresses that are allowed, with whatever it signs in', async () => {
    const snowflake = await start();
    await snowflake.query(
      setupSql({ select, publicKey: first.publicKey, allowedIps: ['192.0.2.0/24', '2001:db8::/32'] }),
    );
    const refused = signIn(snowflake, Each, { privateKey: first.privateKey });
    await expect(refused).rejects.toMatchObject({ details: { snowflakeCode: '390422' } });
    await snowflake.query(setupSql({ select, publicKey: first.publicKey, allowedIps: ['127.0.0.0/8'] }));
    expect(await signIn(snowflake, Each, { privateKey: first.privateKey })).toEqual(ours);
  });
});

it('the script makes a user that signs in with the identity of a workload', async () => {
  vi.stubEnv('SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES', '127.0.0.1');
  const snowflake = await start();
  const authenticator = 'WORKLOAD_IDENTITY';
  const workloadIdentity = { type: 'OIDC', issuer: 'https://issuer.test', subject: "repo:it's:main" } as const;
  const options: SetupOptions = { select, authenticator, workloadIdentity, policySchema };
  await snowflake.query(setupSql(options));
  const jwt = (claims: object): string => {
    const all = {
      iss: workloadIdentity.issuer,
      sub: "repo:it's:main",
      aud: 'snowflakecomputing.com',
      exp: 4e9,
      ...claims,
    };
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'RS256' })}.${part(all)}.c2ln`;
  };
  const by = (claims: object): Promise<unknown[]> =>
    signIn(snowflake, SnowflakeSource, { authenticator, workloadIdentityProvider: 'OIDC', token: jwt(claims) });
  expect(await by({})).toEqual(ours);
  for (const claims of [{ sub: 'another' }, { iss: 'https://other.test' }, { aud: 'other' }, { exp: 1_700_000_000 }]) {
    await expect(by(claims), JSON.stringify(claims)).rejects.toMatchObject({ code: 'SOURCE_LOGIN_REFUSED' });
  }
  await snowflake.query(tearDownSql(options));
  await expect(by({})).rejects.toMatchObject({ code: 'SOURCE_LOGIN_REFUSED' });
  expect(await snowflake.query('SHOW AUTHENTICATION POLICIES')).toEqual([]);
});

it('what is shown once comes last, so that all else can be run again', async () => {
  const snowflake = await start();
  const options: SetupOptions = { select, authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', allowedIps, policySchema };
  const sql = setupSql(options);
  await snowflake.query(sql);
  const again = sql.slice(0, sql.indexOf('-- Once'));
  await snowflake.query(again);
  await expect(snowflake.query(sql)).rejects.toMatchObject({ code: '002002' });
  expect(sql).not.toContain('RSA_PUBLIC_KEY');
});

describe('refuses', () => {
  const publicKey = (): string => first.publicKey;
  it.each<[string, () => unknown, RegExp, RegExp]>([
    [
      'a token without a network policy',
      () => setupSql({ select, authenticator: 'PROGRAMMATIC_ACCESS_TOKEN' }),
      /`allowedIps` is missing/,
      /203\.0\.113\.7/,
    ],
    ['no key', () => setupSql({ select }), /`publicKey` is missing/, /generateKeyPair/],
    [
      'a key for OAuth',
      () => setupSql({ select, authenticator: 'OAUTH', publicKey: publicKey() }),
      /`publicKey` does not go with/,
      /Leave it out/,
    ],
    [
      'a token for a key',
      () => setupSql({ select, publicKey: publicKey(), token: { name: 'x' } }),
      /`token` does not go with/,
      /PROGRAMMATIC/,
    ],
    [
      'no identity',
      () => setupSql({ select, authenticator: 'WORKLOAD_IDENTITY' }),
      /`workloadIdentity` is missing/,
      /type/,
    ],
    [
      'an identity without its claim',
      () =>
        setupSql({
          select,
          authenticator: 'WORKLOAD_IDENTITY',
          workloadIdentity: { type: 'OIDC', issuer: 'https://i.test' },
        }),
      /workloadIdentity\.subject` is missing for type OIDC/,
      /issuer and subject/,
    ],
    [
      'a claim of another type',
      () =>
        setupSql({
          select,
          authenticator: 'WORKLOAD_IDENTITY',
          workloadIdentity: { type: 'AWS', arn: 'a', subject: 'b' },
        }),
      /workloadIdentity\.subject` does not go with type AWS/,
      /pass arn/,
    ],
    [
      'a table as the place of a policy',
      () => setupSql({ select, publicKey: publicKey(), policySchema: 'A.B.C' }),
      /policySchema/,
      /DB\.SCHEMA/,
    ],
    [
      'a key name that ends a statement',
      () => setupSql({ select, publicKey: publicKey(), keyPair: { name: 'x; DROP USER y' } }),
      /keyPair\.name/,
      /double quotes/,
    ],
    [
      'rotating a key and a token',
      () => rotateKeySql({ token: 'x', publicKey: publicKey() }),
      /`token` does not go/,
      /one at a time/,
    ],
    ['rotating nothing', () => rotateKeySql({}), /`publicKey` is missing/, /generateKeyPair/],
  ])('%s', (_what, run, message, hint) => {
    let error: unknown;
    try {
      run();
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect((error as Error).message).toMatch(message);
    expect(Reflect.get(error as Error, 'hint')).toMatch(hint);
  });
});

it('takes an EC key, which the SQL API signs in with', async () => {
  const snowflake = await start();
  const pair = await generateKeyPair({ algorithm: 'ES256' });
  await snowflake.query(setupSql({ select, publicKey: pair.publicKey }));
  expect(await signIn(snowflake, SqlApiSource, { privateKey: pair.privateKey })).toEqual(ours);
  await expect(generateKeyPair({ algorithm: 'ES256', bits: 2048 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
