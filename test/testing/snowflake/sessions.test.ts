import { describe, expect, test } from 'vitest';
import { connect, driverOptions, execute, failure, login, numbers, snowflake } from './driver.js';
import { testServer } from './test-server.js';

describe('a session of the official driver', () => {
  test('renews an expired session token without the caller noticing', async () => {
    const server = await testServer();
    const connection = await connect(server);
    server.faults.expireSessionTokens();
    const { rows } = await execute(connection, numbers(3));
    expect(rows).toHaveLength(3);
    expect(server.stats().requests).toMatchObject({ renewal: 1, query: 2, login: 1 });
    expect(server.stats().statements).toBe(1);
  });

  test('renews when the server’s clock passes the token’s life', async () => {
    const server = await testServer({ sessionTokenSeconds: 60, masterTokenSeconds: 600 });
    const connection = await connect(server);
    server.faults.moveClock(61_000);
    await execute(connection, numbers(3));
    expect(server.stats().requests['renewal']).toBe(1);
  });

  test('ends when the master token has expired', async () => {
    const server = await testServer();
    const connection = await connect(server);
    server.faults.expireMasterTokens();
    const error = await failure(execute(connection, 'SELECT 1'));
    expect(Number(error.code)).toBe(407002);
    expect(connection.isUp()).toBe(false);
    await execute(await connect(server), 'SELECT 1');
  });

  test('ends when the server has dropped it', async () => {
    const server = await testServer();
    const connection = await connect(server);
    server.faults.dropSessions();
    expect(server.stats().openSessions).toBe(0);
    const error = await failure(execute(connection, 'SELECT 1'));
    expect(error).toMatchObject({ sqlState: '08003' });
    expect(Number(error.code)).toBe(407002);
  });

  test('is kept alive by heartbeats, which prolong the master token', async () => {
    const server = await testServer({ sessionTokenSeconds: 1000, masterTokenSeconds: 100 });
    const connection = await connect(server);
    server.faults.moveClock(90_000);
    expect(await connection.isValidAsync()).toBe(true);
    server.faults.moveClock(90_000);
    server.faults.expireSessionTokens();
    await execute(connection, 'SELECT 1');
    expect(server.stats().requests).toMatchObject({ heartbeat: 1, renewal: 1, login: 1 });
  });

  test('is deleted by destroy', async () => {
    const server = await testServer();
    const connection = await connect(server);
    await new Promise<void>((resolve, reject) => {
      connection.destroy((error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    expect(server.stats()).toMatchObject({ openSessions: 0, requests: { logout: 1 } });
  });

  test('can be carried on from its serialised form', async () => {
    const server = await testServer();
    const connection = await connect(server);
    const text = snowflake.serializeConnection(connection);
    const { accessUrl, account } = server;
    const twin = snowflake.deserializeConnection({ accessUrl, account }, text);
    expect((await execute(twin, numbers(2))).rows).toHaveLength(2);
    expect(server.stats().requests['login']).toBe(1);
  });

  test('drops telemetry', async () => {
    const server = await testServer();
    await connect(server);
    await expect.poll(() => server.stats().requests['telemetry']).toBeGreaterThan(0);
  });
});

test('a pool of the official driver runs statements side by side', async () => {
  const server = await testServer();
  const pool = snowflake.createPool(driverOptions(server), { min: 0, max: 3 });
  const counts = await Promise.all(
    [1, 2, 3, 4, 5].map((count) => pool.use(async (each) => (await execute(each, numbers(count))).rows.length)),
  );
  expect(counts).toEqual([1, 2, 3, 4, 5]);
  expect(server.stats().requests['login']).toBeLessThanOrEqual(3);
  await pool.drain();
  await pool.clear();
  expect(server.stats().openSessions).toBe(0);
});

test('servers run side by side on ports of their own', async () => {
  const servers = await Promise.all(Array.from({ length: 8 }, () => testServer()));
  expect(new Set(servers.map(({ accessUrl }) => accessUrl)).size).toBe(8);
  for (const server of servers) await login(snowflake.createConnection(driverOptions(server)));
  expect(servers.map((server) => server.stats().requests['login'])).toEqual(Array.from({ length: 8 }, () => 1));
});
