import { describe, expect, test } from 'vitest';
import { connect, execute, failure, numbers, type Connection } from './driver.js';
import { testServer } from './test-server.js';

/** Starts a statement that the caller can cancel. */
function start(connection: Connection, sqlText: string) {
  let end: (error: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => {
    end = resolve;
  });
  const statement = connection.execute({ sqlText, complete: end });
  const cancel = () =>
    new Promise<unknown>((resolve) => {
      statement.cancel(resolve);
    });
  return { ended, cancel };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('asynchronous execution', () => {
  test('returns at once and delivers the rows later, also to another session', async () => {
    const server = await testServer();
    const connection = await connect(server);
    // It ends with the server.
    const endless = await execute(connection, 'SELECT SYSTEM$WAIT(600)', { asyncExec: true });
    expect(await connection.getQueryStatus(endless.statement.getQueryId())).toBe('RUNNING');
    expect(connection.isStillRunning('RUNNING')).toBe(true);
    const { statement } = await execute(connection, 'SELECT SYSTEM$WAIT(1) AS C1', { asyncExec: true });
    const queryId = statement.getQueryId();
    const other = await connect(server);
    const result = await other.getResultsFromQueryId({ queryId, sqlText: '' });
    const rows: unknown[] = [];
    for await (const row of result.streamRows()) rows.push(row);
    expect(rows).toHaveLength(1);
    expect(await connection.getQueryStatus(queryId)).toBe('SUCCESS');
  });

  test('reports a failure by status and by error', async () => {
    const server = await testServer();
    const connection = await connect(server);
    const { statement } = await execute(connection, 'SELECT NO_SUCH', { asyncExec: true });
    const queryId = statement.getQueryId();
    await until(() => server.stats().runningStatements === 0);
    expect(await connection.getQueryStatus(queryId)).toBe('FAILED_WITH_ERROR');
    const error = await failure(connection.getQueryStatusThrowIfError(queryId));
    expect(error.message).toContain('NO_SUCH');
  });

  test('knows nothing of a query of another user', async () => {
    const server = await testServer({ users: [{ name: 'A' }, { name: 'B' }] });
    const { statement } = await execute(await connect(server, { user: 'A' }), numbers(1));
    const stranger = await connect(server, { user: 'B' });
    expect(await stranger.getQueryStatus(statement.getQueryId())).toBe('NO_QUERY_DATA');
  });
});

describe('a long statement', () => {
  test('holds the client instead of letting it ask in a tight loop', async () => {
    const server = await testServer({ holdSeconds: 0.3 });
    const connection = await connect(server);
    const started = performance.now();
    const { rows } = await execute(connection, 'SELECT SYSTEM$WAIT(1) AS C1');
    const took = performance.now() - started;
    expect(rows).toHaveLength(1);
    const { requests } = server.stats();
    expect(requests['query']).toBe(1);
    expect(requests['result']).toBeGreaterThanOrEqual(1);
    // Each of them but the last was held; a timer may be a little early.
    expect(requests['result']).toBeLessThanOrEqual(took / 290 + 1);
  });

  test('is cancelled with 000604, before and after its query id is known', async () => {
    for (const holdSeconds of [45, 0.1]) {
      const server = await testServer({ holdSeconds });
      const connection = await connect(server);
      const { ended, cancel } = start(connection, 'SELECT SYSTEM$WAIT(600)');
      await until(() => server.stats().runningStatements === 1);
      if (holdSeconds < 1) await until(() => (server.stats().requests['result'] ?? 0) > 0);
      expect(await cancel()).toBeFalsy();
      expect(await ended).toMatchObject({ code: '000604', sqlState: '57014' });
      await server.close();
    }
  });

  test('cannot be cancelled after its end: 000605', async () => {
    const server = await testServer();
    const { statement } = await execute(await connect(server), 'SELECT 1');
    const error = await new Promise((resolve) => {
      statement.cancel((problem) => resolve(problem));
    });
    expect(error).toMatchObject({ code: '000605', sqlState: '01000' });
  });

  test('ends at its timeout with 000630, set per statement or per session', async () => {
    const server = await testServer();
    const connection = await connect(server);
    const error = await failure(
      execute(connection, 'SELECT SYSTEM$WAIT(600)', { parameters: { STATEMENT_TIMEOUT_IN_SECONDS: 1 } }),
    );
    expect(error).toMatchObject({ code: '000630', sqlState: '57014' });
    expect(error.message).toBe('Statement reached its statement or warehouse timeout of 1 second(s) and was canceled.');
  });

  test('is cancelled when the server closes', async () => {
    const server = await testServer();
    const { ended } = start(await connect(server), 'SELECT SYSTEM$WAIT(600)');
    await until(() => server.stats().runningStatements === 1);
    await server.close();
    void ended;
    expect(server.stats().runningStatements).toBe(0);
  });
});
