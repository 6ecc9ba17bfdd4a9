import * as z from 'zod';
import { parseSyncState } from '../parse-sync-state.js';
import type { StateStore, StoredState } from '../state-store.js';
import { PostgresTable, type PostgresPool } from './postgres-table.js';
import { stateConflict } from './store-error.js';
import type { SyncState } from '../sync-state.js';

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

const TABLE = {
  what: 'state',
  name: 'snowmelt_state',
  columns:
    'key text PRIMARY KEY, version bigint NOT NULL, value text NOT NULL, changed_at timestamptz NOT NULL DEFAULT clock_timestamp()',
  code: 'STATE_UNAVAILABLE',
} as const;

const row = z.object({ version: z.number(), value: z.string(), now: z.number() });
const written = z.object({ version: z.number(), now: z.number() });

// Not now(): that is the start of the transaction (PostgreSQL documentation, "Date/Time Functions").
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now';

/** Keeps state in a table of PostgreSQL. Its clock is the database's. */
export class PostgresStateStore implements StateStore {
  readonly #table: PostgresTable;

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(options: PostgresStateStoreOptions) {
    this.#table = new PostgresTable('PostgresStateStore', TABLE, options);
  }

  /** See {@link StateStore.get}. */
  readonly get = async (key: string): Promise<StoredState | undefined> => {
    const text = `SELECT version::float8 AS version, value, ${NOW} FROM ${this.#table.name} WHERE key = $1`;
    const [found] = await this.#table.query(text, [key]);
    if (found === undefined) return undefined;
    const { version, value, now } = row.parse(found);
    return { version, value: parseSyncState(key, value, `PostgreSQL table ${this.#table.name}`), storeTime: now };
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
        ? await this.#table.query(
            `INSERT INTO ${this.#table.name} (key, version, value) VALUES ($1, 1, $2) ON CONFLICT (key) DO NOTHING ${returning}`,
            [key, json],
          )
        : await this.#table.query(
            `UPDATE ${this.#table.name} SET version = version + 1, value = $2, changed_at = clock_timestamp() WHERE key = $1 AND version = $3 ${returning}`,
            [key, json, expectedVersion],
          );
    if (done === undefined) throw stateConflict(key, expectedVersion);
    const { version, now } = written.parse(done);
    return { version, value: parseSyncState(key, json, `PostgreSQL table ${this.#table.name}`), storeTime: now };
  };

  /** See {@link StateStore.delete}. */
  readonly delete = async (key: string, expectedVersion: number): Promise<void> => {
    const text = `DELETE FROM ${this.#table.name} WHERE key = $1 AND version = $2 RETURNING key`;
    const [done] = await this.#table.query(text, [key, expectedVersion]);
    if (done === undefined) throw stateConflict(key, expectedVersion);
  };

  /** Ends the pool made from a connection string; a pool of yours stays open. */
  readonly close = (): Promise<void> => this.#table.close();
}
