import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { describe, expect, test } from 'vitest';
import { connect, fetchResult, numbers } from './driver.js';
import { SqlApiClient } from './sql-api-client.js';
import { testServer } from './test-server.js';

describe('the SQL API', () => {
  test('runs a statement and answers with rows and metadata', async () => {
    const server = await testServer();
    const { status, body, headers } = await new SqlApiClient(server.connection()).submit({ statement: numbers(3) });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      code: '090001',
      sqlState: '00000',
      message: 'Statement executed successfully.',
      statementStatusUrl: `/api/v2/statements/${body.statementHandle}`,
      resultSetMetaData: { numRows: 3, format: 'jsonv2', partitionInfo: [{ rowCount: 3 }] },
      data: [
        ['0', 'row 0'],
        ['1', 'row 1'],
        ['2', 'row 2'],
      ],
    });
    expect(body.resultSetMetaData.rowType).toMatchObject([
      { name: 'N', type: 'FIXED' },
      { name: 'T', type: 'TEXT' },
    ]);
    expect(headers.get('link')).toContain(`</api/v2/statements/${body.statementHandle}?partition=0>;rel="first"`);
  });

  test('can write type names in lower case', async () => {
    const server = await testServer({ sqlApiTypeCase: 'lower' });
    const { body } = await new SqlApiClient(server.connection()).submit({ statement: numbers(1) });
    expect(body.resultSetMetaData.rowType.map(({ type }) => type)).toEqual(['fixed', 'text']);
  });

  test('hands a large result out in gzip partitions with only data', async () => {
    const server = await testServer({ resultChunkRows: 1000 });
    const client = new SqlApiClient(server.connection());
    const { body, headers } = await client.submit({ statement: numbers(3000) });
    const { partitionInfo } = body.resultSetMetaData;
    expect(partitionInfo.map(({ rowCount }) => rowCount)).toEqual([250, 250, 500, 1000, 1000]);
    expect(headers.get('link')).toContain('?partition=1>;rel="next"');
    const rows = [...body.data];
    for (let partition = 1; partition < partitionInfo.length; partition += 1) {
      const answer = await client.status(body.statementHandle, { partition: String(partition) });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-encoding')).toBe('gzip');
      expect(Object.keys(answer.body)).toEqual(['data']);
      rows.push(...answer.body.data);
    }
    expect(rows.map(([n]) => Number(n))).toEqual(Array.from({ length: 3000 }, (_, index) => index));
    const beyond = await client.status(body.statementHandle, { partition: '5' });
    expect(beyond.status).toBe(400);
  });

  test('answers 202 while a statement runs, then its result', async () => {
    const server = await testServer({ holdSeconds: 0.2 });
    const client = new SqlApiClient(server.connection());
    for (const query of [{ async: 'true' }, {}]) {
      // It ends with the server.
      const endless = await client.submit({ statement: 'SELECT SYSTEM$WAIT(600)' }, query);
      expect(endless.status).toBe(202);
      expect(endless.body).toMatchObject({ code: '333334', statementStatusUrl: expect.any(String) });
      expect((await client.status(endless.body.statementHandle)).status).toBe(202);
      const { status, body } = await client.submit({ statement: 'SELECT SYSTEM$WAIT(1)' }, query);
      expect(status).toBe(202);
      await expect.poll(async () => (await client.status(body.statementHandle)).status).toBe(200);
    }
  });

  test('carries bindings of every type it knows', async () => {
    const server = await testServer();
    const client = new SqlApiClient(server.connection());
    const { body } = await client.submit({
      statement: 'SELECT ?::VARCHAR, ?::VARCHAR, ?::VARCHAR, ?::VARCHAR',
      bindings: {
        1: { type: 'FIXED', value: '123' },
        2: { type: 'TEXT', value: "it's" },
        3: { type: 'BOOLEAN', value: 'true' },
        4: { type: 'TEXT', value: null },
      },
    });
    expect(body.data).toEqual([['123', "it's", 'true', null]]);
    const wrong = await client.submit({ statement: 'SELECT ?', bindings: { 1: { type: 'VARIANT', value: '1' } } });
    expect(wrong.status).toBe(400);
  });

  test('cancels: 200 with 000604, then 422 for the statement', async () => {
    const server = await testServer();
    const client = new SqlApiClient(server.connection());
    const { body } = await client.submit({ statement: 'SELECT SYSTEM$WAIT(600)' }, { async: 'true' });
    expect(await client.cancel(body.statementHandle)).toMatchObject({ status: 200, body: { code: '000604' } });
    expect(await client.status(body.statementHandle)).toMatchObject({
      status: 422,
      body: { code: '000604', sqlState: '57014', statementHandle: body.statementHandle },
    });
    expect(await client.cancel(body.statementHandle)).toMatchObject({ status: 422, body: { code: '000605' } });
  });

  test('runs a repeated request once, when it says that it is a retry', async () => {
    const server = await testServer();
    const client = new SqlApiClient(server.connection());
    const requestId = randomUUID();
    const first = await client.submit({ statement: numbers(2) }, { requestId });
    const retry = await client.submit({ statement: numbers(2) }, { requestId, retry: 'true' });
    expect(retry.body.statementHandle).toBe(first.body.statementHandle);
    const other = await client.submit({ statement: numbers(2) }, { requestId });
    expect(other.body.statementHandle).not.toBe(first.body.statementHandle);
    expect(server.stats().statements).toBe(2);
  });

  test('answers 422 to wrong SQL and 408 to a statement past its timeout', async () => {
    const server = await testServer();
    const client = new SqlApiClient(server.connection());
    expect(await client.submit({ statement: 'SELECT NO_SUCH' })).toMatchObject({
      status: 422,
      body: { code: '000904', sqlState: '42000', statementHandle: expect.any(String), createdOn: expect.any(Number) },
    });
    expect(await client.submit({ statement: 'SELECT SYSTEM$WAIT(600)', timeout: 1 })).toMatchObject({
      status: 408,
      body: { code: '000630' },
    });
  });

  test.each<[string, object | string]>([
    ['no JSON', 'nonsense'],
    ['no statement', { sql: 'SELECT 1' }],
    ['a parameter that it does not take', { statement: 'SELECT 1', parameters: { statement_timeout_in_seconds: '5' } }],
    ['a timeout beyond 7 days', { statement: 'SELECT 1', timeout: 604_801 }],
  ])('answers 400 with 390142 to %s', async (_, body) => {
    const server = await testServer();
    const answer = await new SqlApiClient(server.connection()).submit(body);
    expect(answer).toMatchObject({ status: 400, body: { code: '390142' } });
  });

  test('answers 404 to an unknown handle and to another user’s', async () => {
    const server = await testServer({ users: [{ name: 'A' }, { name: 'B' }] });
    const a = new SqlApiClient(server.connection({ user: 'A' }));
    const b = new SqlApiClient(server.connection({ user: 'B' }));
    const { body } = await a.submit({ statement: 'SELECT 1' });
    expect((await b.status(body.statementHandle)).status).toBe(404);
    expect((await a.status(randomUUID())).status).toBe(404);
    expect((await b.cancel(body.statementHandle)).status).toBe(404);
  });

  test('answers 401 without a token or with a wrong one, 405 and 415 to what it does not know', async () => {
    const server = await testServer();
    const client = new SqlApiClient(server.connection());
    const statement = 'SELECT 1';
    const refused = await client.submit({ statement }, {}, { authorization: 'Bearer a.b.c' });
    expect(refused).toMatchObject({ status: 401, body: { code: '390144' } });
    const none = await client.submit({ statement }, {}, { authorization: '' });
    expect(none).toMatchObject({ status: 401, body: { code: '390101' } });
    const text = await client.submit({ statement }, {}, { 'content-type': 'text/plain' });
    expect(text.status).toBe(415);
    const put = await fetch(`${server.accessUrl}/api/v2/statements`, { method: 'PUT' });
    expect(put.status).toBe(405);
  });

  test('insists on a User-Agent', async () => {
    const server = await testServer();
    const status = await new Promise((resolve, reject) => {
      const request = http.request(`${server.accessUrl}/api/v2/statements`, { method: 'POST' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      request.end('{}');
    });
    expect(status).toBe(400);
  });

  test('writes NULL as text where asked', async () => {
    const server = await testServer();
    const client = new SqlApiClient(server.connection());
    const body = { statement: 'SELECT ?::VARCHAR', bindings: { 1: { type: 'TEXT', value: null } } };
    expect((await client.submit(body, { nullable: 'false' })).body.data).toEqual([['null']]);
    expect((await client.submit(body)).body.data).toEqual([[null]]);
  });

  test('runs several statements where their number is given', async () => {
    const server = await testServer();
    const client = new SqlApiClient(server.connection());
    const statement = `${numbers(2)}; -- a comment; with a semicolon\nSELECT 'a;b'`;
    const { body } = await client.submit({ statement, parameters: { MULTI_STATEMENT_COUNT: '2' } });
    expect(body.statementHandles).toHaveLength(2);
    const first = await client.status(body.statementHandles?.[0] ?? '');
    expect(first.body.data).toHaveLength(2);
    const wrong = await client.submit({ statement, parameters: { MULTI_STATEMENT_COUNT: '3' } });
    expect(wrong).toMatchObject({ status: 422, body: { code: '000008' } });
  });

  test('shares results with the driver', async () => {
    const server = await testServer({ resultChunkRows: 100 });
    const { body } = await new SqlApiClient(server.connection()).submit({ statement: numbers(500) });
    const { rows } = await fetchResult(await connect(server), body.statementHandle);
    expect(rows).toHaveLength(500);
  });
});
