import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { collect, connect, execute, failure, fetchResult, numbers } from './driver.js';
import { testServer } from './test-server.js';

describe('a statement of the official driver', () => {
  test('carries binds of every type', async () => {
    const server = await testServer();
    const connection = await connect(server);
    const { rows } = await execute(
      connection,
      `SELECT ?::VARCHAR AS C1, ?::VARCHAR AS C2, ?::VARCHAR AS C3, ?::VARCHAR AS C4, ?::VARCHAR AS C5, ?::VARCHAR AS C6`,
      { binds: [42, 1.5, "it's; DROP", true, null, new Date('2024-02-29T12:00:00.123Z') as never] },
    );
    expect(rows).toEqual([
      { C1: '42', C2: '1.5', C3: "it's; DROP", C4: 'true', C5: null, C6: '2024-02-29T12:00:00.123Z' },
    ]);
  });

  test('fails with Snowflake’s code, state and query id', async () => {
    const server = await testServer();
    const connection = await connect(server);
    const error = await failure(execute(connection, 'SELECT NO_SUCH'));
    expect(error).toMatchObject({ code: '000904', sqlState: '42000' });
    expect(error.message).toContain("invalid identifier 'NO_SUCH'");
    expect((error as { data?: { queryId?: string } }).data?.queryId).toMatch(/^[0-9a-f-]{36}$/);
    await execute(connection, 'SELECT 1');
  });

  test('can be described without being run', async () => {
    const server = await testServer();
    const connection = await connect(server);
    const { statement, rows } = await execute(connection, numbers(5000), { describeOnly: true });
    expect(rows).toEqual([]);
    expect(statement.getColumns()?.map((column) => column.getName())).toEqual(['N', 'T']);
  });

  test('runs once per request id', async () => {
    const server = await testServer();
    const connection = await connect(server);
    const requestId = randomUUID();
    const first = await execute(connection, numbers(3), { requestId });
    const again = await execute(connection, numbers(3), { requestId });
    expect(again.statement.getQueryId()).toBe(first.statement.getQueryId());
    expect(again.rows).toEqual(first.rows);
    expect(server.stats().statements).toBe(1);
  });
});

describe('a large result', () => {
  const options = { resultChunkRows: 1000 };

  test('comes inline and in growing chunks', async () => {
    const server = await testServer(options);
    const connection = await connect(server);
    const { rows } = await execute(connection, numbers(10_000));
    expect(rows).toHaveLength(10_000);
    rows.forEach((row, index) => expect(row).toEqual({ N: index, T: `row ${index}` }));
    expect(server.stats().requests['chunk']).toBe(11);
  });

  test('streams, whole or in ranges, downloading only what a range needs', async () => {
    const server = await testServer(options);
    const connection = await connect(server);
    const { statement } = await execute(connection, numbers(10_000), { streamResult: true });
    expect(statement.getNumRows()).toBe(10_000);
    const range = await collect(statement, { start: 3000, end: 4999 });
    expect(range.map(({ N }) => N)).toEqual(Array.from({ length: 2000 }, (_, index) => 3000 + index));
    expect(server.stats().requests['chunk']).toBeLessThanOrEqual(4);
    expect(await collect(statement)).toHaveLength(10_000);
  });

  test('works without an inline part and without chunks', async () => {
    const bare = await testServer({ resultChunkRows: 1000, resultInlineRows: 0 });
    const { rows } = await execute(await connect(bare), numbers(1500));
    expect(rows).toHaveLength(1500);
    const inline = await testServer({ resultInlineRows: 2000 });
    await execute(await connect(inline), numbers(1500));
    expect(inline.stats().requests['chunk']).toBeUndefined();
  });

  test('is re-opened by its query id from another session of the same user', async () => {
    const server = await testServer(options);
    const { statement } = await execute(await connect(server), numbers(5000));
    const other = await connect(server);
    const reopened = await fetchResult(other, statement.getQueryId(), true);
    const rows = await collect(reopened.statement, { start: 2500, end: 2509 });
    expect(rows.map(({ N }) => N)).toEqual([2500, 2501, 2502, 2503, 2504, 2505, 2506, 2507, 2508, 2509]);
    expect(server.stats().statements).toBe(1);
  });

  test('is refused to another user, and to everybody once it is gone', async () => {
    const server = await testServer({ ...options, users: [{ name: 'A' }, { name: 'B' }] });
    const { statement } = await execute(await connect(server, { user: 'A' }), numbers(5000));
    const queryId = statement.getQueryId();
    const stranger = await connect(server, { user: 'B' });
    expect(await failure(fetchResult(stranger, queryId))).toMatchObject({ code: '000709', sqlState: '02000' });

    const owner = await connect(server, { user: 'A' });
    server.faults.expireResults();
    expect(await failure(fetchResult(owner, queryId))).toMatchObject({ code: '000709' });
  });

  test('expires with the server’s clock', async () => {
    const server = await testServer({ ...options, resultLifeSeconds: 600, sessionTokenSeconds: 86_400 });
    const owner = await connect(server);
    const { statement } = await execute(owner, numbers(5000));
    server.faults.moveClock(590_000);
    expect((await fetchResult(owner, statement.getQueryId())).rows).toHaveLength(5000);
    server.faults.moveClock(20_000);
    expect(await failure(fetchResult(owner, statement.getQueryId()))).toMatchObject({ code: '000709' });
  });

  test('has links that nobody can guess or prolong', async () => {
    const server = await testServer(options);
    const connection = await connect(server);
    const { statement } = await execute(connection, numbers(5000), { streamResult: true });
    const id = statement.getQueryId();
    const far = Date.now() + 1e9;
    const forged = `${server.accessUrl}/chunks/${id}/250-500?serial=1&expires=${far}&signature=${'0'.repeat(64)}`;
    expect((await fetch(forged)).status).toBe(403);
    expect((await fetch(`${server.accessUrl}/chunks/${id}/250-500`)).status).toBe(403);
  });
});
