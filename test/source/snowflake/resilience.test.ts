import { describe, expect, it } from 'vitest';
import { SnowflakeSource, type SnowflakeSourceOptions } from 'snowmelt';
import type { SnowflakeFault } from 'snowmelt/testing';
import { closing, counting, readAll, startPrepared } from '../start-prepared.js';

const ROWS = 6000;

async function start(options: Partial<SnowflakeSourceOptions> = {}) {
  const server = await startPrepared();
  const source = closing(new SnowflakeSource({ ...server.connection(), stallTimeoutMs: 300, ...options }));
  return { server, source };
}

describe('a read survives what the driver does not', () => {
  const faults: readonly [string, SnowflakeFault][] = [
    ['a chunk without a body', { on: 'chunk', kind: 'empty', times: 1, after: 2 }],
    ['a chunk that breaks off', { on: 'chunk', kind: 'truncated-json', times: 1, after: 2 }],
    ['a chunk that is no gzip', { on: 'chunk', kind: 'corrupt-gzip', times: 1, after: 2 }],
    ['a cut connection', { on: 'chunk', kind: 'reset', afterBytes: 50, times: 2, after: 1 }],
    ['a chunk that is not found', { on: 'chunk', kind: 'status', status: 404, times: 1, after: 2 }],
    ['a chunk that fails', { on: 'chunk', kind: 'status', status: 500, times: 2 }],
    ['a chunk that is held back for ever', { on: 'chunk', kind: 'delay', ms: 20_000, times: 1, after: 3 }],
  ];
  it.each(faults)('%s', async (_what, fault) => {
    const { server, source } = await start();
    const result = await counting(source, ROWS);
    server.faults.inject(fault);
    expect(await readAll(result)).toBe(ROWS);
    expect(server.stats().faultHits).toBeGreaterThan(0);
  });

  it('expired chunk links, although the result has inline rows', async () => {
    const { server, source } = await start();
    const result = await counting(source, ROWS);
    server.faults.expireChunkLinks();
    expect(await readAll(result)).toBe(ROWS);
  });

  it('several faults one after the other, as long as rows come', async () => {
    const { server, source } = await start({ maxReadFailures: 1 });
    const result = await counting(source, ROWS);
    let seen = 0;
    let faults = 0;
    for await (const { rows } of result.read()) {
      seen += rows.length;
      // The next one comes when rows came after the last one: the result is opened again after each.
      if ((server.stats().requests['result'] ?? 0) < faults) continue;
      server.faults.inject({ on: 'chunk', kind: 'empty', times: 1 });
      faults += 1;
    }
    expect(seen).toBe(ROWS);
    expect(server.stats().faultHits).toBeGreaterThan(1);
  });

  it('and ends in an error that may be retried when nothing helps', async () => {
    const { server, source } = await start({ maxReadFailures: 2, stallTimeoutMs: 100 });
    const result = await counting(source, ROWS);
    server.faults.inject({ on: 'chunk', kind: 'empty' });
    await expect(readAll(result)).rejects.toMatchObject({ code: 'SOURCE_FAILED', retryable: true });
    // Reading is possible again once the fault is gone.
    server.faults.clear();
    expect(await readAll(result)).toBe(ROWS);
  });

  it('a result that vanishes while it is read is an expired one', async () => {
    const { server, source } = await start();
    const result = await counting(source, ROWS);
    server.faults.inject({ on: 'chunk', kind: 'empty' });
    server.faults.expireResults();
    await expect(readAll(result)).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
  });

  it('never goes on in a result that comes in another order', async () => {
    const { server, source } = await start();
    const result = await counting(source, ROWS);
    const reading = (async () => {
      for await (const { firstRow } of result.read()) {
        if (firstRow !== 0) continue;
        server.faults.expireChunkLinks();
        server.faults.reorderResult(result.ref.queryId);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
  });

  it.each(['truncated-json', 'empty'] as const)(
    'a slow reader meets a chunk that had come damaged: %s',
    async (kind) => {
      // The driver fetches chunks ahead; such a one is opened from process.nextTick.
      const { server, source } = await start({ batchRows: 100, resultPrefetch: 3, stallTimeoutMs: 20_000 });
      const result = await counting(source, ROWS);
      server.faults.inject({ on: 'chunk', kind, after: 2, times: 1 });
      let seen = 0;
      for await (const { rows } of result.read()) {
        if (seen % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 30));
        seen += rows.length;
      }
      expect(seen).toBe(ROWS);
      expect(server.stats().faultHits).toBe(1);
    },
  );

  it('a damaged chunk is noticed at once, not when the stream has stalled', async () => {
    const { server, source } = await start({ maxReadFailures: 0, stallTimeoutMs: 600_000 });
    const result = await counting(source, ROWS);
    server.faults.inject({ on: 'chunk', kind: 'truncated-json', times: 1 });
    const error: unknown = await readAll(result).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'SOURCE_FAILED', retryable: true });
    expect((error as Error).message).toMatch(/the chunk of rows \d+ to \d+ is not JSON/);
  });

  it('a value that the driver cannot decode ends the read, not the process', async () => {
    const { source } = await start({ rowAccess: 'driver', maxReadFailures: 1 });
    const result = await source.execute({ sql: 'SELECT ODD_BOOLEAN', binds: [] });
    const error: unknown = await readAll(result).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'SOURCE_FAILED' });
    expect((error as Error).message).toContain('the column "B"');
    expect((error as Error).message).not.toContain('perhaps');
  });

  it('does not take a slow reader for a hung stream', async () => {
    const { server, source } = await start({ stallTimeoutMs: 50, batchRows: 1000 });
    const result = await counting(source, ROWS);
    let seen = 0;
    for await (const { rows } of result.read()) {
      seen += rows.length;
      if (seen === 1000) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(seen).toBe(ROWS);
    expect(server.stats().requests['result'] ?? 0).toBe(0);
  });
});

