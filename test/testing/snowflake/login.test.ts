import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startSnowflake } from '../../../src/testing/index.js';
import { connect, execute, failure, snowflake, login } from './driver.js';
import { testServer } from './test-server.js';

function keyPair() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

const bare = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, '');

interface JwtChange {
  readonly header?: object;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly tamper?: boolean;
}

/** A token as the SQL API's documentation describes it, with something wrong. */
function jwt(account: string, user: string, privateKey: string, { header, claims, tamper }: JwtChange = {}): string {
  const der = createPublicKey(createPrivateKey(privateKey)).export({ format: 'der', type: 'spki' });
  const fingerprint = `SHA256:${createHash('sha256').update(der).digest('base64')}`;
  const now = Math.floor(Date.now() / 1000);
  const sub = `${account}.${user}`;
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = encode({ alg: 'RS256', typ: 'JWT', ...header });
  const body = encode({ iss: `${sub}.${fingerprint}`, sub, iat: now, exp: now + 3600, ...claims });
  const signature = sign('RSA-SHA256', Buffer.from(`${head}.${body}`), privateKey);
  if (tamper === true) signature[0] = (signature[0] ?? 0) ^ 1;
  return `${head}.${body}.${signature.toString('base64url')}`;
}

async function rawLogin(accessUrl: string, account: string, user: string, token: string) {
  const response = await fetch(`${accessUrl}/session/v1/login-request`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      data: { ACCOUNT_NAME: account, LOGIN_NAME: user, AUTHENTICATOR: 'SNOWFLAKE_JWT', TOKEN: token },
    }),
  });
  return (await response.json()) as { success: boolean; code: string | null; message: string | null };
}

describe('key-pair login with the official driver', () => {
  test('lets the registered key in', async () => {
    const server = await testServer();
    const connection = await connect(server);
    expect(connection.isUp()).toBe(true);
    expect(server.stats()).toMatchObject({ openSessions: 1, requests: { login: 1 }, loginFailures: [] });
  });

  test('takes either of two keys, as PEM or bare base64', async () => {
    const [first, second, third] = [keyPair(), keyPair(), keyPair()];
    const server = await testServer({
      users: [{ name: 'etl', publicKey: [first.publicKey, bare(second.publicKey)], roles: ['READER'] }],
    });
    await connect(server, { privateKey: first.privateKey });
    await connect(server, { privateKey: second.privateKey });
    const error = await failure(connect(server, { privateKey: third.privateKey }));
    expect(error.code).toBe('390144');
    expect(server.stats().loginFailures).toMatchObject([{ user: 'ETL', reason: 'fingerprint' }]);
  });

  test('refuses a wrong key, user and account with 390144, and never says which', async () => {
    const server = await testServer();
    const key = keyPair().privateKey;
    const wrongKey = await failure(connect(server, { privateKey: key }));
    const wrongUser = await failure(connect(server, {}, { username: 'NOBODY' }));
    const wrongAccount = await failure(connect(server, {}, { account: 'OTHER-ACCOUNT' }));
    for (const error of [wrongKey, wrongUser, wrongAccount]) {
      expect(error.code).toBe('390144');
      expect(error.message).toMatch(/^JWT token is invalid\. \[[0-9a-f-]{36}\]/);
    }
    const { loginFailures } = server.stats();
    expect(loginFailures.map(({ reason }) => reason)).toEqual(['fingerprint', 'unknown-user', 'account']);
    expect(wrongUser.message).toContain(loginFailures[1]?.id);
  });

  test('takes user and account in any case', async () => {
    const server = await testServer({ account: 'MyOrg-MyAcct' });
    const connection = await connect(server, {}, { username: 'snowmelt', account: 'myorg-myacct' });
    expect(connection.isUp()).toBe(true);
  });

  test('refuses a token from a clock that is off', async () => {
    const server = await testServer();
    server.faults.moveClock(10 * 60_000);
    expect((await failure(connect(server))).code).toBe('390144');
    server.faults.moveClock(-20 * 60_000);
    expect((await failure(connect(server))).code).toBe('390144');
    expect(server.stats().loginFailures.map(({ reason }) => reason)).toEqual(['expired', 'issued-in-future']);
    server.faults.moveClock(10 * 60_000 + 30_000);
    await connect(server);
  });

  test('refuses a disabled user with 390101', async () => {
    const pair = keyPair();
    const server = await testServer({ users: [{ name: 'OLD', keyPair: pair, disabled: true }] });
    expect((await failure(connect(server))).code).toBe('390101');
  });

  test('refuses a role that the user does not have with 390189', async () => {
    const server = await testServer();
    const error = await failure(connect(server, { role: 'NO_SUCH_ROLE' }));
    expect(error.code).toBe('390189');
    expect(error.message).toContain("Role 'NO_SUCH_ROLE' specified in the connect string does not exist");
  });

  test('refuses a password with 390100', async () => {
    const server = await testServer();
    const { accessUrl, account } = server;
    const options = { accessUrl, account, username: 'SNOWMELT', password: 'secret' };
    expect((await failure(login(snowflake.createConnection(options)))).code).toBe('390100');
  });

  test('tells the session what it stands on', async () => {
    const server = await testServer();
    const connection = await connect(server);
    const { statement } = await execute(connection, 'SELECT 1');
    expect(statement.getSessionState()).toMatchObject({
      getCurrentDatabase: expect.any(Function),
    });
    const state = statement.getSessionState() as { getCurrentDatabase(): string; getCurrentRole(): string };
    expect(state.getCurrentDatabase()).toBe('TEST');
    expect(state.getCurrentRole()).toBe('ACCOUNTADMIN');
  });
});

