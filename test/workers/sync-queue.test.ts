import { Sync } from 'snowmelt';
import { syncQueue } from 'snowmelt/bullmq';
import type { SyncQueue, SyncQueueOptions } from 'snowmelt/bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { setUp } from '../sync/set-up.js';
import { backends, type QueuePlace } from './backends.js';

describe.each(backends)('syncQueue on $name', ({ isHere, start }) => {
  describe.skipIf(!isHere)('a queue', () => {
    let place: QueuePlace;
    const queues: SyncQueue[] = [];
    let names = 0;
    beforeAll(async () => {
      place = await start();
    });
    afterEach(async () => {
      await Promise.all(queues.splice(0).map((queue) => queue.close()));
    });
    afterAll(() => place.stop());

    function queueOf(sync: Sync<never>, options: Partial<SyncQueueOptions> = {}): SyncQueue {
      const queue = syncQueue({
        ...place.where,
        name: `queue-${names}`,
        syncs: [sync],
        rowsPerJob: 20,
        maxJobs: 3,
        retryDelaySeconds: 0.05,
        ...options,
      });
      queues.push(queue);
      return queue;
    }

    it('delivers a run in ranges and reports the whole of it', async () => {
      names += 1;
      const { options, sink, state, source } = setUp();
      const queue = queueOf(new Sync(options) as never);
      void queue.work({ concurrency: 2 });
      const report = await queue.run('people');
      expect(report).toMatchObject({ status: 'completed', rowsRead: 250, rowsDelivered: 250, messages: 250 });
      expect(report.batches).toBe(25);
      expect(report.lastSyncTime).toEqual({ before: 0, after: 1_700_000_000 });
      expect(sink.users.size).toBe(250);
      expect(source.statements).toHaveLength(1);
      expect((await state.get('people'))!.value.lease).toBeUndefined();
    });
  });
});
