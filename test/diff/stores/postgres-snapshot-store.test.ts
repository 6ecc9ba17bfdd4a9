import pg from 'pg';
import { ConfigError } from 'snowmelt';
import { PostgresSnapshotStore } from 'snowmelt/diff';
import { testSnapshotStore } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../../../scripts/start-postgres.mjs';

let server: Awaited<ReturnType<typeof startPostgres>>;
let pool: pg.Pool;
let connectionString: string;
let tables = 0;

beforeAll(async () => {
  server = await startPostgres();
  connectionString = server.url;
  pool = new pg.Pool({ connectionString, max: 8 });
  // Connections that the server ends when it stops.
  pool.on('error', () => undefined);
  await pool.query('CREATE SCHEMA "my ""etl"""');
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

testSnapshotStore({
  describe,
  it,
  name: 'PostgresSnapshotStore',
  create: () => {
    tables += 1;
    const options = { pool, schema: 'my "etl"', table: `snapshots_${tables}` };
    return {
      store: new PostgresSnapshotStore(options),
      capabilities: {
        reopen: () => new PostgresSnapshotStore(options),
        takeAway: async () => {
          await pool.query(`DROP TABLE "my ""etl"""."${options.table}"`);
        },
      },
    };
  },
});

describe('PostgresSnapshotStore', () => {
  const bytes = new Uint8Array(1000).fill(7);

  it('makes its table and ends its own pool, but none of the host', async () => {
    const store = new PostgresSnapshotStore({ connectionString });
    await store.put('a/1-x', bytes);
    await store.close();
    await store.close();
    expect((await pool.query('SELECT name FROM snowmelt_snapshots')).rows).toEqual([{ name: 'a/1-x' }]);
    const other = new PostgresSnapshotStore({ pool });
    await other.close();
    expect(await other.get('a/1-x')).toHaveLength(1000);
  });

  it('is content with a table that was made beforehand, in any collation, by a role that may make none', async () => {
    await pool.query(
      'CREATE TABLE given (name text PRIMARY KEY, bytes bytea NOT NULL, changed_at timestamptz NOT NULL DEFAULT now())',
    );
    await pool.query(`CREATE ROLE reader LOGIN PASSWORD 'password'`);
    await pool.query('GRANT SELECT, INSERT, UPDATE, DELETE ON given TO reader');
    const store = new PostgresSnapshotStore({
      connectionString: connectionString.replace('postgres:password', 'reader:password'),
      table: 'given',
    });
    const names = ['a/1-x', 'a/1-xy', 'a-1/1-x', 'a1/1-x'];
    for (const name of names) await store.put(name, bytes);
    expect(await store.list('a/1')).toEqual(['a/1-x', 'a/1-xy']);
    await store.close();
  });

  it('makes its table once when many stores start at the same time', async () => {
    for (let race = 0; race < 10; race += 1) {
      const stores = Array.from({ length: 8 }, () => new PostgresSnapshotStore({ pool, table: `raced_${race}` }));
      await Promise.all(stores.map((store, index) => store.put(`a/${index}-x`, bytes)));
      expect(await stores[0]?.list('a/')).toHaveLength(8);
    }
  });

  it('says what is wrong without the password', async () => {
    const wrong = new PostgresSnapshotStore({ connectionString: connectionString.replace(':password@', ':SECRET@') });
    const error: unknown = await wrong.get('a/1-x').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'SNAPSHOT_UNAVAILABLE', retryable: false, details: { reason: '28P01' } });
    expect(String(error)).toContain('snapshot table "snowmelt_snapshots"');
    expect(String(error)).not.toContain('SECRET');
    await wrong.close();
  });

  it('ends a call with the reason of its signal while the server is busy', async () => {
    const store = new PostgresSnapshotStore({ pool, table: 'locked' });
    await store.put('a/1-x', bytes);
    const reason = new Error('the run was aborted');
    const client = await pool.connect();
    try {
      await client.query('BEGIN; LOCK TABLE locked');
      const ended = new AbortController();
      const putting = store.put('a/1-x', new Uint8Array(2), { signal: ended.signal });
      const whenAborted = expect(putting).rejects.toBe(reason);
      ended.abort(reason);
      await whenAborted;
      await expect(store.list('', { signal: ended.signal })).rejects.toBe(reason);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
    expect([2, 1000]).toContain((await store.get('a/1-x'))?.length);
  });

  it.each([{}, { pool: {} }, { connectionString: 'postgres://x', pool: { query: async () => ({ rows: [] }) } }])(
    'refuses the options %j',
    (options) => {
      expect(() => new PostgresSnapshotStore(options as never)).toThrow(ConfigError);
    },
  );
});
