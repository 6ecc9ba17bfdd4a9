import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgresBackend } from 'bullmq';
import type { SyncQueueOptions } from 'snowmelt/bullmq';
import { startPostgres } from '../../scripts/start-postgres.mjs';
import { PostgresProcesses } from './postgres-processes.js';
import { hasRedis, RedisServer } from './redis-server.js';

/** Where the queue of a test is. */
export interface QueuePlace {
  readonly where: Pick<SyncQueueOptions, 'connection' | 'postgres'>;
  /** What BullMQ's own classes are given. */
  readonly bare: (name: string) => { readonly name: string; readonly connection: object; readonly factory: undefined };
  readonly redis?: RedisServer;
  readonly url?: string;
  /** It takes connections, and says nothing until it is thawed. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** For files of the test. */
  readonly folder: string;
  readonly stop: () => Promise<void>;
}

async function onRedis(): Promise<QueuePlace> {
  const redis = await RedisServer.start();
  const folder = await mkdtemp(join(tmpdir(), 'snowmelt-queue-'));
  const connection = { host: '127.0.0.1', port: redis.port };
  return {
    where: { connection },
    bare: (name) => ({ name, connection, factory: undefined }),
    redis,
    freeze: () => redis.freeze(),
    thaw: () => redis.thaw(),
    folder,
    stop: async () => {
      await redis.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function onPostgres(): Promise<QueuePlace> {
  const { url, stop } = await startPostgres();
  const processes = await PostgresProcesses.of(url);
  const folder = await mkdtemp(join(tmpdir(), 'snowmelt-queue-'));
  return {
    where: { postgres: { connectionString: url } },
    bare: (name) => ({
      name,
      connection: { connectionString: url, migrate: true },
      factory: createPostgresBackend as unknown as undefined,
    }),
    url,
    freeze: () => processes.freeze(),
    thaw: () => processes.thaw(),
    folder,
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Both backends of BullMQ; Redis is skipped where there is no `redis-server`. */
export const backends: readonly {
  readonly name: string;
  readonly isHere: boolean;
  readonly start: () => Promise<QueuePlace>;
}[] = [
  { name: 'Redis (skipped without redis-server on the PATH)', isHere: hasRedis, start: onRedis },
  { name: 'PostgreSQL', isHere: true, start: onPostgres },
];