describe('the token itself', () => {
  test.each<[string, JwtChange, string]>([
    ['no signature check by algorithm none', { header: { alg: 'none' } }, 'algorithm'],
    ['HMAC', { header: { alg: 'HS256' } }, 'algorithm'],
    ['a tampered signature', { tamper: true }, 'signature'],
    ['another subject', { claims: { sub: 'SNOWMELT-TEST.OTHER' } }, 'subject'],
    ['an issuer without fingerprint', { claims: { iss: 'SNOWMELT-TEST.SNOWMELT' } }, 'subject'],
    ['an end in the past', { claims: { exp: 1_700_000_000 } }, 'expired'],
    ['no end', { claims: { exp: undefined } }, 'malformed'],
    ['a start in the future', { claims: { iat: Math.floor(Date.now() / 1000) + 600 } }, 'issued-in-future'],
    [
      'a life beyond one hour',
      { claims: { iat: Math.floor(Date.now() / 1000) - 3700, exp: Math.floor(Date.now() / 1000) + 3600 } },
      'expired',
    ],
  ])('is refused with %s', async (_, change, reason) => {
    const server = await testServer();
    const { account, username, privateKey, accessUrl } = server.connection();
    const answer = await rawLogin(accessUrl, account, username, jwt(account, username, privateKey, change));
    expect(answer).toMatchObject({ success: false, code: '390144' });
    expect(server.stats().loginFailures[0]?.reason).toBe(reason);
  });

  test('is accepted with times in seconds or milliseconds', async () => {
    const server = await testServer();
    const { account, username, privateKey, accessUrl } = server.connection();
    const seconds = await rawLogin(accessUrl, account, username, jwt(account, username, privateKey));
    const claims = { iat: Date.now(), exp: Date.now() + 120_000 };
    const ms = await rawLogin(accessUrl, account, username, jwt(account, username, privateKey, { claims }));
    expect([seconds.success, ms.success]).toEqual([true, true]);
  });

  test('of one user does not open a session for another', async () => {
    const server = await testServer({ users: [{ name: 'A' }, { name: 'B' }] });
    const { account, privateKey, accessUrl } = server.connection({ user: 'A' });
    const answer = await rawLogin(accessUrl, account, 'B', jwt(account, 'A', privateKey));
    expect(answer.code).toBe('390144');
  });
});

test('a wrong option is refused by name', async () => {
  await expect(startSnowflake({ port: -1 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await expect(startSnowflake({ nonsense: 1 } as never)).rejects.toThrow('nonsense');
});

test('connection() names what is missing', async () => {
  const server = await testServer({ users: [{ name: 'A', publicKey: keyPair().publicKey }] });
  expect(() => server.connection()).toThrow('the private key of user A is not known');
  expect(() => server.connection({ user: 'B' })).toThrow('there is no user B');
});
