import { Buffer } from 'node:buffer';
import * as z from 'zod';
import { orAborted } from '../../async/or-aborted.js';
import { PostgresTable, type PostgresPool } from '../../state/stores/postgres-table.js';
import { checkSnapshotName, checkSnapshotPrefix } from './snapshot-name.js';
import type { SnapshotStore } from './snapshot-store.js';

/** Options of {@link PostgresSnapshotStore}: a pool of yours, or a connection string. */
export interface PostgresSnapshotStoreOptions {
  /** A `Pool` of the package `pg`; stays yours to end. */
  readonly pool?: PostgresPool | undefined;
  /** `postgres://…`; needs the package `pg`. */
  readonly connectionString?: string | undefined;
  /** Where the table is. @default the first schema of the search path */
  readonly schema?: string | undefined;
  /** The table; made when it is missing. @default "snowmelt_snapshots" */
  readonly table?: string | undefined;
}

const NAME = 'PostgresSnapshotStore';
const TABLE = {
  what: 'snapshot',
  name: 'snowmelt_snapshots',
  // By bytes, so that the primary key serves prefixes too.
  columns:
    'name text COLLATE "C" PRIMARY KEY, bytes bytea NOT NULL, changed_at timestamptz NOT NULL DEFAULT clock_timestamp()',
  code: 'SNAPSHOT_UNAVAILABLE',
} as const;

const found = z.tuple([z.object({ bytes: z.custom<Uint8Array>((value) => ArrayBuffer.isView(value)) })]);
const names = z.array(z.object({ name: z.string() }));

/** Keeps snapshots in a table of PostgreSQL, one row per object. */
export class PostgresSnapshotStore implements SnapshotStore {
  /** See {@link SnapshotStore.name}. */
  readonly name: string;
  readonly #table: PostgresTable;

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(options: PostgresSnapshotStoreOptions) {
    this.#table = new PostgresTable(NAME, TABLE, options);
    this.name = `PostgreSQL table ${this.#table.name}`;
  }

  /** See {@link SnapshotStore.put}. */
  readonly put: SnapshotStore['put'] = async (name, bytes, { signal } = {}) => {
    checkSnapshotName(NAME, name);
    await this.#query(
      `INSERT INTO ${this.#table.name} (name, bytes) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes, changed_at = clock_timestamp()`,
      // A call that ends early leaves a statement behind that still reads them.
      [name, Buffer.from(bytes)],
      signal,
    );
  };

  /** See {@link SnapshotStore.get}. */
  readonly get: SnapshotStore['get'] = async (name, { signal } = {}) => {
    checkSnapshotName(NAME, name);
    const rows = await this.#query(`SELECT bytes FROM ${this.#table.name} WHERE name = $1`, [name], signal);
    return rows.length === 0 ? undefined : found.parse(rows)[0].bytes;
  };

  /** See {@link SnapshotStore.delete}. */
  readonly delete: SnapshotStore['delete'] = async (name, { signal } = {}) => {
    checkSnapshotName(NAME, name);
    await this.#query(`DELETE FROM ${this.#table.name} WHERE name = $1`, [name], signal);
  };

  /** See {@link SnapshotStore.list}. */
  readonly list: SnapshotStore['list'] = async (prefix, { signal } = {}) => {
    checkSnapshotPrefix(NAME, prefix);
    const text = `SELECT name FROM ${this.#table.name} WHERE starts_with(name, $1)`;
    return names.parse(await this.#query(text, [prefix], signal)).map(({ name }) => name);
  };

  /** Ends the pool made from a connection string; a pool of yours stays open. Idempotent. */
  readonly close = (): Promise<void> => this.#table.close();

  async #query(text: string, values: unknown[], signal: AbortSignal | undefined): Promise<unknown[]> {
    signal?.throwIfAborted();
    return orAborted(this.#table.query(text, values), signal);
  }
}
