import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  isSnowmeltError,
  sessionTokenFile,
  SnowflakeSource,
  SqlApiSource,
  type SnowflakeConnectionOptions,
  type SnowmeltError,
} from 'snowmelt';
import type { EmbeddedSnowflake, SnowflakeTokenOptions } from 'snowmelt/testing';
import { closing, startPrepared, users } from '../start-prepared.js';
import { ecKeyPair, Issuer, placeOf, tokenKinds, tokenUsers, unsignedJwt } from './issuer.js';

const TOKEN = 'planted-token-of-this-test';
const place = { account: 'acme', username: 'SNOWMELT' };
const privateKey = users[0]?.keyPair.privateKey ?? '';
const sources = [
  ['SnowflakeSource', SnowflakeSource],
  ['SqlApiSource', SqlApiSource],
] as const;

afterEach(() => vi.unstubAllEnvs());

function refusal(make: () => unknown): SnowmeltError {
  try {
    make();
  } catch (error) {
    if (isSnowmeltError(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

async function failure(promise: Promise<unknown>): Promise<SnowmeltError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isSnowmeltError(error)) return error;
  throw new Error(`not refused by an error of snowmelt: ${inspect(error)}`);
}

/** The token stands in no part of an error. */
function expectHidden(error: SnowmeltError, token = TOKEN): void {
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(token.slice(0, 20));
  expect(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`).not.toContain(token.slice(0, 20));
}

const pat = 'PROGRAMMATIC_ACCESS_TOKEN';
const wrong: readonly (readonly [
  what: string,
  options: Partial<SnowflakeConnectionOptions>,
  code: string,
  message: RegExp,
  hint: RegExp,
])[] = [
  ['a key and a token', { privateKey, token: TOKEN }, 'CONFIG_INVALID', /a private key and a token/, /Leave one/],
  [
    'a key file and a token',
    { privateKeyPath: 'rsa_key.p8', token: TOKEN },
    'CONFIG_INVALID',
    /a token are given/,
    /Leave/,
  ],
  [
    'a key beside the kind of a token',
    { privateKey, token: TOKEN, authenticator: pat },
    'CONFIG_INVALID',
    /a private key and authenticator PROGRAMMATIC_ACCESS_TOKEN/,
    /Leave out privateKey/,
  ],
  [
    'a passphrase for a token',
    { passphrase: 'x', token: TOKEN, authenticator: 'OAUTH' },
    'CONFIG_INVALID',
    /only one/,
    /passphrase/,
  ],
  ['a token without its kind', { token: TOKEN }, 'CONFIG_INVALID', /without its kind/, /authenticator/],
  ['no token', { authenticator: 'OAUTH' }, 'CONFIG_INVALID', /token is missing/, /environment variable/],
  ['an empty token', { authenticator: pat, token: '' }, 'CONFIG_INVALID', /token is missing/, /environment variable/],
  ['no user for a key', { privateKey, username: undefined }, 'CONFIG_INVALID', /`username` is missing/, /username/],
  ['blanks as a token', { authenticator: pat, token: '  ' }, 'TOKEN_FORMAT', /is empty/, /environment/],
  ['a line break at the end', { authenticator: pat, token: `${TOKEN}\n` }, 'TOKEN_FORMAT', /line breaks/, /one line/],
  [
    'a line break within',
    { authenticator: 'OAUTH', token: `${TOKEN}\r\n${TOKEN}` },
    'TOKEN_FORMAT',
    /line breaks/,
    /one line/,
  ],
  ['an escaped line break', { authenticator: pat, token: `${TOKEN}\\n` }, 'TOKEN_FORMAT', /line breaks/, /one line/],
  [
    'quotation marks around it',
    { authenticator: pat, token: `"${TOKEN}"` },
    'TOKEN_FORMAT',
    /quotation marks/,
    /Leave/,
  ],
  ['one apostrophe', { authenticator: 'OAUTH', token: `${TOKEN}'` }, 'TOKEN_FORMAT', /quotation marks/, /Leave/],
  ['a blank within', { authenticator: pat, token: `${TOKEN} x` }, 'TOKEN_FORMAT', /blanks/, /Copy/],
  ['a control character', { authenticator: pat, token: `${TOKEN}\u0007` }, 'TOKEN_FORMAT', /characters/, /Copy/],
  ['the word Bearer', { authenticator: 'OAUTH', token: `Bearer ${TOKEN}` }, 'TOKEN_FORMAT', /Bearer/, /alone/],
  ['a key as a token', { authenticator: pat, token: privateKey }, 'TOKEN_FORMAT', /a key in PEM form/, /privateKey/],
  ['a number as a token', { authenticator: pat, token: 4711 as never }, 'CONFIG_INVALID', /`token`/, /token/],
  [
    'an authenticator of the driver alone',
    { authenticator: 'EXTERNALBROWSER' as never },
    'CONFIG_INVALID',
    /SNOWFLAKE_JWT/,
    /authenticator/,
  ],
  [
    'the file of a container as a programmatic access token',
    { authenticator: pat, token: sessionTokenFile() },
    'CONFIG_INVALID',
    /sessionTokenFile/,
    /OAUTH/,
  ],
  [
    'a provider of identities beside a token',
    { authenticator: 'OAUTH', token: TOKEN, workloadIdentityProvider: 'AWS' },
    'CONFIG_INVALID',
    /workloadIdentityProvider does not go/,
    /Leave it out/,
  ],
];

describe.each(sources)('%s refuses at construction', (name, ASource) => {
  it.each(wrong)('%s', (_what, options, code, message, hint) => {
    const error = refusal(() => new ASource({ ...place, ...options }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(name);
    expect(error.hint).toMatch(hint);
    expectHidden(error);
  });
});

it('workload identity needs the driver, and whatever its provider needs', () => {
  const identity = { ...place, authenticator: 'WORKLOAD_IDENTITY' } as const;
  const viaApi = refusal(() => new SqlApiSource({ ...identity, workloadIdentityProvider: 'AWS' }));
  expect(viaApi).toMatchObject({ code: 'CONFIG_INVALID' });
  expect(viaApi.hint).toContain('SnowflakeSource');
  expect(refusal(() => new SnowflakeSource(identity)).message).toContain('workloadIdentityProvider is missing');
  const withoutToken = refusal(() => new SnowflakeSource({ ...identity, workloadIdentityProvider: 'OIDC' }));
  expect(withoutToken.message).toContain('token is missing');
  const needless = refusal(() => new SnowflakeSource({ ...identity, workloadIdentityProvider: 'GCP', token: TOKEN }));
  expect(needless.message).toContain('token does not go with workloadIdentityProvider GCP');
  const driverOptions = { token: TOKEN };
  const besides = refusal(() => new SnowflakeSource({ ...place, privateKey, driverOptions }));
  expect(besides.message).toContain('driverOptions');
  expectHidden(besides);
});

it('an EC key is for the SQL API alone, of whichever form', () => {
  const error = refusal(() => new SnowflakeSource({ ...place, privateKey: ecKeyPair.privateKey }));
  expect(error).toMatchObject({ code: 'KEY_FORMAT' });
  expect(error.hint).toContain('SqlApiSource');
  expect(new SqlApiSource({ ...place, privateKey: ecKeyPair.privateKey }).describe().keyFingerprint).toMatch(
    /^SHA256:/,
  );
});

it('the file of a container names what is missing around it', () => {
  vi.stubEnv('SNOWFLAKE_HOST', '');
  const error = refusal(() => new SqlApiSource({ token: sessionTokenFile() }));
  expect(error).toMatchObject({ code: 'CONFIG_ACCOUNT_INVALID' });
  expect(error.message).toContain('SNOWFLAKE_HOST');
  vi.stubEnv('SNOWFLAKE_HOST', 'acme.snowflakecomputing.com');
  vi.stubEnv('SNOWFLAKE_ACCOUNT', 'ACME');
  expect(new SqlApiSource({ token: sessionTokenFile() }).describe()).toMatchObject({
    account: 'ACME',
    baseUrl: 'https://acme.snowflakecomputing.com',
    authenticator: 'OAUTH',
    username: undefined,
  });
  expect(refusal(() => sessionTokenFile({ pfad: 'x' } as never)).message).toContain('pfad');
});

async function start(tokens: readonly SnowflakeTokenOptions[] = []): Promise<EmbeddedSnowflake> {
  return startPrepared({
    users: [
      ...tokenUsers.map((user) => ({ ...user, tokens })),
      { name: 'OTHER', roles: ['ACCOUNTADMIN'], tokens: [{ type: 'OAUTH', token: `${TOKEN}-of-other` }] },
    ],
  });
}

describe.each(sources)('%s, refused by Snowflake', (_name, ASource) => {
  const soon = Math.floor(Date.now() / 1000) + 3600;
  it.each<[string, readonly SnowflakeTokenOptions[], Partial<SnowflakeConnectionOptions>, string, RegExp, RegExp]>([
    [
      'an expired OAuth token',
      [{ type: 'OAUTH', token: TOKEN, expiresInSeconds: -1 }],
      { authenticator: 'OAUTH', token: TOKEN },
      '390318',
      /expired/,
      /has not expired/,
    ],
    [
      'an expired programmatic access token that tells its end',
      [],
      { authenticator: pat, token: unsignedJwt({ exp: 1_700_000_000 }) },
      '394400',
      /ended at 2023-11-14T22:13:20/,
      /SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER SNOWMELT/,
    ],
    [
      'a token that nobody knows',
      [],
      { authenticator: pat, token: unsignedJwt({ exp: soon }) },
      '394400',
      /invalid\.$/,
      /was removed or rotated/,
    ],
    [
      'a programmatic access token as OAuth',
      [{ type: pat, token: TOKEN }],
      { authenticator: 'OAUTH', token: TOKEN },
      '390303',
      /Invalid OAuth/,
      /needs authenticator: 'PROGRAMMATIC_ACCESS_TOKEN'/,
    ],
    [
      'an OAuth token as a programmatic access token',
      [{ type: 'OAUTH', token: TOKEN }],
      { authenticator: pat, token: TOKEN },
      '394400',
      /invalid/,
      /needs authenticator: 'OAUTH'/,
    ],
    [
      'a role outside the restriction of a programmatic access token',
      [{ type: pat, token: TOKEN, roles: ['PUBLIC'] }],
      { authenticator: pat, token: TOKEN, role: 'ACCOUNTADMIN' },
      '394400',
      /invalid/,
      /another role than ACCOUNTADMIN/,
    ],
    [
      'a role outside those of an OAuth token',
      [{ type: 'OAUTH', token: TOKEN, roles: ['PUBLIC'] }],
      { authenticator: 'OAUTH', token: TOKEN, role: 'ACCOUNTADMIN' },
      '390317',
      /'ACCOUNTADMIN'/,
      /Set role/,
    ],
  ])('%s: says what to do', async (_what, tokens, options, snowflakeCode, message, hint) => {
    const snowflake = await start(tokens);
    const source = closing(new ASource({ ...placeOf(snowflake), ...options }));
    const error = await failure(source.execute({ sql: 'SELECT 1', binds: [] }));
    expect(error.code).toBe('SOURCE_LOGIN_REFUSED');
    expect(error.details).toMatchObject({ snowflakeCode });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    expectHidden(error, options.token as string);
    // A text stays what it is: nobody is asked again.
    const { login = 0, 'api-submit': submit = 0 } = snowflake.stats().requests;
    expect(login + submit).toBe(1);
  });

  it('the token of another user than the one that is named', async () => {
    const snowflake = await start();
    const options = { ...placeOf(snowflake), authenticator: 'OAUTH', token: `${TOKEN}-of-other` } as const;
    const isDriver = ASource === SnowflakeSource;
    const source = closing(new ASource(options));
    // The SQL API takes no name beside the token.
    if (isDriver) expect(await failure(source.now())).toMatchObject({ details: { snowflakeCode: '390309' } });
    else await expect(source.now()).resolves.toBeInstanceOf(Date);
  });

  describe.each(tokenKinds)('a function that gets a token of kind %s', (authenticator) => {
    it('is asked anew once per refusal, however many requests wait, and never in a loop', async () => {
      const snowflake = await start();
      const issuer = new Issuer(snowflake, { type: authenticator });
      let asked = 0;
      const token = async (): Promise<string> => {
        asked += 1;
        await new Promise((resolve) => setImmediate(resolve));
        return issuer.issue();
      };
      const source = closing(new ASource({ ...placeOf(snowflake), authenticator, token }));
      const query = async () => source.execute({ sql: 'SELECT 1', binds: [] });
      await Promise.all(Array.from({ length: 8 }, query));
      expect(asked).toBe(1);
      issuer.revoke();
      snowflake.faults.dropSessions();
      await Promise.all(Array.from({ length: 8 }, query));
      expect(asked).toBe(2);
      // What it gives now is refused as well.
      issuer.issue = () => 'planted-token-never-known';
      issuer.revoke();
      snowflake.faults.dropSessions();
      expect(await failure(query())).toMatchObject({ code: 'SOURCE_LOGIN_REFUSED' });
      expect(asked).toBe(3);
    });

    it('is not asked again for what no other token would put right', async () => {
      const snowflake = await startPrepared({ users: users.map((user) => ({ ...user, allowedIps: ['192.0.2.1'] })) });
      const issuer = new Issuer(snowflake, { type: authenticator });
      const source = closing(new ASource({ ...placeOf(snowflake), authenticator, token: () => issuer.issue() }));
      const error = await failure(source.now());
      expect(error).toMatchObject({ code: 'SOURCE_LOGIN_REFUSED', details: { snowflakeCode: '390422' } });
      expect(error.hint).toContain('network policy');
      expect(issuer.issued).toHaveLength(1);
    });

    it.each<[string, () => unknown, string, RegExp, RegExp]>([
      [
        'throws',
        () => {
          throw new TypeError(`no ${TOKEN}`);
        },
        'TOKEN_UNREADABLE',
        /threw an error of type TypeError/,
        /by itself/,
      ],
      [
        'rejects',
        async () => Promise.reject(new Error(TOKEN)),
        'TOKEN_UNREADABLE',
        /threw an error of type Error/,
        /cause/,
      ],
      [
        'hangs',
        async () => new Promise(() => undefined),
        'TOKEN_UNREADABLE',
        /did not answer in 50 ms/,
        /tokenTimeoutMs/,
      ],
      ['returns nothing', () => undefined, 'TOKEN_FORMAT', /there is nothing/, /Return/],
      ['returns an empty text', async () => '', 'TOKEN_FORMAT', /is empty/, /environment/],
      ['returns an object', () => ({ access_token: TOKEN }), 'TOKEN_FORMAT', /of type object/, /access_token/],
      ['returns a line break', () => `${TOKEN}\n`, 'TOKEN_FORMAT', /line breaks/, /trim/],
    ])('that %s is told by name', async (_what, token, code, message, hint) => {
      const snowflake = await start();
      const options = { ...placeOf(snowflake), authenticator, token: token as () => string, tokenTimeoutMs: 50 };
      const error = await failure(closing(new ASource(options)).now());
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
      expect(error.hint).toMatch(hint);
      expectHidden(error);
      expect(snowflake.stats().requests['login'] ?? 0).toBe(0);
      expect(snowflake.stats().requests['api-submit'] ?? 0).toBe(0);
    });

    it('ends with the call that waits for it', async () => {
      const snowflake = await start();
      const stop = new AbortController();
      const reason = new Error('stop');
      const token = async (): Promise<string> => {
        stop.abort(reason);
        return new Promise(() => undefined);
      };
      const source = closing(new ASource({ ...placeOf(snowflake), authenticator, token }));
      await expect(source.now({ signal: stop.signal })).rejects.toBe(reason);
    });
  });

  it('a session token file that is not there, or holds something else', async () => {
    const snowflake = await start();
    const folder = await mkdtemp(join(tmpdir(), 'snowmelt-token-'));
    const path = join(folder, 'token');
    const options = { ...placeOf(snowflake), token: sessionTokenFile({ path }) };
    const missing = await failure(closing(new ASource(options)).now());
    expect(missing).toMatchObject({ code: 'TOKEN_UNREADABLE' });
    expect(missing.message).toContain('ENOENT');
    await writeFile(path, '{"token": "x"}');
    expect(await failure(closing(new ASource(options)).now())).toMatchObject({ code: 'TOKEN_FORMAT' });
    await rm(folder, { recursive: true });
  });
});
