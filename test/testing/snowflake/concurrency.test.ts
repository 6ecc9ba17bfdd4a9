import { expect, test } from 'vitest';
import { startSnowflake } from '../../../src/testing/index.js';
import { collect, connect, execute, numbers } from './driver.js';
import { SqlApiClient } from './sql-api-client.js';
import { testServer } from './test-server.js';

const SESSIONS = 6;

test('statements of several sessions run at the same time, each on its own rows', async () => {
  const server = await testServer({ resultChunkRows: 1000 });
  const connections = await Promise.all(Array.from({ length: SESSIONS }, () => connect(server)));
  await Promise.all(
    connections.map(async (connection, index) => {
      const table = `T${index}`;
      await execute(connection, `CREATE TABLE ${table} AS SELECT N * ${index + 1} AS N FROM (${numbers(3000)})`);
      await execute(connection, `UPDATE ${table} SET N = N + 1 WHERE MOD(N, 2) = 0`);
      const { statement } = await execute(connection, `SELECT N FROM ${table} ORDER BY N`, { streamResult: true });
      const rows = await collect(statement);
      const expected = Array.from({ length: 3000 }, (_, n) => n * (index + 1) + ((n * (index + 1)) % 2 === 0 ? 1 : 0));
      expect(rows.map(({ N }) => Number(N))).toEqual(expected.toSorted((a, b) => a - b));
    }),
  );
});

test('two statements execute at the same moment', async () => {
  const server = await testServer();
  const clients = Array.from({ length: SESSIONS }, () => new SqlApiClient(server.connection()));
  // They end with the server.
  const running = clients.map((client) => client.submit({ statement: 'SELECT SYSTEM$WAIT(600)' }, { async: 'true' }));
  await Promise.all(running);
  expect(server.stats().runningStatements).toBe(SESSIONS);
});

test('changes of one table wait for each other, as locks make them do', async () => {
  const server = await testServer({ seedSql: 'CREATE TABLE C (K NUMBER, N NUMBER); INSERT INTO C VALUES (1, 0)' });
  const connections = await Promise.all(Array.from({ length: SESSIONS }, () => connect(server)));
  await Promise.all(
    connections.map(async (connection, index) => {
      for (let round = 0; round < 5; round += 1) {
        await execute(connection, 'UPDATE C SET N = N + 1 WHERE K = 1');
        await execute(connection, `INSERT INTO C VALUES (${index + 2}, ${round})`);
        await execute(
          connection,
          'MERGE INTO C USING (SELECT 1 AS K) S ON C.K = S.K WHEN MATCHED THEN UPDATE SET N = C.N + 1',
        );
      }
    }),
  );
  expect(await server.query('SELECT N FROM C WHERE K = 1')).toEqual([{ N: String(SESSIONS * 10) }]);
  expect(await server.query('SELECT COUNT(*) AS N FROM C')).toEqual([{ N: String(1 + SESSIONS * 5) }]);
});

test('starts quickly, and many at once on ports of their own', async () => {
  const took: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const start = process.cpuUsage();
    const server = await startSnowflake();
    const { user, system } = process.cpuUsage(start);
    took.push((user + system) / 1000);
    await server.close();
  }
  // Processor time, because the machine that runs the tests has other work; on an idle one it is less than that by the clock.
  expect(took.toSorted((a, b) => a - b)[1]).toBeLessThan(1000);
  const servers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => startSnowflake({ databases: [`D${index}`] })),
  );
  try {
    expect(new Set(servers.map(({ accessUrl }) => accessUrl)).size).toBe(8);
    const names = await Promise.all(servers.map((server) => server.query('SELECT CURRENT_DATABASE() AS D')));
    expect(names.map(([row]) => row?.['D'])).toEqual(servers.map((_, index) => `D${index}`));
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
});
