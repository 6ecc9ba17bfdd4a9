import { describe, expect, test } from 'vitest';
import type { SnowflakeFault } from '../../../src/testing/index.js';
import { collect, connect, execute, failure, fetchResult, numbers, snowflake, type Connection } from './driver.js';
import { SqlApiClient } from './sql-api-client.js';
import { testServer } from './test-server.js';

const large = { resultChunkRows: 1000 };

/** A result whose chunks are still to be fetched. */
async function openResult(count = 3000) {
  const server = await testServer(large);
  const connection = await connect(server);
  const { statement } = await execute(connection, numbers(count), { streamResult: true });
  return { server, connection, statement, queryId: statement.getQueryId() };
}

/** A result's links as any client of the private protocol gets them. */
async function resultLinks(accessUrl: string, connection: Connection, queryId: string) {
  const token = /"sessionToken":"([^"]+)"/.exec(snowflake.serializeConnection(connection))?.[1] ?? '';
  const response = await fetch(`${accessUrl}/queries/${queryId}/result`, {
    headers: { authorization: `Snowflake Token="${token}"` },
  });
  const { data } = (await response.json()) as {
    data: { chunks: { url: string }[]; chunkHeaders: Record<string, string> };
  };
  return data;
}

async function chunkLinks(accessUrl: string, connection: Connection, queryId: string) {
  const { chunks, chunkHeaders: headers } = await resultLinks(accessUrl, connection, queryId);
  return chunks.map(
    ({ url }) =>
      () =>
        fetch(url, { headers }),
  );
}

async function firstChunk() {
  const { server, connection, queryId } = await openResult();
  const [get] = await chunkLinks(server.accessUrl, connection, queryId);
  if (get === undefined) throw new Error('no chunk');
  return { server, connection, queryId, get };
}

