import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Sync, type RowMapper, type StateStore, type TrackMessage } from 'snowmelt';
import { syncQueue } from 'snowmelt/bullmq';
import { RedisStateStore } from 'snowmelt/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSoak } from '../faults/long-form.js';
import { FreeRows } from './free-rows.js';
import { testRows } from '../sync/plug-ins.js';
import { setUp } from '../sync/set-up.js';
import { hasRedis, RedisServer } from './redis-server.js';

// As many ranges as a billion rows have at 50,000 a job. What a run costs beside its rows depends on nothing else.
const RANGES = isSoak ? 20_000 : 100;
const WORKERS = 4;
const MOST_JOBS = 20;
const ROWS = isSoak ? 1_000_000_000 : 2_000_000;

/** Nothing is sent: what a row costs beside that is the same for every row. */
const skipAll: RowMapper<TrackMessage> = {
  callType: 'track',
  fingerprint: 'skip',
  bind: () => () => undefined,
  map: () => undefined,
};

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
      const { store: counting, counts } = counted(new RedisStateStore({ client }));
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
      const { writes, ownWrites, largest } = counts;
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

  it(
    'takes no more memory for a billion rows, cut as they are when nothing else is asked for',
    { timeout: 3_600_000 },
    async () => {
      await client.flushall();
      const { store, counts } = counted(new RedisStateStore({ client }));
      const parts = { state: store, source: new FreeRows(ROWS), mapper: skipAll, checkpoint: undefined };
      const { options } = setUp(parts);
      const connection = { host: '127.0.0.1', port: redis.port };
      const queue = syncQueue({ connection, syncs: [new Sync(options)] });
      const jobs = new Queue('snowmelt', { connection });
      jobs.on('error', () => undefined);
      const seen: { readonly inQueue: number; readonly redisMb: number; readonly rssMb: number }[] = [];
      const sizes = new Set<number>();
      queue.on('range:settled', async ({ from, to }) => {
        if (from > 0) sizes.add(to - from);
        const { active = 0, prioritized = 0, delayed = 0 } = await jobs.getJobCounts();
        const [, used = '0'] = /used_memory:(\d+)/.exec(await client.info('memory')) ?? [];
        const rssMb = process.memoryUsage.rss() / 2 ** 20;
        seen.push({ inQueue: active + prioritized + delayed, redisMb: Number(used) / 2 ** 20, rssMb });
      });
      void queue.work({ concurrency: WORKERS });
      const begunAt = performance.now();
      const report = await queue.run('people');
      const seconds = (performance.now() - begunAt) / 1000;
      expect(report).toMatchObject({ status: 'completed', rowsRead: ROWS, rowsSkipped: ROWS });
      await queue.close();
      await jobs.close();
      const most = (of: 'inQueue' | 'redisMb' | 'rssMb', among = seen): number => Math.max(...among.map((e) => e[of]));
      const early = seen.slice(0, Math.ceil(seen.length / 10));
      const { writes, ownWrites, largest } = counts;
      process.stdout.write(
        `${ROWS} rows in ${seen.length} ranges of ${Math.max(...sizes)}, ${seconds.toFixed(0)} s: record up to ${largest} ` +
          `characters, ${most('inQueue')} jobs at a time, Redis up to ${most('redisMb').toFixed(1)} MB, this process ` +
          `${most('rssMb', early).toFixed(0)} MB at first and ${most('rssMb').toFixed(0)} MB at most, ` +
          `${((writes + ownWrites) / seen.length).toFixed(1)} writes for each range\n`,
      );
      // As many as last a minute at the speed of the first rows, which is that of a real destination.
      if (isSoak) expect(seen.length).toBeGreaterThan(500);
      expect(largest).toBeLessThan(8_000);
      expect(most('inQueue')).toBeLessThanOrEqual(100 + WORKERS);
      expect(most('redisMb')).toBeLessThan(20);
      // The heap grows to its working size; rows that stayed would be many times this.
      expect(most('rssMb') - most('rssMb', early)).toBeLessThan(300);
    },
  );
});

interface WriteCounts {
  /** Of the record of the sync. */
  writes: number;
  /** Of the records of ranges. */
  ownWrites: number;
  /** Characters of the largest record of the sync. */
  largest: number;
}

function counted(store: StateStore): { readonly store: StateStore; readonly counts: WriteCounts } {
  const counts: WriteCounts = { writes: 0, ownWrites: 0, largest: 0 };
  const compareAndSet: StateStore['compareAndSet'] = (key, version, value) => {
    if (key === 'people') {
      counts.writes += 1;
      counts.largest = Math.max(counts.largest, JSON.stringify(value).length);
    } else counts.ownWrites += 1;
    return store.compareAndSet(key, version, value);
  };
  return { store: { get: store.get, delete: store.delete, compareAndSet }, counts };
}
