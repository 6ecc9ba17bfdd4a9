import { generateKeyPairSync } from 'node:crypto';
import { afterEach } from 'vitest';
import type { Source, ResultSet } from 'snowmelt';
import type { EmbeddedSnowflake, StartSnowflakeOptions } from 'snowmelt/testing';
import { parseSnowflakeOptions } from '../../src/testing/snowflake/server/snowflake-options.js';
import { startServer } from '../../src/testing/snowflake/start-server.js';
import { preparedEngine } from './prepared-engine.js';

/** Made once: a key takes longer than most tests. */
const keyPair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** The one user of these tests. */
export const users = [{ name: 'SNOWMELT', roles: ['ACCOUNTADMIN'], keyPair }];

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

/** Has a source or server closed after the test. */
export function closing<T extends { close(): Promise<void> }>(each: T): T {
  opened.push(each);
  return each;
}

/** The real protocol over prepared results, closed after the test. */
export async function startPrepared(options: StartSnowflakeOptions = {}): Promise<EmbeddedSnowflake> {
  return closing(
    await startServer(
      preparedEngine(),
      parseSnowflakeOptions({ resultChunkRows: 1000, resultInlineRows: 300, users, ...options }),
    ),
  );
}

/** A result of rows 0, 1, 2, … */
export function counting(source: Source, rowCount: number): Promise<ResultSet> {
  return source.execute({ sql: `SELECT ROWCOUNT => ${rowCount}`, binds: [] });
}

/** Reads all rows and checks that each comes once, in order. */
export async function readAll(result: ResultSet, signal?: AbortSignal): Promise<number> {
  let next = 0;
  for await (const { firstRow, rows } of result.read({ signal })) {
    if (firstRow !== next) throw new Error(`batch at ${firstRow} instead of ${next}`);
    for (const row of rows) {
      if (row[0] !== String(next)) throw new Error(`row ${next} is ${String(row[0])}`);
      next += 1;
    }
  }
  return next;
}
