import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { ConfigError, StateError, isSnowmeltError } from '../../errors/errors.js';
import type { BindValue, Source } from '../../source/source.js';
import { parseSyncState } from '../parse-sync-state.js';
import type { StateStore, StoredState } from '../state-store.js';
import { stateConflict } from './store-error.js';
import type { SyncState } from '../sync-state.js';

/** The columns of a Snowflake state table, for `CREATE TABLE`. Snowflake notes the primary key and does not enforce it. */
export const SNOWFLAKE_STATE_COLUMNS =
  'KEY VARCHAR NOT NULL PRIMARY KEY, VERSION NUMBER(38, 0) NOT NULL, VALUE VARCHAR NOT NULL';

/** Options of {@link SnowflakeStateStore}. */
export interface SnowflakeStateStoreOptions {
  /** A `SqlApiSource` or `SnowflakeSource`; stays yours to close. Its role may write the table (see `setupSql`). */
  readonly source: Source;
  /** `DB.SCHEMA.TABLE`; parts that are not plain names in double quotes. It has to exist. */
  readonly table: string;
  /** Shortest time between two writes of a run, milliseconds, at least 60,000. @default 60000 */
  readonly minWriteIntervalMs?: number | undefined;
}

const PART = '(?:[A-Za-z_][A-Za-z0-9_$]*|"(?:[^"\\0]|"")+")';
const shape = {
  source: z.custom<Source>(
    (value) => typeof value === 'object' && value !== null && 'execute' in value && 'now' in value,
    'must be a SqlApiSource or SnowflakeSource',
  ),
  table: z.string().regex(new RegExp(`^${PART}\\.${PART}\\.${PART}$`), 'must name a table as DB.SCHEMA.TABLE'),
  minWriteIntervalMs: z.number().min(60_000).default(60_000),
};

const HINT =
  'Check that the table exists and that the role may read and write it: `setupSql({ stateTable })` does both.';
const NOW = 'DATE_PART(EPOCH_MILLISECOND, CURRENT_TIMESTAMP())';
/** Of a record that does not exist. */
const NONE = 0;

/**
 * Keeps state in a table of Snowflake, for hosts that keep nothing else. It is the one part of snowmelt that writes to
 * Snowflake: INSERT, UPDATE and DELETE on this table. Its clock is Snowflake's.
 *
 * Each write starts the warehouse, so a run renews its lease and checkpoints once a minute at most. A conditional write
 * is one MERGE; Snowflake runs those on one table one after the other ("Transactions", Snowflake documentation).
 */
export class SnowflakeStateStore implements StateStore {
  /** See {@link StateStore.minWriteIntervalMs}. */
  readonly minWriteIntervalMs: number;
  /** As it was given: `DB.SCHEMA.TABLE`. */
  readonly table: string;
  readonly #source: Source;

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(options: SnowflakeStateStoreOptions) {
    const { source, table, minWriteIntervalMs } = checkOptions('SnowflakeStateStore', shape, options);
    this.#source = source;
    this.table = table;
    this.minWriteIntervalMs = minWriteIntervalMs;
  }

  /** See {@link StateStore.get}. */
  readonly get = async (key: string): Promise<StoredState | undefined> => {
    const found = await this.#rows(`SELECT VERSION, VALUE, ${NOW} FROM ${this.table} WHERE KEY = ?`, [key]);
    const [row] = found;
    if (row === undefined) return undefined;
    if (found.length > 1) throw this.#twice(key);
    return {
      version: Number(row[0]),
      value: parseSyncState(key, String(row[1]), this.#where),
      storeTime: Number(row[2]),
    };
  };

  /** See {@link StateStore.compareAndSet}. */
  readonly compareAndSet = async (
    key: string,
    expectedVersion: number | undefined,
    value: SyncState,
  ): Promise<StoredState> => {
    const json = JSON.stringify(value);
    const expected = expectedVersion ?? NONE;
    const changed = await this.#count(
      `MERGE INTO ${this.table} t USING (SELECT ? AS KEY, ?::NUMBER(38, 0) AS VERSION, ? AS VALUE) s ON t.KEY = s.KEY
WHEN MATCHED AND t.VERSION = s.VERSION THEN UPDATE SET VERSION = t.VERSION + 1, VALUE = s.VALUE
WHEN NOT MATCHED AND s.VERSION = ${NONE} THEN INSERT (KEY, VERSION, VALUE) VALUES (s.KEY, 1, s.VALUE)`,
      [key, expected, json],
    );
    if (changed === 0) throw stateConflict(key, expectedVersion);
    if (changed > 1) throw this.#twice(key);
    const storeTime = await this.#now();
    return { version: expected + 1, value: parseSyncState(key, json, this.#where), storeTime };
  };

  /** See {@link StateStore.delete}. */
  readonly delete = async (key: string, expectedVersion: number): Promise<void> => {
    const sql = `DELETE FROM ${this.table} WHERE KEY = ? AND VERSION = ?::NUMBER(38, 0)`;
    if ((await this.#count(sql, [key, expectedVersion])) === 0) throw stateConflict(key, expectedVersion);
  };

  get #where(): string {
    return `Snowflake table ${this.table}`;
  }

  /** Snowflake does not enforce primary keys, so a record that stands twice is found when it is read. */
  #twice(key: string): StateError {
    return new StateError('STATE_UNREADABLE', `The state of "${key}" stands more than once in ${this.#where}.`, {
      hint: 'Delete all but the row with the highest VERSION.',
      details: { key },
    });
  }

  /** A source's errors are of snowmelt too; here they mean that the store cannot be used. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      const reason = isSnowmeltError(error) ? error.code : error instanceof Error ? error.name : typeof error;
      // A refused login locks the user when it is tried again and again.
      const isFinal = isSnowmeltError(error) && 'retryable' in error && error.retryable === false;
      throw new StateError('STATE_UNAVAILABLE', `${this.#where} could not be read or written (${reason}).`, {
        hint: isSnowmeltError(error) && error.code !== 'SOURCE_SQL' ? error.hint : HINT,
        retryable: !isFinal,
        cause: error,
        details: { reason },
      });
    }
  }

  async #now(): Promise<number> {
    return this.#ask(async () => (await this.#source.now()).getTime());
  }

  /** How many rows a statement changed: its result has one row with a number per kind of change. */
  async #count(sql: string, binds: readonly BindValue[]): Promise<number> {
    const [counts = []] = await this.#rows(sql, binds);
    return counts.reduce<number>((sum, count) => sum + Number(count), 0);
  }

  async #rows(sql: string, binds: readonly BindValue[]): Promise<(readonly unknown[])[]> {
    return this.#ask(async () => {
      const result = await this.#source.execute({ sql, binds });
      const found: (readonly unknown[])[] = [];
      for await (const { rows } of result.read()) found.push(...rows);
      return found;
    });
  }
}
