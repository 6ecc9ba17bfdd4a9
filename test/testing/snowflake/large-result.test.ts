import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SnowflakeConnection } from '../../../src/testing/index.js';
import { buildChild } from '../../child/build-child.js';
import { login, snowflake } from './driver.js';
import { SqlApiClient } from './sql-api-client.js';

// A fifth of what the documentation promises, so that `npm test` stays quick; `npm run test:large` reads all of it.
const ROWS = Number(process.env['SNOWMELT_LARGE_ROWS'] ?? 200_000);
const SQL = 'SELECT * FROM LARGE';

let child: ChildProcess;
let connection: SnowflakeConnection;
let seedMs = 0;

beforeAll(async () => {
  child = fork(await buildChild('test/child/large-result-server.ts'), [String(ROWS)]);
  const [first] = (await once(child, 'message')) as [{ connection: SnowflakeConnection; seedMs: number }];
  ({ connection, seedMs } = first);
}, 180_000);
afterAll(async () => {
  child.send('close');
  await once(child, 'exit');
});

interface Chunk {
  readonly url: string;
  readonly rowCount: number;
}

/** Fetches a result as the driver does, four chunks at a time, but throws the bytes away. Gives rows per second. */
async function serve(): Promise<number> {
  const { accessUrl, account, username, warehouse, database } = connection;
  const post = async (path: string, body: object, token?: string): Promise<Record<string, never>> => {
    const response = await fetch(`${accessUrl}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Snowflake Token="${token}"` }),
      },
      body: JSON.stringify(body),
    });
    return ((await response.json()) as { data: Record<string, never> }).data;
  };
  const { token } = await post(`/session/v1/login-request?warehouse=${warehouse}&databaseName=${database}`, {
    data: {
      ACCOUNT_NAME: account,
      LOGIN_NAME: username,
      AUTHENTICATOR: 'SNOWFLAKE_JWT',
      TOKEN: SqlApiClient.token(connection),
    },
  });
  const answer = (await post('/queries/v1/query-request?requestId=large', { sqlText: SQL }, token)) as unknown as {
    readonly total: number;
    readonly chunks: readonly Chunk[];
    readonly chunkHeaders: Record<string, string>;
  };
  expect(answer.total).toBe(ROWS);
  const start = performance.now();
  const queue = [...answer.chunks];
  let rows = 0;
  const worker = async (): Promise<void> => {
    for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
      const { url, rowCount } = chunk;
      await new Promise<void>((resolve, reject) => {
        get(url, { headers: answer.chunkHeaders }, (response) => {
          expect(response.statusCode).toBe(200);
          response.on('end', resolve).on('error', reject).resume();
        }).on('error', reject);
      });
      rows += rowCount;
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return (rows / (performance.now() - start)) * 1000;
}

/** Reads the result with the official driver, every value of it. */
async function drive(): Promise<{ readonly rate: number; readonly rows: number; readonly sum: number }> {
  const options = { ...connection, authenticator: 'SNOWFLAKE_JWT' };
  const driver = await login(snowflake.createConnection(options));
  return new Promise((resolve, reject) => {
    driver.execute({
      sqlText: SQL,
      streamResult: true,
      complete: (error, statement) => {
        if (error) {
          reject(error);
          return;
        }
        const start = performance.now();
        let [rows, sum] = [0, 0];
        statement
          .streamRows()
          .on('error', reject)
          .on('data', (row: { ID: number }) => {
            rows += 1;
            sum += row.ID;
          })
          .on('end', () => resolve({ rate: (rows / (performance.now() - start)) * 1000, rows, sum }));
      },
    });
  });
}

test(
  'a large result is served in chunks, faster than the driver reads it, in bounded memory',
  { timeout: 400_000 },
  async () => {
    const served = await serve();
    const driven = await drive();
    expect([driven.rows, driven.sum]).toEqual([ROWS, (ROWS * (ROWS - 1)) / 2]);
    child.send('memory');
    const [{ peak, seeded }] = (await once(child, 'message')) as [{ peak: number; seeded: number }];
    const mb = (bytes: number): number => Math.round(bytes / 1e6);
    process.stdout.write(
      `${ROWS} rows × 10 columns: seeded in ${(seedMs / 1000).toFixed(1)} s; server alone ${Math.round(served)} rows/s, ` +
        `driver ${Math.round(driven.rate)} rows/s (${(served / driven.rate).toFixed(1)}×); server's memory ${mb(seeded)} MB seeded, ${mb(peak)} MB at most\n`,
    );
    // Two results of ROWS rows were kept and served; DuckDB may hold 1 GB and spills the rest.
    expect(mb(peak)).toBeLessThan(1300);
    expect(served).toBeGreaterThan(driven.rate);
  },
);
