import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startSnowflake, type EmbeddedSnowflake } from '../../../src/testing/index.js';
import { connect, execute, failure, fetchResult, snowflake, type Connection } from './driver.js';
import { PrivateProtocol } from './private-protocol.js';
import { SqlApiClient } from './sql-api-client.js';

let server: EmbeddedSnowflake;
let queryId: string;

beforeAll(async () => {
  server = await startSnowflake();
});

afterAll(() => server.close());

/** The tokens of a connection, as its serialised form holds them. */
interface Serialised {
  services: { sf: { tokenInfo: { sessionToken: string; masterToken: string } } };
}

/** A logged-in connection of the driver whose tokens were changed. */
async function twin(change: (tokens: Serialised['services']['sf']['tokenInfo']) => void): Promise<Connection> {
  const connection = await connect(server);
  queryId = (await execute(connection, 'SELECT 1 AS A')).statement.getQueryId();
  const serialised = JSON.parse(snowflake.serializeConnection(connection)) as Serialised;
  change(serialised.services.sf.tokenInfo);
  const { accessUrl, account } = server;
  return snowflake.deserializeConnection({ accessUrl, account }, JSON.stringify(serialised));
}

const destroy = (connection: Connection): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.destroy((error) => {
      if (error) reject(error);
      else resolve();
    });
  });

const unknown = (tokens: { sessionToken: string }) => {
  tokens.sessionToken = 'ver:3-nonsense';
};
const masterForSession = (tokens: { sessionToken: string; masterToken: string }) => {
  tokens.sessionToken = tokens.masterToken;
};

describe('the official driver calls back', () => {
  // ERR_SF_RESPONSE_INVALID_TOKEN (401004) is what the driver makes of HTTP 401 with code 390104.
  test.each([
    ['a token that nobody knows', unknown],
    ['a master token in place of the session token', masterForSession],
  ])('on every request with %s', async (_, change) => {
    const requests: ((connection: Connection) => Promise<unknown>)[] = [
      (connection) => execute(connection, 'SELECT 1'),
      (connection) => fetchResult(connection, queryId),
      (connection) => connection.getQueryStatus(queryId),
      (connection) => destroy(connection),
    ];
    for (const request of requests) {
      expect(Number((await failure(request(await twin(change)))).code)).toBe(401_004);
    }
    expect(await (await twin(change)).isValidAsync()).toBe(false);
  });

  test('when the session token has expired and the master token is nobody’s', async () => {
    const connection = await twin((tokens) => {
      tokens.masterToken = 'ver:3-nonsense';
    });
    server.faults.expireSessionTokens();
    expect(Number((await failure(execute(connection, 'SELECT 1'))).code)).toBe(407_002);
    expect(connection.isUp()).toBe(false);
  });

  test('when another has closed the session', async () => {
    const connection = await connect(server);
    const serialised = snowflake.serializeConnection(connection);
    const { accessUrl, account } = server;
    const other = snowflake.deserializeConnection({ accessUrl, account }, serialised);
    await destroy(connection);
    expect(Number((await failure(execute(other, 'SELECT 1'))).code)).toBe(407_002);
    await destroy(snowflake.deserializeConnection({ accessUrl, account }, serialised));
  });

  test('when the token is refused while a result is waited for', async () => {
    const connection = await connect(server);
    server.faults.inject({ on: 'result', kind: 'error', code: '390104' });
    const { statement } = await execute(connection, 'SELECT 1 AS A');
    expect(Number((await failure(fetchResult(connection, statement.getQueryId()))).code)).toBe(401_004);
    server.faults.clear();
  });
});

