import { identify, QueryTemplate, semanticEvents, SqlApiSource, Sync, FileStateStore } from 'snowmelt';
import type { RunReport } from 'snowmelt';
import { syncQueue, type SyncQueue } from 'snowmelt/bullmq';
import { CustomerIoSink } from 'snowmelt/customerio';
import { FileSnapshotStore, snapshotDiff } from 'snowmelt/diff';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backends, type QueuePlace } from './backends.js';

describe.each(backends)('a mirror through a queue on $name', ({ isHere, start }) => {
  describe.skipIf(!isHere)('of two workers', () => {
    let place: QueuePlace;
    let snowflake: EmbeddedSnowflake;
    let collector: Collector;
    const open: { close(): Promise<void> }[] = [];
    beforeAll(async () => {
      place = await start();
      snowflake = await startSnowflake({ resultChunkRows: 50, resultInlineRows: 5 });
    });
    beforeEach(async () => {
      collector = await startCollector({ check: false });
    });
    afterEach(async () => {
      for (const each of open.splice(0)) await each.close();
      await collector.close();
    });
    afterAll(async () => {
      await snowflake.close();
      await place.stop();
    });

    /** A worker's own objects, over what all workers share. */
    function worker(): SyncQueue {
      const source = new SqlApiSource(snowflake.connection());
      const sync = new Sync({
        name: 'people',
        source,
        query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE'),
        mapper: identify(),
        sink: new CustomerIoSink({ endpoint: collector.endpoint, writeKey: collector.writeKey, maxMessages: 10 }),
        state: new FileStateStore(join(place.folder, 'state')),
        changes: snapshotDiff({
          key: ['userId'],
          mode: 'mirror',
          removed: ({ userId }) => semanticEvents.deletePerson({ userId: String(userId) }),
          snapshots: new FileSnapshotStore(join(place.folder, 'snapshots')),
        }),
      });
      const queue = syncQueue({ ...place.where, name: 'mirror', syncs: [sync], rowsPerJob: 40, maxJobs: 3 });
      open.push(queue, source);
      return queue;
    }

    /** What the destination knows of everybody, by all that has arrived. */
    function known(): Readonly<Record<string, unknown>> {
      const people = new Map<string, unknown>();
      for (const { type, userId, traits } of collector.messages) {
        if (type === 'identify') people.set(userId as string, (traits as { email?: unknown }).email);
        else people.delete(userId as string);
      }
      return Object.fromEntries(people);
    }

    async function table(): Promise<Readonly<Record<string, unknown>>> {
      const rows = await snowflake.query('SELECT ID, EMAIL FROM PEOPLE');
      return Object.fromEntries(rows.map(({ ID, EMAIL }) => [ID ?? '', EMAIL]));
    }

    it('is its table after three runs, and reports what each of them found', async () => {
      await snowflake.query(`CREATE OR REPLACE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR);
        INSERT INTO PEOPLE SELECT SEQ4(), 'p' || SEQ4() FROM TABLE(GENERATOR(ROWCOUNT => 200))`);
      const [queue, other] = [worker(), worker()];
      void queue.work();
      void other.work();
      const run = async (): Promise<RunReport> => {
        const report = await queue.run('people');
        report.throwIfFailed();
        expect(known()).toEqual(await table());
        return report;
      };
      const first = await run();
      expect(first.changes).toEqual({ added: 200, changed: 0, unchanged: 0, removed: 0, held: 0 });

      await snowflake.query(`UPDATE PEOPLE SET EMAIL = 'b' WHERE MOD(ID, 20) = 3; DELETE FROM PEOPLE WHERE ID < 6;
        INSERT INTO PEOPLE VALUES (1000, 'new'), (1001, 'new')`);
      const second = await run();
      expect(second).toMatchObject({ rowsRead: 196, rowsDelivered: 11, messages: 17 });
      expect(second.changes).toEqual({ added: 2, changed: 9, unchanged: 185, removed: 6, held: 0 });
      // Those of the ranges, and of the removals.
      expect(second.batches).toBeGreaterThan(1);

      await snowflake.query(`INSERT INTO PEOPLE VALUES (0, 'p0'), (1, 'p1'); DELETE FROM PEOPLE WHERE ID = 1000`);
      const third = await run();
      expect(third.changes).toEqual({ added: 2, changed: 0, unchanged: 195, removed: 1, held: 0 });
      const sent = collector.messages.length;
      expect((await run()).changes).toEqual({ added: 0, changed: 0, unchanged: 197, removed: 0, held: 0 });
      expect(collector.messages).toHaveLength(sent);
    });
  });
});
