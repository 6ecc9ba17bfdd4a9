import * as z from 'zod';
import { codeOf } from '../../errors/code-of.js';
import { ConfigError, type ErrorCode } from '../../errors/errors.js';
import { checkOptions } from '../../options/check-options.js';
import { peerFault } from '../../options/peer-fault.js';
import { withMethod } from '../../options/option-checks.js';
import { postgresErrors } from './postgres-errors.js';
import { storeCall } from './store-error.js';

/** What a store needs of a `pg` pool. */
export interface PostgresPool {
  /** Runs one statement. */
  readonly query: (text: string, values?: unknown[]) => Promise<{ readonly rows: unknown[] }>;
}

/** A table that a store makes for itself. */
export interface TableOfStore {
  /** What it holds, as errors say it. */
  readonly what: string;
  /** Its name unless the options give one. */
  readonly name: string;
  readonly columns: string;
  /** Of its failures. */
  readonly code: ErrorCode;
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

/** A connection that hangs counts as broken after these, so that hung ones do not use up the pool. */
const CONNECT_MS = 10_000;
const QUERY_MS = 60_000;

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** A table of PostgreSQL, made when it is first used, over a pool of the host's or over one of its own. */
export class PostgresTable {
  /** Quoted, with its schema. */
  readonly name: string;
  readonly #owner: string;
  readonly #about: TableOfStore;
  readonly #pool: PostgresPool | undefined;
  readonly #connectionString: string | undefined;
  #own: Promise<OwnPool> | undefined;
  #exists = false;

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(owner: string, about: TableOfStore, options: unknown) {
    const { pool, connectionString, schema, table = about.name } = checkOptions(owner, shape, options);
    if ((pool === undefined) === (connectionString === undefined)) {
      throw new ConfigError('CONFIG_INVALID', `${owner}: give either \`pool\` or \`connectionString\`.`, {
        hint: `Write new ${owner}({ pool: new pg.Pool() }). Is the environment variable of \`connectionString\` set?`,
      });
    }
    this.#owner = owner;
    this.#about = about;
    this.#pool = pool;
    this.#connectionString = connectionString;
    this.name = schema === undefined ? quote(table) : `${quote(schema)}.${quote(table)}`;
  }

  /** Runs one statement and gives its rows. @throws StateError with the code of the table's failures */
  async query(text: string, values: unknown[]): Promise<unknown[]> {
    return storeCall(postgresErrors(`The ${this.#about.what} table ${this.name}`, this.#about.code), async () => {
      const pool = this.#pool ?? (await (this.#own ??= this.#connect()));
      // Each call looks until one has found the table: one that hangs holds up no other.
      if (!this.#exists) await this.#make(pool);
      return (await pool.query(text, values)).rows;
    });
  }

  /** Ends the pool made from a connection string; a pool of the host's stays open. */
  async close(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    await (await own)?.end();
  }

  async #make(pool: PostgresPool): Promise<void> {
    // Looked up first: CREATE TABLE IF NOT EXISTS asks for the right to create even where the table exists.
    const { rows } = await pool.query('SELECT to_regclass($1) IS NOT NULL AS exists', [this.name]);
    this.#exists = z.object({ exists: z.boolean() }).parse(rows[0]).exists;
    if (this.#exists) return;
    try {
      await pool.query(`CREATE TABLE IF NOT EXISTS ${this.name} (${this.#about.columns})`);
    } catch (error) {
      // Two processes that create it at once: the slower one meets the other's entry in the catalogue, as a unique
      // violation, a duplicate table or a duplicate object ("PostgreSQL Error Codes", postgresql.org).
      const code = codeOf(error);
      if (code !== '23505' && code !== '42P07' && code !== '42710') throw error;
    }
    this.#exists = true;
  }

  async #connect(): Promise<OwnPool> {
    const { default: pg } = await loadPg(this.#owner);
    const pool = new pg.Pool({
      connectionString: this.#connectionString,
      max: 4,
      query_timeout: QUERY_MS,
      connectionTimeoutMillis: CONNECT_MS,
    });
    // A broken idle connection is replaced at the next query; without a listener it would end the process.
    pool.on('error', () => undefined);
    return pool;
  }
}

async function loadPg(owner: string) {
  try {
    return await import('pg');
  } catch (error) {
    throw peerFault(owner, 'pg', error);
  }
}