describe('faults of a chunk', () => {
  test('an expired link answers 403; asking for the result again gives a fresh one', async () => {
    const { server, connection, queryId, get } = await firstChunk();
    expect((await get()).status).toBe(200);
    server.faults.expireChunkLinks();
    expect((await get()).status).toBe(403);
    const [fresh] = await chunkLinks(server.accessUrl, connection, queryId);
    expect((await fresh?.())?.status).toBe(200);
  });

  test('a link expires with the server’s clock', async () => {
    const { server, get } = await firstChunk();
    server.faults.moveClock(6 * 3_600_000 - 60_000);
    expect((await get()).status).toBe(200);
    server.faults.moveClock(120_000);
    expect((await get()).status).toBe(403);
  });

  test('a link does not work without the result’s key', async () => {
    const { server, connection, queryId } = await openResult();
    const { chunks } = await resultLinks(server.accessUrl, connection, queryId);
    expect((await fetch(chunks[0]?.url ?? '')).status).toBe(400);
  });

  test('a reset breaks the body off; the driver tries again', async () => {
    const { server, get } = await firstChunk();
    server.faults.inject({ on: 'chunk', kind: 'reset', afterBytes: 100, times: 1 });
    await expect(get().then((response) => response.text())).rejects.toThrow('terminated');
    server.faults.inject({ on: 'chunk', kind: 'reset', afterBytes: 100, times: 1, after: 1 });
    const { rows } = await execute(await connect(server), numbers(3000));
    expect(rows).toHaveLength(3000);
    expect(server.stats().faultHits).toBe(2);
  });

  test('a corrupted gzip cannot be unpacked', async () => {
    const { server, get } = await firstChunk();
    server.faults.inject({ on: 'chunk', kind: 'corrupt-gzip', times: 1 });
    await expect(get().then((response) => response.text())).rejects.toThrow();
    expect((await get()).status).toBe(200);
  });

  test('a truncated JSON unpacks and does not parse', async () => {
    const { server, get } = await firstChunk();
    server.faults.inject({ on: 'chunk', kind: 'truncated-json', times: 1 });
    const text = await (await get()).text();
    expect(() => JSON.parse(`[${text}]`) as unknown).toThrow(SyntaxError);
    expect(JSON.parse(`[${await (await get()).text()}]`)).toHaveLength(250);
  });

  test('an empty body has no bytes', async () => {
    const { server, get } = await firstChunk();
    server.faults.inject({ on: 'chunk', kind: 'empty', times: 1 });
    const response = await get();
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  test('a slow body trickles', async () => {
    const { server, get } = await firstChunk();
    const size = Number((await get()).headers.get('content-length'));
    server.faults.inject({ on: 'chunk', kind: 'slow', bytesPerSecond: size * 2, times: 1 });
    const started = performance.now();
    const text = await (await get()).text();
    expect(performance.now() - started).toBeGreaterThan(400);
    expect(JSON.parse(`[${text}]`)).toHaveLength(250);
  });

  test('errors are retried by the driver', async () => {
    const { server, statement } = await openResult();
    server.faults.inject({ on: 'chunk', kind: 'status', status: 503, times: 1 });
    expect(await collect(statement)).toHaveLength(3000);
    expect(server.stats().faultHits).toBe(1);
  });
});

describe('faults of a result', () => {
  test('it is gone', async () => {
    const { server, connection, queryId, get } = await firstChunk();
    server.faults.expireResults(queryId);
    expect((await get()).status).toBe(404);
    expect(await failure(fetchResult(connection, queryId))).toMatchObject({ code: '000709' });
  });

  test.each(['reversed', 'rotated'] as const)('it comes in another order: %s', async (order) => {
    const { server, connection, queryId } = await openResult();
    const before = (await fetchResult(connection, queryId)).rows.map(({ N }) => N);
    server.faults.reorderResult(queryId, order);
    const after = (await fetchResult(connection, queryId)).rows.map(({ N }) => N);
    expect(before).toEqual(Array.from({ length: 3000 }, (_, index) => index));
    expect(after).toEqual(order === 'reversed' ? [...before].reverse() : [2999, ...before.slice(0, -1)]);
    server.faults.reorderResult(queryId, 'stored');
    expect((await fetchResult(connection, queryId)).rows.map(({ N }) => N)).toEqual(before);
  });
});

test('a link handed out before a result is reordered leads to the same rows as before', async () => {
  const { server, connection, queryId, get } = await firstChunk();
  const before = await (await get()).text();
  server.faults.reorderResult(queryId);
  expect(await (await get()).text()).toBe(before);
  const [fresh] = await chunkLinks(server.accessUrl, connection, queryId);
  expect(await (await fresh?.())?.text()).not.toBe(before);
});

describe('faults of a request', () => {
  test('connections are refused and accepted again on the same port', async () => {
    const server = await testServer();
    await server.faults.refuseConnections();
    const error = await failure(fetch(server.accessUrl));
    expect((error.cause as { code?: string }).code).toBe('ECONNREFUSED');
    await server.faults.acceptConnections();
    await connect(server);
  });

  test('a connection is cut without an answer; the driver repeats the request, which runs once', async () => {
    const server = await testServer();
    const connection = await connect(server);
    server.faults.inject({ on: 'query', kind: 'refuse', times: 1 });
    await execute(connection, numbers(1));
    server.faults.inject({ on: 'query', kind: 'lose-answer', times: 1 });
    await execute(connection, numbers(1));
    expect(server.stats()).toMatchObject({ faultHits: 2, statements: 2 });
  });

  test('an answer is delayed', async () => {
    const server = await testServer();
    server.faults.inject({ on: 'login', kind: 'delay', ms: 300, times: 1 });
    const started = performance.now();
    await connect(server);
    expect(performance.now() - started).toBeGreaterThan(290);
  });

  test.each([429, 500, 503])('HTTP %i before a statement is retried by the driver', async (status) => {
    const server = await testServer();
    const connection = await connect(server);
    server.faults.inject({ on: 'query', kind: 'status', status, times: 1 });
    await execute(connection, numbers(1));
    expect(server.stats()).toMatchObject({ faultHits: 1, statements: 1 });
  });

  test('the SQL API answers 429 and 503 with and without Retry-After', async () => {
    const server = await testServer();
    const client = new SqlApiClient(server.connection());
    const submit = () => client.submit({ statement: numbers(1) });
    server.faults.inject({ on: 'api-submit', kind: 'status', status: 429, retryAfterSeconds: 2, times: 1 });
    const busy = await submit();
    expect(busy).toMatchObject({ status: 429, body: { code: '390505' } });
    expect(busy.headers.get('retry-after')).toBe('2');
    server.faults.inject({ on: 'api-submit', kind: 'status', status: 503, times: 1 });
    const down = await submit();
    expect(down.status).toBe(503);
    expect(down.headers.get('retry-after')).toBeNull();
    expect((await submit()).status).toBe(200);
    expect(server.stats().statements).toBe(1);
  });

  test('a lost answer of the SQL API is found again by its request id', async () => {
    const server = await testServer();
    const client = new SqlApiClient(server.connection());
    const requestId = crypto.randomUUID();
    server.faults.inject({ on: 'api-submit', kind: 'lose-answer', status: 504, times: 1 });
    expect((await client.submit({ statement: numbers(1) }, { requestId })).status).toBe(504);
    expect((await client.submit({ statement: numbers(1) }, { requestId, retry: 'true' })).status).toBe(200);
    expect(server.stats().statements).toBe(1);
  });

  test('a partition breaks like a chunk', async () => {
    const server = await testServer(large);
    const client = new SqlApiClient(server.connection());
    const { body } = await client.submit({ statement: numbers(3000) });
    const partition = () => client.status(body.statementHandle, { partition: '2' });
    for (const fault of [
      { kind: 'corrupt-gzip' },
      { kind: 'truncated-json' },
      { kind: 'empty' },
      { kind: 'reset', afterBytes: 50 },
    ] satisfies SnowflakeFault[]) {
      server.faults.inject({ on: 'api-status', times: 1, ...fault });
      await expect(partition(), fault.kind).rejects.toThrow();
    }
    expect((await partition()).body.data).toHaveLength(500);
  });

  test('Snowflake’s own errors are injected by code', async () => {
    const server = await testServer();
    const connection = await connect(server);
    server.faults.inject({ on: 'query', kind: 'error', code: '390112', times: 1 });
    await execute(connection, numbers(1));
    expect(server.stats().requests['renewal']).toBe(1);
  });

  test('hits only the requests it names, after as many as it says, and can be taken back', async () => {
    const server = await testServer({ faults: [{ on: ['monitoring', 'query'], kind: 'refuse', after: 1 }] });
    const connection = await connect(server);
    await execute(connection, numbers(1));
    expect(server.stats().faultHits).toBe(0);
    server.faults.clear();
    const takeBack = server.faults.inject({ on: 'query', kind: 'status', status: 403 });
    await failure(execute(connection, numbers(1)));
    takeBack();
    await execute(connection, numbers(1));
    expect(() => server.faults.inject({ kind: 'nonsense' } as never)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
