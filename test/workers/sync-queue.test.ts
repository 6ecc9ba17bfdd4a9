import { Queue } from 'bullmq';
import { CallbackSink, NdjsonSink } from 'snowmelt/sinks';
import { Sync, SinkError, type DeadLetter, type TrackMessage } from 'snowmelt';
import { syncQueue } from 'snowmelt/bullmq';
import type { SyncQueue, SyncQueueOptions } from 'snowmelt/bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testMapper, testRows } from '../sync/plug-ins.js';
import { refuse, setUp } from '../sync/set-up.js';
import { backends, type QueuePlace } from './backends.js';

describe.each(backends)('syncQueue on $name', ({ isHere, start }) => {
  describe.skipIf(!isHere)('a queue', () => {
    let place: QueuePlace;
    const open: { close(): Promise<void> }[] = [];
    let names = 0;
    beforeAll(async () => {
      place = await start();
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map((each) => each.close()));
      names += 1;
    });
    afterAll(() => place.stop());

    function queueOf(sync: Sync<TrackMessage>, options: Partial<SyncQueueOptions> = {}): SyncQueue {
      const queue = syncQueue({
        ...place.where,
        name: `queue-${names}`,
        syncs: [sync],
        rowsPerJob: 20,
        maxJobs: 3,
        retryDelaySeconds: 0.05,
        ...options,
      });
      open.push(queue);
      return queue;
    }

    /** BullMQ's own view of the queue of this test. */
    function bare(): Queue {
      const { name, connection, factory } = place.bare(`queue-${names}`);
      const queue = new Queue(name, { connection }, factory);
      // The server may be gone before its connections have closed.
      queue.on('error', () => undefined);
      open.push(queue);
      return queue;
    }

    const nothingLeft = { active: 0, delayed: 0, prioritized: 0, waiting: 0, 'waiting-children': 0 };

    it('delivers a run in ranges, of which only so many are in the queue, and reports the whole of it', async () => {
      const { options, sink, state, source } = setUp();
      const queue = queueOf(new Sync(options));
      const began: unknown[] = [];
      queue.on('run:begin', (event) => began.push(event));
      const jobs = bare();
      let most = 0;
      sink.onWrite = async () => {
        const { prioritized = 0, active = 0 } = await jobs.getJobCounts();
        most = Math.max(most, prioritized + active);
      };
      void queue.work({ concurrency: 2 });
      const report = await queue.run('people');
      expect(report).toMatchObject({ status: 'completed', rowsRead: 250, rowsDelivered: 250, messages: 250 });
      expect(report.batches).toBe(25);
      expect(report.lastSyncTime).toEqual({ before: 0, after: 1_700_000_000 });
      expect(sink.users.size).toBe(250);
      expect(source.statements).toHaveLength(1);
      expect((await state.get('people'))!.value.lease).toBeUndefined();
      expect(began).toMatchObject([{ sync: 'people', rowCount: 250 }]);
      // A range that is settled adds its successor before it ends.
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(5);
      expect(await jobs.getJobCounts()).toMatchObject({ ...nothingLeft, failed: 0 });
    });

    it('cuts a run by the speed of its first rows when it is not told how', async () => {
      const { options, sink } = setUp();
      const source = setUp().source;
      source.rows = testRows(24_000);
      source.batchSize = 5_000;
      const wide = Object.assign(sink, { limits: { maxMessages: 1_000 } });
      const queue = queueOf(new Sync({ ...options, source, sink: wide }), { rowsPerJob: undefined });
      const settled: number[] = [];
      queue.on('range:settled', ({ from, to }) => settled.push(to - from));
      void queue.work();
      expect(await queue.run('people')).toMatchObject({ status: 'completed', rowsDelivered: 24_000 });
      expect(settled[0]).toBe(5_000);
      expect(settled.length).toBeGreaterThan(1);
      expect(settled.reduce((sum, rows) => sum + rows, 0)).toBe(24_000);
    });

    it('completes a run without rows', async () => {
      const { options, source } = setUp();
      source.rows = [];
      const queue = queueOf(new Sync(options));
      void queue.work();
      expect(await queue.run('people')).toMatchObject({ status: 'completed', rowsRead: 0 });
    });

    it('adds a run once that is asked for twice', async () => {
      const { options, source } = setUp();
      const sync = new Sync(options);
      const queue = queueOf(sync);
      const both = [queue.run('people'), queueOf(sync).run('people')];
      void queue.work();
      const [one, other] = await Promise.all(both);
      expect(one).toMatchObject({ status: 'completed', rowsDelivered: 250 });
      expect(other!.runId).toBe(one!.runId);
      expect(source.statements).toHaveLength(1);
    });

    it('skips a run while another one holds the lease, and one that is disabled', async () => {
      const { options } = setUp();
      const sync = new Sync(options);
      const handle = await sync.begin();
      const queue = queueOf(sync);
      void queue.work();
      expect(await queue.run('people')).toMatchObject({ status: 'skipped', skipReason: 'lease-held' });
      await sync.release(handle);
      expect(await queue.run('people')).toMatchObject({ status: 'completed', rowsDelivered: 250 });
      await queue.close();
      const disabled = queueOf(new Sync({ ...options, enabled: false }));
      void disabled.work();
      expect(await disabled.run('people')).toMatchObject({ status: 'skipped', skipReason: 'disabled' });
    });

    it('goes on at once with a run whose job the queue has lost', async () => {
      const { options, source } = setUp();
      const sync = new Sync(options);
      const { sink } = setUp();
      const lost = await sync.begin({ id: `bull:queue-${names}:people-gone` });
      await new Sync({ ...options, sink }).deliverRange(lost, { from: 0, to: 30 });
      const queue = queueOf(sync);
      void queue.work();
      expect(await queue.run('people')).toMatchObject({ status: 'completed', resumedFromRow: 30, rowsDelivered: 250 });
      expect(source.statements).toHaveLength(1);
    });

    it('gives the run back when a range has failed for good, and the next run goes on with it', async () => {
      const { options, sink, source } = setUp();
      sink.onWrite = (batch) => (batch.some(({ userId }) => userId === 'u105') ? refuse() : undefined);
      const queue = queueOf(new Sync(options), { attempts: 2 });
      const failed: unknown[] = [];
      queue.on('range:fail', (event) => failed.push(event));
      void queue.work();
      const report = await queue.run('people');
      expect(report).toMatchObject({ status: 'failed', error: { code: 'SINK_UNREACHABLE' } });
      expect(() => report.throwIfFailed()).toThrow(expect.objectContaining({ code: 'SINK_UNREACHABLE' }) as Error);
      expect(report.rowsDelivered).toBeGreaterThanOrEqual(100);
      expect(failed).toMatchObject([{ from: 100, to: 120, reason: 'SINK_UNREACHABLE' }]);
      const jobs = bare();
      await expect.poll(() => jobs.getJobCounts()).toMatchObject(nothingLeft);
      sink.onWrite = undefined;
      expect(await queue.run('people')).toMatchObject({ status: 'completed', runId: report.runId, rowsDelivered: 250 });
      expect(source.statements).toHaveLength(1);
    });

    it('tries a range again that may go well later', async () => {
      const { options, sink } = setUp({ retry: { attempts: 1, minDelayMs: 1 } });
      let falls = 3;
      sink.onWrite = (batch) => {
        if (!batch.some(({ userId }) => userId === 'u105') || falls-- <= 0) return;
        throw new SinkError('SINK_FAILED', 'busy', { retryable: true });
      };
      const queue = queueOf(new Sync(options));
      const again: unknown[] = [];
      queue.on('range:retry', ({ reason }) => again.push(reason));
      void queue.work();
      expect(await queue.run('people')).toMatchObject({ status: 'completed', rowsDelivered: 250 });
      expect(again).toEqual(['RETRIES_EXHAUSTED', 'RETRIES_EXHAUSTED', 'RETRIES_EXHAUSTED']);
    });

    it('begins anew once when the result has expired in the middle', async () => {
      const { options, sink, source } = setUp();
      let writes = 0;
      sink.onWrite = () => {
        if (++writes === 5) source.results.clear();
      };
      const queue = queueOf(new Sync(options));
      void queue.work({ concurrency: 2 });
      const report = await queue.run('people');
      expect(report).toMatchObject({ status: 'completed', queryId: 'query-2', rowsDelivered: 250 });
      expect(sink.users.size).toBe(250);
      expect(await bare().getJobCounts()).toMatchObject(nothingLeft);
    });

    it('fails when it expires again', async () => {
      const { options, sink, source } = setUp();
      sink.onWrite = () => source.results.clear();
      const queue = queueOf(new Sync(options));
      void queue.work();
      expect(await queue.run('people')).toMatchObject({ status: 'failed', error: { code: 'RESULT_EXPIRED' } });
      expect(source.statements).toHaveLength(2);
      expect(await bare().getJobCounts()).toMatchObject(nothingLeft);
    });

    it('fails a run with too many rejects, counted over all its workers', async () => {
      const { options, source, sink } = setUp();
      source.rows = testRows(250).map(([user, event], i) => [user, i % 40 === 3 ? 'bad' : event]);
      const deadLetter = new CallbackSink<DeadLetter<TrackMessage>>(async () => undefined);
      const queue = queueOf(new Sync({ ...options, deadLetter, maxRejected: 3 }));
      void queue.work({ concurrency: 2 });
      const report = await queue.run('people');
      expect(report).toMatchObject({ status: 'failed', error: { code: 'TOO_MANY_REJECTS' } });
      expect(sink.users.size).toBeLessThan(243);
      const jobs = bare();
      await expect.poll(() => jobs.getJobCounts()).toMatchObject(nothingLeft);
    });

    it('tells of rejected rows in the report, without their values', async () => {
      const { options, source } = setUp();
      source.rows = testRows(250).map(([user, event], i) => [user, i % 100 === 3 ? 'bad' : event]);
      const deadLetter = new NdjsonSink<DeadLetter<TrackMessage>>({ path: `${place.folder}/letters.ndjson` });
      const queue = queueOf(new Sync({ ...options, deadLetter }));
      void queue.work();
      const report = await queue.run('people');
      expect(report).toMatchObject({ status: 'completed', rowsDelivered: 247, rowsRejected: 3 });
      expect(report.rejections.map(({ row, code }) => [row, code])).toEqual(
        [3, 103, 203].map((row) => [row, 'MAPPING_ROW']),
      );
    });

    it('leaves jobs of another version, and of syncs it does not know, to other workers', async () => {
      const { options } = setUp();
      const jobs = bare();
      await jobs.add('people', { version: 2, kind: 'run', sync: 'people' }, { jobId: 'newer', attempts: 1 });
      await jobs.add('other', { version: 1, kind: 'run', sync: 'other' }, { jobId: 'other', attempts: 1 });
      const handle = { ...(await new Sync(setUp().options).begin()), version: 2 };
      const range = {
        version: 1,
        kind: 'range',
        sync: 'people',
        handle,
        from: 0,
        to: 20,
        at: 0,
        step: 0,
        until: 20,
        rowsPerJob: 20,
      };
      const parent = { id: 'newer', queue: 'none' };
      await jobs.add('range', { ...range, parent }, { jobId: 'newer-handle', attempts: 1 });
      const queue = queueOf(new Sync(options));
      void queue.work();
      expect(await queue.run('people')).toMatchObject({ status: 'completed', rowsDelivered: 250 });
      for (const id of ['newer', 'other', 'newer-handle']) {
        const job = (await jobs.getJob(id))!;
        expect([id, job.attemptsMade, job.finishedOn]).toEqual([id, 0, undefined]);
      }
    });

    it('leaves the ranges of a run to workers with its own mapper', async () => {
      const { options, sink } = setUp();
      const old = queueOf(new Sync({ ...options, mapper: testMapper('old') }));
      const differs: unknown[] = [];
      old.on('range:retry', ({ reason }) => differs.push(reason));
      const queue = queueOf(new Sync(options));
      void queue.work();
      let arrived = (): void => undefined;
      const begun = new Promise<void>((resolve) => (arrived = resolve));
      const isSeen = new Promise<void>((resolve) => void old.on('range:retry', () => resolve()));
      sink.onWrite = () => {
        arrived();
        return isSeen;
      };
      const report = queue.run('people');
      await begun;
      void old.work();
      await expect.poll(() => differs).not.toHaveLength(0);
      await old.close();
      expect(await report).toMatchObject({ status: 'completed', rowsDelivered: 250 });
      expect(new Set(differs)).toEqual(new Set(['WORKER_DIFFERS']));
    });

    it('runs by a schedule, which the next call replaces', async () => {
      const { options, sink } = setUp();
      const queue = queueOf(new Sync(options));
      await queue.schedule('people', { every: '15m' });
      const jobs = bare();
      expect(await jobs.getJobSchedulers()).toMatchObject([{ key: 'people', every: 900_000 }]);
      void queue.work();
      await expect.poll(() => sink.users.size).toBe(250);
      await queue.schedule('people', { cron: '0 6 * * *', timeZone: 'Europe/Berlin' });
      expect(await jobs.getJobSchedulers()).toMatchObject([{ pattern: '0 6 * * *', tz: 'Europe/Berlin' }]);
      await queue.unschedule('people');
      expect(await jobs.getJobSchedulers()).toEqual([]);
    });

    it('rests while it is paused', async () => {
      const { options, source } = setUp();
      const queue = queueOf(new Sync(options));
      await queue.pause();
      void queue.work();
      const report = queue.run('people');
      const jobs = bare();
      // Counts of PostgreSQL leave out what waits in a paused queue.
      await expect.poll(() => jobs.getDeduplicationJobId('people')).toContain('people-');
      // In the same time another queue does a whole run.
      const other = queueOf(new Sync(setUp().options), { name: `other-${names}` });
      void other.work();
      expect(await other.run('people')).toMatchObject({ status: 'completed' });
      expect(source.statements).toHaveLength(0);
      await queue.resume();
      expect(await report).toMatchObject({ status: 'completed' });
    });

    it('gives the waiting for a run up by its signal, and says when the queue has lost its job', async () => {
      const queue = queueOf(new Sync(setUp().options));
      const stop = new AbortController();
      const waiting = queue.run('people', { signal: stop.signal });
      const also = queue.run('people');
      const lost = expect(also).rejects.toMatchObject({ code: 'QUEUE_JOB_FAILED' });
      const jobs = bare();
      await expect.poll(async () => (await jobs.getJobCounts())['waiting']).toBe(1);
      stop.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
      await jobs.obliterate({ force: true });
      await lost;
    });
  });
});

