import snowflake, {
  type Connection,
  type ConnectionOptions,
  type RowStatement,
  type StatementOption,
  type StreamOptions,
} from 'snowflake-sdk';
import type { ConnectionWish, EmbeddedSnowflake } from '../../../src/testing/snowflake/start-server.js';

snowflake.configure({ logLevel: 'OFF' });

export { snowflake };
export type { Connection };

/** What the driver's types don't list, but the driver takes. */
export type Extra = Partial<ConnectionOptions> & { readonly sfRetryMaxLoginRetries?: number };

/** The driver's options for a server. */
export function driverOptions(server: EmbeddedSnowflake, wish: ConnectionWish = {}, extra: Extra = {}) {
  return { ...server.connection(wish), authenticator: 'SNOWFLAKE_JWT', sfRetryMaxLoginRetries: 1, ...extra };
}

/** A connection of the official driver, logged in. Rejects with the driver's error. */
export function connect(server: EmbeddedSnowflake, wish: ConnectionWish = {}, extra: Extra = {}): Promise<Connection> {
  return login(snowflake.createConnection(driverOptions(server, wish, extra)));
}

/** Logs a connection in. */
export function login(connection: Connection): Promise<Connection> {
  return new Promise((resolve, reject) => {
    connection.connect((error) => {
      if (error === undefined || (error as unknown) === null) resolve(connection);
      else reject(error);
    });
  });
}

/** Runs a statement to its end. */
export function execute(
  connection: Connection,
  sqlText: string,
  options: Partial<StatementOption> = {},
): Promise<{ readonly rows: Record<string, unknown>[]; readonly statement: RowStatement }> {
  return new Promise((resolve, reject) => {
    connection.execute({
      ...options,
      sqlText,
      complete: (error, statement, rows) => {
        if (error) reject(error);
        else resolve({ rows: (rows ?? []) as Record<string, unknown>[], statement: statement });
      },
    });
  });
}

/** Re-opens a result by its query id. */
export function fetchResult(
  connection: Connection,
  queryId: string,
  streamResult = false,
): Promise<{ readonly rows: Record<string, unknown>[]; readonly statement: RowStatement }> {
  return new Promise((resolve, reject) => {
    connection.fetchResult({
      queryId,
      streamResult,
      complete: (error: unknown, statement: unknown, rows: unknown) => {
        if (error instanceof Error) reject(error);
        else resolve({ rows: (rows ?? []) as Record<string, unknown>[], statement: statement as RowStatement });
      },
    });
  });
}

/** The rows of a stream. */
export async function collect(statement: RowStatement, range: StreamOptions = {}): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const row of statement.streamRows(range)) rows.push(row as Record<string, unknown>);
  return rows;
}

/** Rows as SQL. */
export function numbers(count: number): string {
  return `SELECT SEQ4() AS N, 'row ' || SEQ4() AS T FROM TABLE(GENERATOR(ROWCOUNT => ${count}))`;
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<Error & { code?: unknown; sqlState?: unknown }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a rejection');
}