describe('the HTTP status of the driver’s protocol', () => {
  let session: PrivateProtocol;
  const requests: [string, string, object?][] = [
    ['POST', '/queries/v1/query-request?requestId=1', { sqlText: 'SELECT 1' }],
    ['GET', '/queries/00000000-0000-4000-8000-000000000000/result'],
    ['GET', '/monitoring/queries/00000000-0000-4000-8000-000000000000'],
    ['POST', '/queries/00000000-0000-4000-8000-000000000000/abort-request'],
    ['POST', '/queries/v1/abort-request', { requestId: '1' }],
    ['POST', '/session/heartbeat'],
    ['POST', '/session/token-request', { requestType: 'RENEW' }],
    ['POST', '/session?delete=true'],
  ];

  beforeEach(async () => {
    session = await PrivateProtocol.login(server);
  });

  test.each(requests)('%s %s without, with an unknown and with the wrong kind of token', async (method, path, body) => {
    const wrong = path.includes('token-request') ? session.token : session.masterToken;
    const given = body === undefined ? {} : { body };
    expect(await session.call(method, path, { token: null, ...given })).toMatchObject({ status: 401, code: '390101' });
    for (const token of ['ver:3-nonsense', wrong]) {
      const answer = await session.call(method, path, { token, ...given });
      expect(answer).toMatchObject({ status: 401, code: '390104', success: false });
    }
  });

  test.each(requests)('%s %s with an expired token, and of a closed session', async (method, path, body) => {
    const renewal = path.includes('token-request');
    const given = { token: renewal ? session.masterToken : session.token, ...(body === undefined ? {} : { body }) };
    server.faults.expireMasterTokens();
    const code = renewal ? '390114' : '390112';
    expect(await session.call(method, path, given)).toMatchObject({ status: 200, code, success: false });
    server.faults.dropSessions();
    expect(await session.call(method, path, given)).toMatchObject({ status: 200, code: '390111', success: false });
  });

  test('of what is no request of it', async () => {
    expect(await session.call('GET', '/queries/%E0%A4%A/result')).toMatchObject({ status: 400 });
    expect(await session.call('GET', '/no/such/path')).toMatchObject({ status: 404, message: 'Not Found' });
    expect(await session.call('GET', '/session/heartbeat')).toMatchObject({ status: 405 });
    const headers = { 'content-encoding': 'gzip', authorization: `Snowflake Token="${session.token}"` };
    const url = `${server.accessUrl}/queries/v1/query-request`;
    expect((await fetch(url, { method: 'POST', headers, body: 'no gzip' })).status).toBe(400);
  });
});

describe('the HTTP status of the SQL API ("SQL API reference", response codes)', () => {
  test('401 for every kind of token that is none of its own', async () => {
    const api = new SqlApiClient(server.connection());
    const session = await PrivateProtocol.login(server);
    const submit = (headers: Record<string, string>) => api.submit({ statement: 'SELECT 1' }, {}, headers);
    const refused: [string, Record<string, string>][] = [
      ['390144', { authorization: `Bearer ${session.token}` }],
      ['390144', { authorization: 'Bearer nonsense' }],
      ['390101', { authorization: `Snowflake Token="${session.token}"` }],
      ['390303', { 'x-snowflake-authorization-token-type': 'OAUTH' }],
      ['394400', { 'x-snowflake-authorization-token-type': 'PROGRAMMATIC_ACCESS_TOKEN' }],
    ];
    for (const [code, headers] of refused) expect(await submit(headers)).toMatchObject({ status: 401, body: { code } });
    server.faults.moveClock(2 * 3_600_000);
    expect(await submit({})).toMatchObject({ status: 401, body: { code: '390144' } });
    server.faults.moveClock(-2 * 3_600_000);
    expect(await submit({})).toMatchObject({ status: 200 });
  });

  test.each([
    ['390144', 401],
    ['390142', 400],
    ['390505', 429],
    ['000709', 404],
    ['000630', 408],
    ['001003', 422],
  ])('of an injected %s is %d', async (code, status) => {
    const heal = server.faults.inject({ on: 'api-submit', kind: 'error', code, times: 1 });
    const api = new SqlApiClient(server.connection());
    expect(await api.submit({ statement: 'SELECT 1' })).toMatchObject({ status, body: { code } });
    heal();
  });
});
