import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { FileStateStore, identify, QueryTemplate, SqlApiSource, Sync } from 'snowmelt';
import { syncQueue } from 'snowmelt/bullmq';
import { CustomerIoSink } from 'snowmelt/customerio';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRedis, RedisServer } from '../workers/redis-server.js';
import { Written } from './written.js';

const TOKEN = 'planted-programmatic-access-token-4242';
const WRITE_KEY = 'planted-write-key-0815';
const VALUE = 'planted-value';
const PASSWORD = 'planted-password-2323';

describe.skipIf(!hasRedis)('a queue (skipped without redis-server on the PATH)', () => {
  let redis: RedisServer;
  let snowflake: EmbeddedSnowflake;
  let collector: Collector;
  let folder: string;
  beforeAll(async () => {
    redis = await RedisServer.start();
    collector = await startCollector({ check: false, writeKey: WRITE_KEY });
    folder = await mkdtemp(join(tmpdir(), 'snowmelt-planted-'));
    snowflake = await startSnowflake({
      users: [
        { name: 'READER', roles: ['ACCOUNTADMIN'], tokens: [{ type: 'PROGRAMMATIC_ACCESS_TOKEN', token: TOKEN }] },
      ],
      seedSql: `CREATE TABLE PEOPLE (ID VARCHAR); INSERT INTO PEOPLE VALUES ('${VALUE}-1'), ('${VALUE}-2'), ('${VALUE}-3')`,
    });
  });
  afterAll(async () => {
    await redis.stop();
    await collector.close();
    await snowflake.close();
    await rm(folder, { recursive: true, force: true });
  });

  const people = (written: Written) =>
    new Sync({
      name: 'people',
      source: new SqlApiSource(snowflake.tokenConnection({ user: 'READER', type: 'PROGRAMMATIC_ACCESS_TOKEN' })),
      query: new QueryTemplate('SELECT ID AS "userId" FROM PEOPLE'),
      mapper: identify(),
      sink: new CustomerIoSink({ endpoint: collector.endpoint, writeKey: WRITE_KEY }),
      state: new FileStateStore(folder),
      logger: written.logger,
    });

  it('has no key, token or value of a row in its jobs and reports', async () => {
    const written = new Written();
    const queue = syncQueue({ connection: { port: redis.port }, syncs: [people(written)], rowsPerJob: 1 });
    // Everything that is written to Redis, also what is gone at the end.
    const client = new Redis(redis.port);
    // Its own first commands are over: the monitor would take them for answers to its own.
    await client.ping();
    const monitor = await client.monitor();
    let commands = '';
    monitor.on('monitor', (_time: string, args: readonly string[]) => (commands += `${args.join(' ')}\n`));
    const working = queue.work({ concurrency: 2 });
    const report = await queue.run('people');
    expect(report).toMatchObject({ status: 'completed', rowsDelivered: 3 });
    await queue.close();
    await working;
    await expect.poll(() => commands).toContain(report.runId);
    monitor.disconnect();
    client.disconnect();
    written.add(commands);
    written.add(report);
    await written.addFiles(folder);
    written.expectNone([TOKEN, Buffer.from(TOKEN).toString('base64').slice(0, 40), WRITE_KEY, VALUE]);
  });

  it('says of a Redis that cannot be reached nothing of its password', async () => {
    const written = new Written();
    const connection = { port: 1, password: PASSWORD, username: 'reader', maxRetriesPerRequest: null };
    const queue = syncQueue({ connection, syncs: [people(written)] });
    const warned = new Promise<void>((resolve) => {
      queue.on('warning', (event) => {
        written.add(event);
        resolve();
      });
    });
    const ending = new AbortController();
    const run = queue.run('people', { signal: ending.signal }).catch((error: unknown) => {
      written.add(error);
    });
    await warned;
    ending.abort();
    await run;
    await queue.close();
    written.expectNone([PASSWORD]);
  });
});
