import { startPostgres } from '../../scripts/start-postgres.mjs';
import type { SyncQueueOptions } from 'snowmelt/bullmq';
import { hasRedis, RedisServer } from './redis-server.js';

/** Where the queue of a test is. */
export interface QueuePlace {
  readonly where: Pick<SyncQueueOptions, 'connection' | 'postgres'>;
  readonly redis?: RedisServer;
  readonly stop: () => Promise<void>;
}

async function onRedis(): Promise<QueuePlace> {
  const redis = await RedisServer.start();
  return { where: { connection: { host: '127.0.0.1', port: redis.port } }, redis, stop: () => redis.stop() };
}

async function onPostgres(): Promise<QueuePlace> {
  const { url, stop } = await startPostgres();
  return { where: { postgres: { connectionString: url } }, stop };
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
