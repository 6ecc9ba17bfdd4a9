import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { FileStateStore, identify, QueryTemplate, semanticEvents, SnowflakeSource, SqlApiSource, Sync } from 'snowmelt';
import type { IdentifyMessage, RunReport, Source } from 'snowmelt';
import { syncQueue } from 'snowmelt/bullmq';
import { CustomerIoSink } from 'snowmelt/customerio';
import { FileSnapshotStore, snapshotDiff } from 'snowmelt/diff';
import type { SnowflakeConnection } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectorHarms, harm, snowflakeHarms } from '../faults/harms.js';
import { isSoak } from '../faults/long-form.js';
import { startPeople, type People } from '../faults/people.js';
import { hasRedis, RedisServer } from '../workers/redis-server.js';
import { planted, WRITE_KEY } from './planted.js';
import { Written } from './written.js';

const ROWS = 400;
/** A scheduler would go on for ever. */
const RUNS = 8;
const open: Readonly<Record<string, (connection: SnowflakeConnection) => Source>> = {
  'the driver': (connection) => new SnowflakeSource({ ...connection, stallTimeoutMs: 1_000, batchRows: 50 }),
  'the SQL API': (connection) => new SqlApiSource({ ...connection, requestTimeoutMs: 1_000, batchRows: 50 }),
};

describe.skipIf(!hasRedis)('a mirror in a queue (skipped without redis-server on the PATH)', () => {
  let redis: RedisServer;
  let people: People;
  let folder: string;
  beforeAll(async () => {
    redis = await RedisServer.start();
    folder = await mkdtemp(join(tmpdir(), 'snowmelt-planted-'));
    people = await startPeople(ROWS, {
      snowflake: { resultChunkRows: ROWS / 5, resultInlineRows: ROWS / 20 },
      collector: { writeKey: WRITE_KEY },
    });
  });
  afterAll(async () => {
    await redis.stop();
    await people.close();
    await rm(folder, { recursive: true });
  });

  const toHarms = Object.keys(collectorHarms);
  // Each fault over both sources in the long form, over one of them in the short one.
  const pairs = Object.entries(snowflakeHarms).flatMap(([from, fault], at) => {
    const to = toHarms[at % toHarms.length] ?? '';
    const turn = fault.isSlow === true ? 1 : at % 2;
    const names = Object.keys(open).filter((_, i) => (fault.onlyDriver === true ? i === 0 : isSoak || i === turn));
    return names.map((name) => ({ name, from, fault, to }));
  });

  it('is tried with every fault of the destination', () => {
    expect(new Set(pairs.map(({ to }) => to))).toEqual(new Set(toHarms));
  });

  it.each(pairs)(
    'shows no secret in its handle, jobs, state and snapshot when over $name Snowflake $from and the destination $to',
    { timeout: 300_000 },
    async ({ name, from, fault, to }) => {
      const { snowflake, collector } = people;
      const written = new Written();
      const place = join(folder, `${name} ${from}`);
      const source = open[name]!(snowflake.connection());
      const sync = new Sync<IdentifyMessage>({
        name: 'people',
        source,
        query: new QueryTemplate('SELECT EMAIL AS "userId" FROM PEOPLE'),
        mapper: identify(),
        sink: new CustomerIoSink({
          endpoint: collector.endpoint,
          writeKey: WRITE_KEY,
          maxMessages: 20,
          timeoutMs: 300,
        }),
        state: new FileStateStore(join(place, 'state')),
        retry: { minDelayMs: 5, maxDelayMs: 50, attempts: 4 },
        checkpoint: { everyRows: 50 },
        changes: snapshotDiff({
          key: ['userId'],
          mode: 'mirror',
          removed: ({ userId }) => semanticEvents.deletePerson({ userId: String(userId) }) as never,
          snapshots: new FileSnapshotStore(join(place, 'snapshots')),
          secret: 'planted-snapshot-secret',
          maxRemoved: '100%',
        }),
        logger: written.logger,
      });
      written.watch(sync);
      const client = new Redis(redis.port);
      // Its own first commands are over: the monitor would take them for answers to its own.
      await client.ping();
      const monitor = await client.monitor();
      monitor.on('monitor', (_time: string, args: readonly string[]) => {
        written.add(args.join(' '));
      });
      const queue = syncQueue({
        connection: { port: redis.port },
        name: `${name} ${from}`,
        syncs: [sync],
        rowsPerJob: ROWS / 2,
        attempts: 3,
        retryDelaySeconds: 0.05,
      });
      queue.on('warning', (event) => {
        written.add(event);
      });
      const working = queue.work({ concurrency: 2 });
      const hits = snowflake.stats().faultHits;
      let isDelivering = false;
      let queryId = '';
      sync.on('query:done', (event) => (queryId = event.queryId));
      sync.on('batch:delivered', () => {
        if (isDelivering) return;
        isDelivering = true;
        fault.midway?.(snowflake.faults, queryId);
      });
      const untilCompleted = async (): Promise<void> => {
        let report: RunReport | undefined;
        for (let run = 0; report?.status !== 'completed'; run += 1) {
          expect(run, String(report?.error)).toBeLessThan(RUNS);
          report = await queue.run('people');
          written.add(report);
        }
      };
      try {
        collector.clear();
        await source.now();
        fault.before?.(snowflake.faults, name === 'the SQL API');
        await harm(collector, collectorHarms[to] ?? 'away');
        await untilCompleted();
        if (fault.before !== undefined) expect(snowflake.stats().faultHits).toBeGreaterThan(hits);
        expect(new Set(collector.messages.map(({ userId }) => userId)).size).toBe(ROWS);
        await snowflake.query('DELETE FROM PEOPLE WHERE MOD(ID, 20) = 0');
        await untilCompleted();
        // A handle as a host would keep it; its run is given up.
        const handle = await sync.begin();
        written.add(JSON.stringify(handle));
        await sync.release(handle);
      } catch (error) {
        written.add(error);
        throw error;
      } finally {
        snowflake.faults.clear();
        collector.clearFaults();
        await queue.close();
        await working;
        monitor.disconnect();
        client.disconnect();
        await source.close();
        await snowflake.query(`
          INSERT INTO PEOPLE SELECT SEQ4() * 20, 'p' || (SEQ4() * 20) || '@example.com', SYSDATE()
            FROM TABLE(GENERATOR(ROWCOUNT => ${ROWS / 20}))`);
      }
      await written.addFiles(place);
      written.expectNone([...planted(snowflake), 'planted-snapshot-secret']);
    },
  );
});
