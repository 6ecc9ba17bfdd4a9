import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { codeOf } from '../../errors/code-of.js';
import { ConfigError } from '../../errors/errors.js';
import { loadPeer } from '../../options/load-peer.js';
import { withMethod } from '../../options/option-checks.js';
import { parseSyncState } from '../parse-sync-state.js';
import type { StateStore, StoredState } from '../state-store.js';
import { stateConflict, storeCall, type StoreErrors } from './store-error.js';
import type { SyncState } from '../sync-state.js';

/** What the store needs of a `pg` pool. */
export interface PostgresPool {
  /** Runs one statement. */
  readonly query: (text: string, values?: unknown[]) => Promise<{ readonly rows: unknown[] }>;
}

/** Options of {@link PostgresStateStore}: a pool of yours, or a connection string. */
export interface PostgresStateStoreOptions {
  /** A `Pool` of the package `pg`; stays yours to end. */
  readonly pool?: PostgresPool | undefined;
  /** `postgres://…`; needs the package `pg`. */
  readonly connectionString?: string | undefined;
  /** Where the table is. @default the first schema of the search path */
  readonly schema?: string | undefined;
  /** The table; made when it is missing. @default "snowmelt_state" */
  readonly table?: string | undefined;
}

interface OwnPool extends PostgresPool {
  readonly end: () => Promise<void>;
}

const shape = {
  pool: withMethod<PostgresPool>('query', 'expected a Pool of the package pg').optional(),
  connectionString: z
    .string()
    .optional()
    .transform((text) => (text === '' ? undefined : text)),
  schema: z.string().min(1).optional(),
  table: z.string().min(1).optional(),
};

const row = z.object({ version: z.number(), value: z.string(), now: z.number() });
const written = z.object({ version: z.number(), now: z.number() });

// Not now(): that is the start of the transaction (PostgreSQL documentation, "Date/Time Functions").
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now';

/** Classes of SQLSTATE that the same try meets again ("PostgreSQL Error Codes", postgresql.org), and what to do. */
const FINAL: Readonly<Record<string, string>> = {
  '28': 'Check user and password of the connection.',
  '3D': 'Create the database, or name another one in the connection.',
  '3F': 'Create the schema, or name another one in `schema`.',
  '42': 'The role has to read, write and create the table: GRANT it, or create the table beforehand.',
};

function postgresErrors(table: string): StoreErrors {
  return {
    store: `The state table ${table}`,
    isFinal: (reason) => /^[0-9A-Z]{5}$/.test(reason) && reason.slice(0, 2) in FINAL,
    hint: (reason) => FINAL[reason.slice(0, 2)] ?? 'Check that PostgreSQL can be reached.',
  };
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** Keeps state in a table of PostgreSQL. Its clock is the database's. */
export class PostgresStateStore implements StateStore {
  readonly #options: PostgresStateStoreOptions;
  readonly #table: string;
  #own: OwnPool | undefined;
  #ready: Promise<PostgresPool> | undefined;

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(options: PostgresStateStoreOptions) {
    const {
      pool,
      connectionString,
      schema,
      table = 'snowmelt_state',
    } = checkOptions('PostgresStateStore', shape, options);
    if ((pool === undefined) === (connectionString === undefined)) {
      throw new ConfigError('CONFIG_INVALID', 'PostgresStateStore: give either `pool` or `connectionString`.', {
        hint: 'Write new PostgresStateStore({ pool: new pg.Pool() }). Is the environment variable of `connectionString` set?',
      });
    }
    this.#options = options;
    this.#table = schema === undefined ? quote(table) : `${quote(schema)}.${quote(table)}`;
  }

  /** See {@link StateStore.get}. */
  readonly get = async (key: string): Promise<StoredState | undefined> => {
    const text = `SELECT version::float8 AS version, value, ${NOW} FROM ${this.#table} WHERE key = $1`;
    const [found] = await this.#query(text, [key]);
    if (found === undefined) return undefined;
    const { version, value, now } = row.parse(found);
    return { version, value: parseSyncState(key, value, `PostgreSQL table ${this.#table}`), storeTime: now };
  };

  /** See {@link StateStore.compareAndSet}. */
  readonly compareAndSet = async (
    key: string,
    expectedVersion: number | undefined,
    value: SyncState,
  ): Promise<StoredState> => {
    const json = JSON.stringify(value);
    const returning = `RETURNING version::float8 AS version, ${NOW}`;
    const [done] =
      expectedVersion === undefined
        ? await this.#query(
            `INSERT INTO ${this.#table} (key, version, value) VALUES ($1, 1, $2) ON CONFLICT (key) DO NOTHING ${returning}`,
            [key, json],
          )
        : await this.#query(
            `UPDATE ${this.#table} SET version = version + 1, value = $2, changed_at = clock_timestamp() WHERE key = $1 AND version = $3 ${returning}`,
            [key, json, expectedVersion],
          );
    if (done === undefined) throw stateConflict(key, expectedVersion);
    const { version, now } = written.parse(done);
    return { version, value: parseSyncState(key, json, `PostgreSQL table ${this.#table}`), storeTime: now };
  };

  /** See {@link StateStore.delete}. */
  readonly delete = async (key: string, expectedVersion: number): Promise<void> => {
    const text = `DELETE FROM ${this.#table} WHERE key = $1 AND version = $2 RETURNING key`;
    const [done] = await this.#query(text, [key, expectedVersion]);
    if (done === undefined) throw stateConflict(key, expectedVersion);
  };

  /** Ends the pool made from a connection string; a pool of yours stays open. */
  readonly close = async (): Promise<void> => {
    const own = this.#own;
    this.#own = undefined;
    this.#ready = undefined;
    await own?.end();
  };

  async #query(text: string, values: unknown[]): Promise<unknown[]> {
    return storeCall(postgresErrors(this.#table), async () => {
      this.#ready ??= this.#prepare();
      let pool: PostgresPool;
      try {
        pool = await this.#ready;
      } catch (error) {
        this.#ready = undefined;
        throw error;
      }
      return (await pool.query(text, values)).rows;
    });
  }

  async #prepare(): Promise<PostgresPool> {
    const pool = this.#options.pool ?? (this.#own ??= await this.#connect());
    // Looked up first: CREATE TABLE IF NOT EXISTS asks for the right to create even where the table exists.
    const { rows } = await pool.query('SELECT to_regclass($1) IS NOT NULL AS exists', [this.#table]);
    if (z.object({ exists: z.boolean() }).parse(rows[0]).exists) return pool;
    try {
      await pool.query(
        `CREATE TABLE IF NOT EXISTS ${this.#table} (key text PRIMARY KEY, version bigint NOT NULL, value text NOT NULL, changed_at timestamptz NOT NULL DEFAULT clock_timestamp())`,
      );
    } catch (error) {
      // Two processes that create it at once: the slower one meets the other's entry in the catalogue, as a unique
      // violation, a duplicate table or a duplicate object ("PostgreSQL Error Codes", postgresql.org).
      const code = codeOf(error);
      if (code !== '23505' && code !== '42P07' && code !== '42710') throw error;
    }
    return pool;
  }

  async #connect(): Promise<OwnPool> {
    const pg = await loadPeer('PostgresStateStore', 'pg', () => import('pg'));
    const pool = new pg.default.Pool({ connectionString: this.#options.connectionString, max: 4 });
    // A broken idle connection is replaced at the next query; without a listener it would end the process.
    pool.on('error', () => undefined);
    return pool;
  }
}
