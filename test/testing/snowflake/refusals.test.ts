import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { connect, execute, failure, numbers } from './driver.js';
import { SqlApiClient } from './sql-api-client.js';
import { testServer } from './test-server.js';

test('an input format with an element that the server does not know is refused at login, not ignored', async () => {
  const server = await testServer();
  const client = await connect(server);
  expect(await failure(execute(client, "ALTER SESSION SET DATE_INPUT_FORMAT = 'DD/QQ/YYYY'"))).toMatchObject({
    code: '000002',
  });
  const user = server.connection();
  await server.query(`ALTER USER ${user.username} SET TIMEZONE = 'UTC'`);
  await connect(server);
  const refused = await failure(execute(client, 'SELECT 1', { parameters: { TIMESTAMP_INPUT_FORMAT: 'DD/QQ/YYYY' } }));
  expect(refused.message).toContain('TIMESTAMP_INPUT_FORMAT = DD/QQ/YYYY');
  const answer = await fetch(`${server.accessUrl}/session/v1/login-request`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      data: {
        ACCOUNT_NAME: user.account,
        LOGIN_NAME: user.username,
        AUTHENTICATOR: 'SNOWFLAKE_JWT',
        TOKEN: SqlApiClient.token(user),
        SESSION_PARAMETERS: { DATE_INPUT_FORMAT: 'DD/QQ/YYYY' },
      },
    }),
  });
  expect(await answer.json()).toMatchObject({ success: false, code: '000002' });
});

test('an output format of the SQL API, in which values are not written, is refused', async () => {
  const server = await testServer();
  const client = new SqlApiClient(server.connection());
  const parameters = { timestamp_ntz_output_format: 'YYYY' };
  expect(await client.submit({ statement: 'SELECT 1', parameters })).toMatchObject({
    status: 422,
    body: { code: '000002', message: expect.stringContaining('timestamp_ntz_output_format') },
  });
});

test('a request repeated after its result’s end runs anew', async () => {
  const server = await testServer();
  const connection = await connect(server);
  const requestId = randomUUID();
  const first = await execute(connection, numbers(3), { requestId });
  const api = new SqlApiClient(server.connection());
  const submitted = await api.submit({ statement: numbers(2) }, { requestId });
  server.faults.expireResults();
  const again = await execute(connection, numbers(3), { requestId });
  expect(again.rows).toHaveLength(3);
  expect(again.statement.getQueryId()).not.toBe(first.statement.getQueryId());
  const retried = await api.submit({ statement: numbers(2) }, { requestId, retry: 'true' });
  expect(retried).toMatchObject({
    status: 200,
    body: {
      data: [
        ['0', 'row 0'],
        ['1', 'row 1'],
      ],
    },
  });
  expect(retried.body.statementHandle).not.toBe(submitted.body.statementHandle);
});
