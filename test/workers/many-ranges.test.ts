import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Sync, type StateStore } from 'snowmelt';
import { syncQueue } from 'snowmelt/bullmq';
import { RedisStateStore } from 'snowmelt/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSoak } from '../faults/long-form.js';
import { testRows } from '../sync/plug-ins.js';
import { setUp } from '../sync/set-up.js';
import { hasRedis, RedisServer } from './redis-server.js';

// As many ranges as a billion rows have at 50,000 a job. What a run costs beside its rows depends on nothing else.
const RANGES = isSoak ? 20_000 : 100;
const WORKERS = 4;
const MOST_JOBS = 20;

describe.skipIf(!hasRedis)('a run of very many ranges (skipped without redis-server on the PATH)', () => {
  let redis: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    redis = await RedisServer.start();
    client = new Redis(redis.port);
  });
  afterAll(async () => {
    client.disconnect();
    await redis.stop();
  });

  it(
    'has a small record, few jobs in the queue, and a fixed number of writes for each range',
    { timeout: 3_600_000 },
    async () => {
      const store = new RedisStateStore({ client });
      let writes = 0;
      let ownWrites = 0;
      let largest = 0;
      const counting: StateStore = {
        get: store.get,
        delete: store.delete,
        compareAndSet: (key, version, value) => {
          if (key === 'people') {
            writes += 1;
            largest = Math.max(largest, JSON.stringify(value).length);
          } else ownWrites += 1;
          return store.compareAndSet(key, version, value);
        },
      };
      const { options, source, sink } = setUp({ state: counting });
      source.rows = testRows(RANGES);
      source.batchSize = 1;
      const connection = { host: '127.0.0.1', port: redis.port };
      const queue = syncQueue({ connection, syncs: [new Sync(options)], rowsPerJob: 1, maxJobs: MOST_JOBS });
      const jobs = new Queue('snowmelt', { connection });
      jobs.on('error', () => undefined);
      let most = 0;
      let settled = 0;
      queue.on('range:settled', async () => {
        settled += 1;
        if (settled % 10 > 0) return;
        const { active = 0, prioritized = 0, delayed = 0 } = await jobs.getJobCounts();
        most = Math.max(most, active + prioritized + delayed);
      });
      void queue.work({ concurrency: WORKERS });
      const begunAt = performance.now();
      const report = await queue.run('people');
      const seconds = (performance.now() - begunAt) / 1000;
      expect(report).toMatchObject({ status: 'completed', rowsDelivered: RANGES });
      expect(sink.users.size).toBe(RANGES);
      const perRange = (writes + ownWrites) / RANGES;
      process.stdout.write(
        `${RANGES} ranges in ${seconds.toFixed(0)} s: record up to ${largest} characters, ${most} jobs at a time, ` +
          `${(writes / RANGES).toFixed(1)} writes of it and ${(ownWrites / RANGES).toFixed(1)} of others for each range\n`,
      );
      // Each worker may be stuck in a range, behind which others have got ahead by at most a wave: ten gaps.
      expect(largest).toBeLessThan(8_000);
      // A range that is settled adds its successor before it ends.
      expect(most).toBeLessThanOrEqual(MOST_JOBS + WORKERS);
      expect(perRange).toBeLessThan(16);
      await jobs.close();
      await queue.close();
    },
  );
});
