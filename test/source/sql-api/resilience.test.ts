import { describe, expect, it } from 'vitest';
import { SqlApiSource, type SqlApiSourceOptions } from 'snowmelt';
import type { SnowflakeFault, StartSnowflakeOptions } from 'snowmelt/testing';
import { closing, counting, readAll, startPrepared } from '../start-prepared.js';

const ROWS = 6000;

async function start(options: Partial<SqlApiSourceOptions> = {}, server: StartSnowflakeOptions = {}) {
  const snowflake = await startPrepared(server);
  return { snowflake, source: closing(new SqlApiSource({ ...snowflake.connection(), ...options })) };
}

describe('SqlApiSource repeats what may be repeated', () => {
  const faults: readonly [string, SnowflakeFault][] = [
    ['a submission that was refused for a moment', { on: 'api-submit', kind: 'status', status: 503, times: 2 }],
    [
      'a submission with too many others',
      { on: 'api-submit', kind: 'status', status: 429, retryAfterSeconds: 0, times: 2 },
    ],
    ['a submission whose answer was lost', { on: 'api-submit', kind: 'lose-answer', times: 1 }],
    ['a submission whose connection was cut', { on: 'api-submit', kind: 'refuse', times: 1 }],
    ['a partition that fails', { on: 'api-status', kind: 'status', status: 500, times: 1, after: 2 }],
    ['a partition that is cut', { on: 'api-status', kind: 'reset', afterBytes: 100, times: 2, after: 2 }],
    ['a partition that breaks off', { on: 'api-status', kind: 'truncated-json', times: 1, after: 2 }],
    ['a partition without a body', { on: 'api-status', kind: 'empty', times: 1, after: 2 }],
    ['a partition that is no gzip', { on: 'api-status', kind: 'corrupt-gzip', times: 1, after: 2 }],
  ];
  it.each(faults)('%s', async (_what, fault) => {
    const { snowflake, source } = await start();
    snowflake.faults.inject(fault);
    expect(await readAll(await counting(source, ROWS))).toBe(ROWS);
    const stats = snowflake.stats();
    expect(stats.faultHits).toBeGreaterThan(0);
    // The same request id: nothing ran twice.
    expect(stats.sql.filter((sql) => sql.includes('ROWCOUNT'))).toHaveLength(1);
  });

  it('a request that gets no answer in time', async () => {
    const { snowflake, source } = await start({ requestTimeoutMs: 200 });
    snowflake.faults.inject({ on: 'api-status', kind: 'delay', ms: 20_000, times: 1, after: 2 });
    expect(await readAll(await counting(source, ROWS))).toBe(ROWS);
  });

  it('and ends in an error that may be retried', async () => {
    const { snowflake, source } = await start({ maxRetries: 1 });
    const result = await counting(source, ROWS);
    snowflake.faults.inject({ on: 'api-status', kind: 'status', status: 503 });
    await expect(readAll(result)).rejects.toMatchObject({ code: 'SOURCE_FAILED', retryable: true });
    snowflake.faults.clear();
    expect(await readAll(result)).toBe(ROWS);
  });

  it('a result that vanishes while it is read is an expired one', async () => {
    const { snowflake, source } = await start({ prefetchBytes: 0 });
    const result = await counting(source, ROWS);
    snowflake.faults.expireResults();
    await expect(readAll(result)).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
  });
});

describe('SqlApiSource', () => {
  it('fetches partitions ahead, within the byte budget and only those of the range', async () => {
    const { snowflake, source } = await start({ prefetchBytes: 1 });
    const result = await counting(source, ROWS);
    const before = snowflake.stats().requests['api-status'] ?? 0;
    for await (const batch of result.read({ from: 5500, to: 5600 })) expect(batch.firstRow).toBe(5500);
    expect((snowflake.stats().requests['api-status'] ?? 0) - before).toBe(1);
    for await (const batch of result.read()) {
      expect(batch.firstRow).toBe(0);
      break;
    }
    expect((snowflake.stats().requests['api-status'] ?? 0) - before).toBeLessThanOrEqual(3);
  });

  it('takes type names in either case', async () => {
    const { source } = await start({}, { sqlApiTypeCase: 'lower' });
    expect((await counting(source, 1)).columns.map(({ type }) => type)).toEqual(['fixed', 'text']);
  });

  it('uses the fetch that is passed in, with a JWT and a user agent', async () => {
    const seen: Headers[] = [];
    const { source } = await start({
      fetch: (input, init) => {
        seen.push(new Headers(init.headers));
        return fetch(input, init);
      },
    });
    await counting(source, 1);
    expect(seen[0]?.get('authorization')).toMatch(/^Bearer eyJ/);
    expect(seen[0]?.get('user-agent')).toBe('snowmelt');
  });
});
