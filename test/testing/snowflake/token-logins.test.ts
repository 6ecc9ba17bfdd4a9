import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StartSnowflakeOptions, TokenKind } from '../../../src/testing/index.js';
import { execute, failure, login, snowflake } from './driver.js';
import { SqlApiClient } from './sql-api-client.js';
import { testServer } from './test-server.js';

const PAT = 'PROGRAMMATIC_ACCESS_TOKEN';

function withTokens(allowedIps?: readonly string[]): StartSnowflakeOptions {
  return {
    users: [
      {
        name: 'READER',
        roles: ['ANALYST', 'AUDITOR'],
        allowedIps,
        tokens: [
          { type: PAT, token: 'a-pat', name: 'nightly' },
          { type: PAT, token: 'a-pat-for-auditors', roles: ['AUDITOR'] },
          { type: 'OAUTH', token: 'an-oauth-token', roles: ['ANALYST'] },
          { type: 'OAUTH', token: 'an-oauth-token-that-ends', expiresInSeconds: 60 },
        ],
      },
      { name: 'OTHER', roles: ['ANALYST'] },
    ],
  };
}

type Server = Awaited<ReturnType<typeof testServer>>;

function driver({ account, accessUrl }: Server, authenticator: TokenKind, token: string, more: object = {}) {
  const options = { account, accessUrl, username: 'READER', authenticator, token, sfRetryMaxLoginRetries: 1, ...more };
  return login(snowflake.createConnection(options));
}

async function roleOf(connection: Parameters<typeof execute>[0]): Promise<unknown> {
  const { rows } = await execute(connection, 'SELECT CURRENT_USER() AS U, CURRENT_ROLE() AS R');
  return rows[0];
}

describe('a token, by the official driver', () => {
  test('opens a session with its own role, or one that it lists', async () => {
    const server = await testServer(withTokens());
    expect(await roleOf(await driver(server, PAT, 'a-pat'))).toEqual({ U: 'READER', R: 'ANALYST' });
    expect(await roleOf(await driver(server, PAT, 'a-pat', { role: 'AUDITOR' }))).toEqual({
      U: 'READER',
      R: 'AUDITOR',
    });
    expect(await roleOf(await driver(server, PAT, 'a-pat-for-auditors'))).toEqual({ U: 'READER', R: 'AUDITOR' });
    expect(await roleOf(await driver(server, 'OAUTH', 'an-oauth-token'))).toEqual({ U: 'READER', R: 'ANALYST' });
    // The token tells whose it is.
    expect(await roleOf(await driver(server, 'OAUTH', 'an-oauth-token', { username: undefined }))).toMatchObject({
      U: 'READER',
    });
  });

  test('does not let a session have another role later', async () => {
    const server = await testServer(withTokens());
    const connection = await driver(server, PAT, 'a-pat-for-auditors');
    expect(Number((await failure(execute(connection, 'USE ROLE ANALYST'))).code)).toBe(3001);
    await execute(await driver(server, PAT, 'a-pat'), 'USE ROLE AUDITOR');
  });

  test.each<[string, TokenKind, string, object, string, string]>([
    ['unknown', PAT, 'nonsense', {}, '394400', 'token'],
    ['of another kind', 'OAUTH', 'a-pat', {}, '390303', 'token-kind'],
    ['of another kind', PAT, 'an-oauth-token', {}, '394400', 'token-kind'],
    ['of another user', PAT, 'a-pat', { username: 'OTHER' }, '394400', 'subject'],
    ['of another user', 'OAUTH', 'an-oauth-token', { username: 'OTHER' }, '390309', 'subject'],
    ['for another account', 'OAUTH', 'an-oauth-token', { account: 'OTHER' }, '390303', 'account'],
    ['for another role', PAT, 'a-pat-for-auditors', { role: 'ANALYST' }, '394400', 'role'],
    ['for another role', 'OAUTH', 'an-oauth-token', { role: 'AUDITOR' }, '390317', 'role'],
  ])('%s (%s) is refused', async (_, kind, token, more, code, reason) => {
    const server = await testServer(withTokens());
    expect((await failure(driver(server, kind, token, more))).code).toBe(code);
    expect(server.stats().loginFailures[0]?.reason).toBe(reason);
  });

  test('that has ended, or was revoked, is refused; its session stays', async () => {
    const server = await testServer(withTokens());
    const connection = await driver(server, 'OAUTH', 'an-oauth-token-that-ends');
    server.faults.moveClock(61_000);
    expect((await failure(driver(server, 'OAUTH', 'an-oauth-token-that-ends'))).code).toBe('390318');
    await execute(connection, 'SELECT 1');
    server.tokens.revoke('an-oauth-token');
    expect((await failure(driver(server, 'OAUTH', 'an-oauth-token'))).code).toBe('390303');
    server.tokens.add('reader', { type: 'OAUTH', token: 'another' });
    await driver(server, 'OAUTH', 'another');
  });

  test('needs a network policy if it is a programmatic access token, and an address that it allows', async () => {
    const without = await testServer(withTokens([]));
    expect((await failure(driver(without, PAT, 'a-pat'))).code).toBe('390432');
    await driver(without, 'OAUTH', 'an-oauth-token');
    const elsewhere = await testServer(withTokens(['192.0.2.0/24', '2001:db8::1']));
    expect((await failure(driver(elsewhere, PAT, 'a-pat'))).code).toBe('390422');
    expect((await failure(driver(elsewhere, 'OAUTH', 'an-oauth-token'))).code).toBe('390422');
    await elsewhere.query(`ALTER NETWORK POLICY READER_NETWORK SET ALLOWED_IP_LIST = ('0.0.0.0/0')`);
    await driver(elsewhere, PAT, 'a-pat');
    await elsewhere.query(`ALTER NETWORK POLICY READER_NETWORK SET BLOCKED_IP_LIST = ('127.0.0.1')`);
    expect((await failure(driver(elsewhere, PAT, 'a-pat'))).code).toBe('390422');
  });
});

