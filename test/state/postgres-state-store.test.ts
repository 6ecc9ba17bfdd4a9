import pg from 'pg';
import { ConfigError, Sync } from 'snowmelt';
import { PostgresStateStore } from 'snowmelt/postgres';
import { testStateStore } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../../scripts/start-postgres.mjs';
import { setUp } from '../sync/set-up.js';

let server: Awaited<ReturnType<typeof startPostgres>>;
let pool: pg.Pool;
let connectionString: string;
let tables = 0;

beforeAll(async () => {
  server = await startPostgres();
  connectionString = server.url;
  pool = new pg.Pool({ connectionString, max: 16 });
  // Connections that the server ends when it stops.
  pool.on('error', () => undefined);
  await pool.query('CREATE SCHEMA "my ""etl"""');
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

testStateStore({
  describe,
  it,
  name: 'PostgresStateStore',
  create: () => {
    tables += 1;
    const table = `state_${tables}`;
    const schema = 'my "etl"';
    return {
      store: new PostgresStateStore({ pool, schema, table }),
      capabilities: {
        reopen: () => new PostgresStateStore({ pool, schema, table }),
        damage: async (key) => {
          await pool.query(`UPDATE "my ""etl"""."${table}" SET value = '{"schema":' WHERE key = $1`, [key]);
        },
      },
    };
  },
});

describe('PostgresStateStore', () => {
  it('keeps the state of a sync from a connection string and ends its own pool', async () => {
    const state = new PostgresStateStore({ connectionString });
    const { options } = setUp({ state });
    expect(await new Sync(options).run()).toMatchObject({ status: 'completed', rowsRead: 250 });
    await state.close();
    const { rows } = await pool.query('SELECT key, version FROM snowmelt_state');
    expect(rows).toMatchObject([{ key: 'people' }]);
  });

  it('creates its table once when many stores start at the same time', async () => {
    // PostgreSQL has several errors for it, each met only now and then.
    for (let race = 0; race < 20; race += 1) {
      const stores = Array.from({ length: 16 }, () => new PostgresStateStore({ pool, table: `raced_${race}` }));
      expect(await Promise.all(stores.map((store) => store.get('people')))).toEqual(Array(16).fill(undefined));
    }
  });

  it('says that a schema is missing, and that trying again will not make it', async () => {
    await expect(new PostgresStateStore({ pool, schema: 'nowhere' }).get('people')).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      retryable: false,
      details: { reason: '3F000' },
      hint: expect.stringContaining('schema') as string,
    });
  });

  it('says what is wrong without the password', async () => {
    const wrong = new PostgresStateStore({ connectionString: connectionString.replace(':password@', ':SECRET@') });
    const error = await wrong.get('people').catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'STATE_UNAVAILABLE',
      retryable: false,
      details: { reason: '28P01' },
      hint: expect.stringContaining('password'),
    });
    expect((error as Error).message).not.toContain('SECRET');
    await wrong.close();
  });

  it.each([{}, { pool: {} }, { connectionString: 'postgres://x', pool: { query: async () => ({ rows: [] }) } }])(
    'refuses the options %j',
    (options) => {
      expect(() => new PostgresStateStore(options as never)).toThrow(ConfigError);
    },
  );
});
