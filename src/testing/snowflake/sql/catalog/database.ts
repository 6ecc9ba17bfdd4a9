import { randomUUID } from 'node:crypto';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SnowflakeSqlError } from '../types/sql-engine.js';
import { exactFunction } from './exact-function.js';
import { MACROS } from './macros.js';
import { readJsonFunction } from './read-json-function.js';
import { loadPeer } from '../../../../options/load-peer.js';

/** What the engine uses of a DuckDB connection. */
export interface Connection {
  readonly run: (sql: string) => Promise<void>;
  /** Rows of text; numbers come as text too. */
  readonly texts: (sql: string) => Promise<(string | null)[][]>;
  readonly interrupt: () => void;
  readonly close: () => void;
}

/** An open DuckDB database. */
export interface Database {
  readonly connect: () => Promise<Connection>;
  readonly close: () => void;
}

/** Opens a database (in memory without a file) with the engine's macros. */
export async function openDatabase(file: string | undefined): Promise<Database> {
  const duckdb = await loadPeer('The embedded Snowflake', '@duckdb/node-api', () => import('@duckdb/node-api'));
  const instance = await duckdb.DuckDBInstance.create(file ?? ':memory:', {
    // DuckDB would take most of the machine's memory, and a test's Snowflake is rarely alone on it.
    memory_limit: '1GB',
    // Its default for a database in memory is a folder below the current one.
    temp_directory: join(tmpdir(), `snowmelt-${randomUUID()}`),
    threads: String(Math.min(4, availableParallelism())),
  });
  const registering = await instance.connect();
  registering.registerScalarFunction(readJsonFunction(duckdb));
  registering.registerScalarFunction(exactFunction(duckdb));
  registering.closeSync();
  const connect = async (): Promise<Connection> => {
    const connection = await instance.connect();
    await connection.run(`SET TimeZone = 'UTC'`);
    return {
      run: async (sql) => {
        await connection.run(sql);
      },
      texts: async (sql) => {
        const reader = await connection.runAndReadAll(sql);
        return reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
      },
      interrupt: () => connection.interrupt(),
      close: () => connection.closeSync(),
    };
  };
  const first = await connect();
  await first.run('DROP SCHEMA IF EXISTS temp_results CASCADE; CREATE SCHEMA temp_results');
  await first.run(MACROS.map((macro) => `CREATE OR REPLACE MACRO ${macro}`).join(';\n'));
  first.close();
  return { connect, close: () => instance.closeSync() };
}

/** A DuckDB failure in Snowflake's words. */
export function translateError(error: unknown): unknown {
  if (error instanceof SnowflakeSqlError || !(error instanceof Error)) return error;
  const own = /SF\|(\d+)\|(\w+)\|([\s\S]*)/.exec(error.message);
  if (own?.[1] !== undefined && own[2] !== undefined) return new SnowflakeSqlError(own[1], own[2], own[3] ?? '');
  const { message } = error;
  if (/must appear in the GROUP BY clause/i.test(message))
    return new SnowflakeSqlError(
      '000979',
      '42601',
      `SQL compilation error:\n[expression] is not a valid group by expression`,
    );
  if (/Overflow in|Could not cast value|Failed to cast decimal|is out of range/i.test(message))
    return new SnowflakeSqlError('100046', '22003', 'Number out of representable range');
  if (/NOT NULL constraint failed/i.test(message))
    return new SnowflakeSqlError('100072', '22000', 'NULL result in a non-nullable column');
  if (/scalar subquer(y|ies)/i.test(message) && /more than one row/i.test(message))
    return new SnowflakeSqlError('090150', '22000', 'Single-row subquery returns more than one row.');
  if (/Unknown TimeZone/i.test(message)) return new SnowflakeSqlError('100259', '22023', 'Unrecognized time zone');
  if (/Invalid Input Error.*(regex|invalid|missing)/i.test(message))
    return new SnowflakeSqlError('100048', '2201B', `Invalid regular expression`);
  // What is left is a gap of the translation, so it is named as such and never passed off as a result.
  return new SnowflakeSqlError(
    '000002',
    '0A000',
    `Unsupported feature: DuckDB refused the translation: ${message.split('\n')[0] ?? ''}`,
  );
}
