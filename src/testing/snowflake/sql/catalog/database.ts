import { randomUUID } from 'node:crypto';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDbFailure } from './duckdb-failure.js';
import { exactFunction } from './exact-function.js';
import { MACROS } from './macros.js';
import { parseIpFunction } from './parse-ip-function.js';
import { readJsonFunction } from './read-json-function.js';
import { peerFault } from '../../../../options/peer-fault.js';

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
  const duckdb = await loadDuckDb();
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
  registering.registerScalarFunction(parseIpFunction(duckdb));
  registering.closeSync();
  const connect = async (): Promise<Connection> => {
    const connection = await instance.connect();
    await connection.run(`SET TimeZone = 'UTC'`);
    return {
      run: async (sql) => {
        await connection.run(sql).catch((error: unknown) => Promise.reject(new DuckDbFailure(sql, error)));
      },
      texts: async (sql) => {
        const reader = await connection
          .runAndReadAll(sql)
          .catch((error: unknown) => Promise.reject(new DuckDbFailure(sql, error)));
        return reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
      },
      interrupt: () => connection.interrupt(),
      close: () => connection.closeSync(),
    };
  };
  const first = await connect();
  await first.run(
    'DROP SCHEMA IF EXISTS temp_results CASCADE; CREATE SCHEMA temp_results; CREATE SEQUENCE IF NOT EXISTS sf_rows',
  );
  await first.run(MACROS.map((macro) => `CREATE OR REPLACE MACRO ${macro}`).join(';\n'));
  first.close();
  return { connect, close: () => instance.closeSync() };
}

async function loadDuckDb() {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    throw peerFault('The embedded Snowflake', '@duckdb/node-api', error);
  }
}
