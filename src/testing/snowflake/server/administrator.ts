import { randomUUID } from 'node:crypto';
import type { ServerState } from './server-state.js';
import { seedFault, seedStatements, type SeedFile } from './seed-files.js';
import { splitStatements } from './start-statement.js';
import type { SessionContext } from '../sql/types/sql-engine.js';

/** Runs SQL as ACCOUNTADMIN inside the server, past protocol and faults. */
export class Administrator {
  readonly #state: ServerState;
  readonly #context: SessionContext;

  constructor(state: ServerState) {
    this.#state = state;
    this.#context = {
      sessionId: '0',
      account: state.settings.account.toUpperCase(),
      user: 'SNOWFLAKE',
      role: 'ACCOUNTADMIN',
      warehouse: state.settings.warehouses[0]?.toUpperCase(),
      database: undefined,
      schema: undefined,
      parameters: new Map(),
      lastQueryId: undefined,
    };
  }

  /** Creates the databases and runs the seed. */
  async prepare(seeds: readonly SeedFile[]): Promise<void> {
    const { databases, warehouses, seedSql, databaseFile } = this.#state.settings;
    for (const warehouse of warehouses) this.#state.engine.catalog.warehouses.add(warehouse.toUpperCase());
    for (const database of databases) await this.query(`CREATE DATABASE IF NOT EXISTS ${database}`);
    const [first] = databases;
    if (first !== undefined) await this.query(`USE SCHEMA ${first}.PUBLIC`);
    for (const sql of [seedSql].flat()) await this.query(sql);
    for (const { sql, where } of seeds.flatMap(seedStatements)) {
      try {
        await this.#run(sql);
      } catch (error) {
        throw seedFault(where, error, databaseFile !== undefined);
      }
    }
  }

  /** Runs one or more statements; the last one's rows by column name, every value as Snowflake's wire text. */
  async query(sql: string): Promise<Record<string, string | null>[]> {
    let rows: Record<string, string | null>[] = [];
    for (const statement of splitStatements(sql)) rows = await this.#run(statement);
    return rows;
  }

  async #run(sql: string): Promise<Record<string, string | null>[]> {
    const request = { sql, binds: [], queryId: randomUUID(), signal: new AbortController().signal };
    const result = await this.#state.engine.execute(this.#context, request);
    this.#context.lastQueryId = result.queryId;
    try {
      const rows = JSON.parse(`[${await result.rows(0, result.rowCount)}]`) as (string | null)[][];
      return rows.map((row) =>
        Object.fromEntries(result.columns.map(({ name }, column) => [name, row[column] ?? null])),
      );
    } finally {
      await result.release();
    }
  }
}
