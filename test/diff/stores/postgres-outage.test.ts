import pg from 'pg';
import { PostgresSnapshotStore } from 'snowmelt/diff';
import { PostgresStateStore } from 'snowmelt/postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PatientSnapshotStore } from '../../../src/diff/stores/patient-snapshot-store.js';
import { startPostgres } from '../../../scripts/start-postgres.mjs';
import { startTcpProxy } from './tcp-proxy.js';

let server: Awaited<ReturnType<typeof startPostgres>>;
let proxy: Awaited<ReturnType<typeof startTcpProxy>>;
let throughProxy: string;
let tables = 0;

beforeAll(async () => {
  server = await startPostgres();
  proxy = await startTcpProxy(new URL(server.url));
  throughProxy = server.url.replace(/:\d+\//, `:${proxy.port}/`);
});
afterAll(async () => {
  await proxy.stop();
  await server.stop();
});
beforeEach(() => proxy.set('none'));

const bytes = new Uint8Array(100_000).fill(7);
const table = (): string => `outage_${(tables += 1)}`;

describe('a PostgreSQL store whose network fails', () => {
  it.each(['silent', 'broken', 'answers lost'] as const)('is tried again until it answers: %s', async (fault) => {
    const pool = new pg.Pool({
      connectionString: throughProxy,
      max: 4,
      query_timeout: 500,
      connectionTimeoutMillis: 500,
    });
    pool.on('error', () => undefined);
    const inner = new PostgresSnapshotStore({ pool, table: table() });
    const troubles: unknown[] = [];
    const store = new PatientSnapshotStore(inner, { callMs: 1000, missingMs: 0 }, (error) => troubles.push(error));
    await store.put('a/0-x', bytes);
    proxy.set(fault);
    const calls = Promise.all([
      store.put('a/1-x', bytes),
      store.put('a/2-x', bytes),
      store.get('a/0-x'),
      store.list('b/'),
      store.delete('b/1-x'),
      store.delete('b/2-x'),
    ]);
    // More calls than the pool has connections have failed, and every one at least once.
    await expect.poll(() => troubles.length).toBe(6);
    proxy.set('none');
    const [, , found, listed] = await calls;
    expect(found).toHaveLength(bytes.length);
    expect(listed).toEqual([]);
    expect([...(await store.list('a/'))].sort()).toEqual(['a/0-x', 'a/1-x', 'a/2-x']);
    expect(troubles).toEqual(Array(6).fill(expect.objectContaining({ code: 'SNAPSHOT_UNAVAILABLE', retryable: true })));
    await pool.end();
  });

  it('stores once what it stores again because the answer was lost', async () => {
    const inner = new PostgresSnapshotStore({ connectionString: throughProxy, table: table() });
    const store = new PatientSnapshotStore(inner, { missingMs: 0 }, () => proxy.set('none'));
    await store.put('a/0-x', bytes);
    const before = proxy.lost();
    proxy.set('answers lost');
    await store.put('a/1-x', bytes);
    proxy.set('answers lost');
    await store.delete('a/0-x');
    expect(proxy.lost()).toBeGreaterThanOrEqual(before + 2);
    expect(await store.list('')).toEqual(['a/1-x']);
    await inner.close();
  });

  it('gives up in time, by its name and without the password', async () => {
    proxy.set('broken');
    const inner = new PostgresSnapshotStore({ connectionString: throughProxy, table: 'away' });
    const store = new PatientSnapshotStore(inner, { callMs: 200, totalMs: 700 });
    const error: unknown = await store.get('a/1-x').catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'SNAPSHOT_UNAVAILABLE',
      message: expect.stringContaining('"away"') as string,
      hint: expect.stringContaining('PostgreSQL') as string,
    });
    expect(String(error)).not.toContain('password');
    await inner.close();
  });

  it.each([
    ['snapshots', (pool: pg.Pool) => new PostgresSnapshotStore({ pool, table: table() })],
    ['state', (pool: pg.Pool) => new PostgresStateStore({ pool, table: table() })],
  ])('is not held up for ever by a first call that hangs: %s', async (_what, make) => {
    // A pool of the host's, without any time limit.
    const pool = new pg.Pool({ connectionString: throughProxy, max: 4 });
    pool.on('error', () => undefined);
    await pool.query('SELECT 1');
    proxy.set('silent');
    const store = make(pool);
    const hanging = store.get('a/1-x').catch(() => 'failed');
    // It is on its way when no connection is idle any more.
    await expect.poll(() => pool.idleCount).toBe(0);
    proxy.set('none');
    expect(await store.get('a/1-x')).toBeUndefined();
    proxy.set('broken');
    expect(await hanging).toBe('failed');
    await pool.end();
  });
});