test('the SQL API takes each under its own name, and finds the name out where none is given', async () => {
  const server = await testServer(withTokens());
  const submit = async (token: string, type?: string): Promise<{ readonly status: number; readonly body: unknown }> => {
    const response = await fetch(`${server.accessUrl}/api/v2/statements`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(type === undefined ? {} : { 'x-snowflake-authorization-token-type': type }),
      },
      body: JSON.stringify({ statement: 'SELECT CURRENT_ROLE()' }),
    });
    return { status: response.status, body: await response.json() };
  };
  expect(await submit('a-pat', PAT)).toMatchObject({ status: 200, body: { data: [['ANALYST']] } });
  expect(await submit('an-oauth-token', 'OAUTH')).toMatchObject({ status: 200 });
  for (const token of ['a-pat', 'an-oauth-token', SqlApiClient.token(server.connection())]) {
    expect(await submit(token), token).toMatchObject({ status: 200 });
  }
  expect(await submit('a-pat', 'OAUTH')).toMatchObject({ status: 401, body: { code: '390303' } });
  expect(await submit('a-pat', 'KEYPAIR_JWT')).toMatchObject({ status: 401, body: { code: '390144' } });
  expect(await submit('a-pat', 'NONSENSE')).toMatchObject({ status: 400, body: { code: '390142' } });
});

describe('SQL on credentials', () => {
  test('shows them to their user without secrets, and to an administrator', async () => {
    const server = await testServer(withTokens());
    const connection = await driver(server, PAT, 'a-pat');
    const { rows } = await execute(connection, 'SHOW USER PROGRAMMATIC ACCESS TOKENS');
    expect(rows.map(({ name, status, role_restriction: role }) => [name, status, role])).toEqual([
      ['NIGHTLY', 'ACTIVE', null],
      ['TOKEN_2', 'ACTIVE', 'AUDITOR'],
    ]);
    expect(JSON.stringify(rows)).not.toContain('a-pat');
    const others = failure(execute(connection, 'SHOW USER KEY PAIRS FOR USER OTHER'));
    expect(Number((await others).code)).toBe(3001);
    expect(await server.query('SHOW USER PATS FOR USER READER')).toHaveLength(2);
  });

  test.each([
    ['ALTER USER READER ADD PAT T', /ROLE_RESTRICTION is required/],
    ["ALTER USER READER ADD PAT T ROLE_RESTRICTION = 'NOBODY'", /Role 'NOBODY'/],
    ["ALTER USER READER ADD PAT NIGHTLY ROLE_RESTRICTION = 'ANALYST'", /already exists/],
    ['ALTER USER READER ADD KEY PAIR K', /PUBLIC_KEY is missing/],
    ["ALTER USER READER ADD KEY PAIR PUBLIC_KEY_1 PUBLIC_KEY = 'x'", /reserved/],
    ['ALTER USER READER ROTATE PAT NOTHING', /NOTHING/],
    ['ALTER USER READER REMOVE KEY PAIR NOTHING', /NOTHING/],
    ['ALTER USER READER SET AUTHENTICATION POLICY NOTHING', /NOTHING/],
    ['SHOW USER NONSENSE', /Unsupported feature/],
  ])('refuses %s', async (sql, message) => {
    const server = await testServer(withTokens());
    await expect(server.query(sql)).rejects.toThrow(message);
  });

  test('keeps tokens, keys and policies in a file of the database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'snowmelt-file-'));
    const databaseFile = join(folder, 'dev.duckdb');
    const first = await testServer({ ...withTokens(), databaseFile });
    const [made] = await first.query("ALTER USER READER ADD PAT T ROLE_RESTRICTION = 'ANALYST'");
    await first.query("CREATE AUTHENTICATION POLICY ONLY_PAT AUTHENTICATION_METHODS = ('PROGRAMMATIC_ACCESS_TOKEN')");
    await first.query('ALTER USER READER SET AUTHENTICATION POLICY ONLY_PAT');
    await first.close();
    const users = [{ name: 'ADMIN', roles: ['ACCOUNTADMIN'] }];
    const second = await testServer({ users, databaseFile });
    await driver(second, PAT, made?.['token_secret'] ?? '');
    expect((await failure(driver(second, 'OAUTH', 'an-oauth-token'))).code).toBe('390202');
    await second.close();
    await rm(folder, { recursive: true });
  });
});

test('a wrong option is refused by name, and connections say what is missing', async () => {
  const wrong = { users: [{ name: 'A', tokens: [{ type: 'PASSWORD', token: 'x' }] }] } as never;
  await expect(testServer(wrong)).rejects.toThrow(/users\.0\.tokens\.0\.type/);
  const server = await testServer(withTokens());
  expect(server.tokenConnection({ type: PAT })).toMatchObject({ token: 'a-pat', role: 'ANALYST', authenticator: PAT });
  expect(() => server.tokenConnection({ type: 'WORKLOAD_IDENTITY' })).toThrow('has no token of type WORKLOAD_IDENTITY');
  expect(() => server.tokenConnection({ type: PAT, user: 'NOBODY' })).toThrow('there is no user NOBODY');
  expect(() => server.tokens.add('NOBODY', { type: PAT, token: 'x' })).toThrow('there is no user NOBODY');
  expect(() => server.tokens.add('READER', { type: PAT } as never)).toThrow('tokens.add');
});