describe('the options of a queue', () => {
  const sync = new Sync(setUp().options);
  const connection = { host: '127.0.0.1', port: 1 };

  it.each([
    [{ syncs: [sync] }, '`connection` or `postgres`'],
    [{ connection, postgres: { connectionString: 'postgres://x' }, syncs: [sync] }, '`connection` or `postgres`'],
    [{ connection, syncs: [] }, '`syncs`'],
    [{ connection, syncs: [{ name: 'people' }] }, 'new Sync()'],
    [{ connection, syncs: [sync, sync] }, 'two syncs with the name "people"'],
    [{ connection, syncs: [sync], name: 'a:b' }, '`name`'],
    [{ connection, syncs: [sync], rowsPerJob: 0 }, '`rowsPerJob`'],
    [{ connection, syncs: [sync], rowsPerjob: 1 }, '`rowsPerjob`'],
  ])('are refused: %#', (options, said) => {
    expect(() => syncQueue(options as never)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(said) as string }) as Error,
    );
  });

  it('are refused where a method takes them, before anything is connected', async () => {
    const queue = syncQueue({ connection, syncs: [sync] });
    const wrong = { code: 'CONFIG_INVALID' };
    await expect(queue.run('persons')).rejects.toMatchObject(wrong);
    await expect(queue.work({ concurrency: 0 })).rejects.toMatchObject(wrong);
    for (const times of [
      {},
      { every: '30s' },
      { every: '15m', cron: '* * * * *' },
      { every: '15m', timeZone: 'Europe/Berlin' },
      { cron: '*/5 * * * * *' },
      { cron: '0 6 * * *', timeZone: 'Berlin' },
    ]) {
      await expect(queue.schedule('people', times)).rejects.toMatchObject(wrong);
    }
    await queue.close();
    await expect(queue.work()).rejects.toMatchObject(wrong);
  });
});