describe('a lost session', () => {
  it('is opened anew for the next statement, without the caller seeing it', async () => {
    const { server, source } = await start();
    expect(await readAll(await counting(source, 10))).toBe(10);
    server.faults.dropSessions();
    expect(await readAll(await counting(source, 10))).toBe(10);
    server.faults.expireMasterTokens();
    expect(await readAll(await counting(source, 10))).toBe(10);
    expect(server.stats().requests['login']).toBe(3);
  });

  it('is opened anew once for all statements that find it lost, and leaves none behind', async () => {
    const { server, source } = await start();
    await counting(source, 1);
    for (let round = 1; round <= 2; round += 1) {
      server.faults.dropSessions();
      const results = await Promise.all(Array.from({ length: 8 }, () => counting(source, 10)));
      for (const result of results) expect(await readAll(result)).toBe(10);
      expect(server.stats().requests['login']).toBe(1 + round);
    }
    await source.close();
    await expect.poll(() => server.stats().openSessions).toBe(0);
  });

  it('is renewed where it can be', async () => {
    const { server, source } = await start();
    await counting(source, 10);
    server.faults.expireSessionTokens();
    expect(await readAll(await counting(source, 10))).toBe(10);
    expect(server.stats().requests['login']).toBe(1);
  });

  it('does not end a read', async () => {
    const { server, source } = await start();
    const result = await counting(source, ROWS);
    server.faults.dropSessions();
    server.faults.expireChunkLinks();
    expect(await readAll(result)).toBe(ROWS);
  });
});

describe('one connection', () => {
  it('serves concurrent calls, with the session pinned', async () => {
    const { server, source } = await start();
    await Promise.all([counting(source, 1), counting(source, 2), source.now()]);
    expect(server.stats().requests['login']).toBe(1);
    const pinned = server.stats().sql.filter((sql) => sql.startsWith('ALTER SESSION'));
    expect(pinned).toHaveLength(1);
    for (const setting of ["TIMEZONE = 'UTC'", 'QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE', 'STRICT_JSON_OUTPUT = TRUE']) {
      expect(pinned[0]).toContain(setting);
    }
  });

  it('leaves no session behind when closed, also while connecting', async () => {
    const { server, source } = await start();
    await counting(source, 1);
    const other = new SnowflakeSource(server.connection());
    const executing = counting(other, 1);
    const refused = expect(executing).rejects.toMatchObject({ code: 'SOURCE_CLOSED' });
    await other.close();
    await refused;
    await source.close();
    await expect.poll(() => server.stats().openSessions).toBe(0);
  });

  it('is given up by close, and by what waits for it, though the login is never answered', async () => {
    const { server, source } = await start();
    server.faults.inject({ on: 'login', kind: 'delay', ms: 60_000 });
    const waiting = source.now();
    const refused = expect(waiting).rejects.toMatchObject({ code: 'SOURCE_CLOSED' });
    await expect.poll(() => server.stats().requests['login']).toBe(1);
    const closing = source.close();
    await refused;
    await closing;
  });

  it('a read in flight ends with SOURCE_CLOSED', async () => {
    const { source } = await start({ batchRows: 100 });
    const result = await counting(source, ROWS);
    const reading = (async () => {
      for await (const { firstRow } of result.read()) if (firstRow === 100) await source.close();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'SOURCE_CLOSED' });
  });
});
