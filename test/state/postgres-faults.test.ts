import { readFile, writeFile } from 'node:fs/promises';
import pg from 'pg';
import { StateError, type SyncState } from 'snowmelt';
import { PostgresStateStore } from 'snowmelt/postgres';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPostgres } from '../../scripts/start-postgres.mjs';

const state: SyncState = { schema: 3, lastSyncTime: 0, fencingToken: 0, lastToken: 0, history: [] };
let server: Awaited<ReturnType<typeof startPostgres>>;
let pool: pg.Pool;

/** The connection of another user, with more in its address. */
const as = (user: string, rest = ''): string => `${server.url.replace('postgres:password', user)}${rest}`;

async function refusal(connectionString: string): Promise<StateError> {
  const store = new PostgresStateStore({ connectionString });
  const error: unknown = await store.compareAndSet('people', undefined, state).catch((thrown: unknown) => thrown);
  await store.close();
  expect(error).toBeInstanceOf(StateError);
  return error as StateError;
}

beforeAll(async () => {
  server = await startPostgres();
  pool = new pg.Pool({ connectionString: server.url });
  pool.on('error', () => undefined);
  await new PostgresStateStore({ pool }).get('people');
  for (const role of ['standby', 'stranger', 'encrypted', 'banned']) {
    await pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    if (role !== 'stranger') await pool.query(`GRANT ALL ON snowmelt_state TO ${role}`);
  }
  await pool.query('ALTER ROLE standby SET default_transaction_read_only = on');
  const { rows } = await pool.query<{ hba_file: string }>('SHOW hba_file');
  const file = rows[0]?.hba_file ?? '';
  const rules = (await readFile(file, 'utf8')).split('\n').filter((line) => !/^host\s+all/.test(line));
  const hosts = ['host all banned all reject', 'hostssl all encrypted all scram-sha-256'];
  for (const role of ['postgres', 'standby', 'stranger']) hosts.push(`host all ${role} all scram-sha-256`);
  await writeFile(file, [...rules, ...hosts, ''].join('\n'));
  await pool.query('SELECT pg_reload_conf()');
  // Read by the server's main process, whenever it gets to it.
  await vi.waitFor(
    async () => {
      expect((await refusal(as('banned:secret'))).details).toEqual({ reason: 'refused by pg_hba.conf' });
    },
    { timeout: 40_000, interval: 100 },
  );
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

describe('what PostgreSQL refuses for good fails at once, with the cure', () => {
  it.each([
    ['no password', 'postgres', '', 'no password', 'environment variable'],
    ['no TLS where it is wanted', 'encrypted:secret', '', 'TLS wanted', 'sslmode=require'],
    ['a user that is not let in', 'banned:secret', '', 'refused by pg_hba.conf', 'pg_hba.conf'],
    ['TLS where there is none', 'postgres:password', '?sslmode=require', 'no TLS', 'sslmode=disable'],
    ['a server that takes no writes', 'standby:secret', '', '25006', 'primary'],
    ['a role without rights', 'stranger:secret', '', '42501', 'GRANT'],
    ['a wrong password', 'postgres:other', '', '28P01', 'password'],
    ['a database that is not there', 'postgres:password', 'x', '3D000', 'database'],
  ])('%s', async (_what, user, rest, reason, hint) => {
    const error = await refusal(as(user, rest));
    expect(error).toMatchObject({ code: 'STATE_UNAVAILABLE', retryable: false, details: { reason } });
    expect(error.hint).toContain(hint);
    expect(error.message).not.toContain('secret');
  });

  it('an address whose password breaks it', async () => {
    const error = await refusal('postgres://user:pass/word@[host:5432/db');
    expect(error).toMatchObject({ retryable: false, details: { reason: 'ERR_INVALID_URL' } });
    expect(error.hint).toContain('encodeURIComponent');
  });

  it('a pool that was ended', async () => {
    const ended = new pg.Pool({ connectionString: server.url });
    await ended.end();
    await expect(new PostgresStateStore({ pool: ended }).get('people')).rejects.toMatchObject({
      retryable: false,
      hint: expect.stringContaining('ended before') as string,
    });
  });

  it('a table of that name with other columns', async () => {
    await pool.query('CREATE TABLE other (key text, data text)');
    await expect(new PostgresStateStore({ pool, table: 'other' }).get('people')).rejects.toMatchObject({
      retryable: false,
      details: { reason: '42703' },
      hint: expect.stringContaining('`table`') as string,
    });
  });

  it('what may pass is tried again', async () => {
    await pool.query('ALTER ROLE standby CONNECTION LIMIT 0');
    const error = await refusal(as('standby:secret'));
    expect(error).toMatchObject({ retryable: true, details: { reason: '53300' } });
    expect(error.hint).toContain('`max`');
  });
});
