import { Sync, type TrackMessage } from 'snowmelt';
import { syncQueue, type SyncQueue, type SyncQueueOptions } from 'snowmelt/bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { setUp } from '../sync/set-up.js';
import { backends, type QueuePlace } from './backends.js';
import { hasRedis, RedisServer } from './redis-server.js';

const away = { name: 'SnowmeltError', code: 'QUEUE_UNAVAILABLE' };
/** Which ends a test long before its time is up. */
const patienceSeconds = 1;

const questions: readonly [string, (queue: SyncQueue) => Promise<unknown>][] = [
  ['run', (queue) => queue.run('people')],
  ['schedule', (queue) => queue.schedule('people', { every: '15m' })],
  ['unschedule', (queue) => queue.unschedule('people')],
  ['pause', (queue) => queue.pause()],
  ['resume', (queue) => queue.resume()],
];

/** Asks everything at the same time. */
async function expectNoAnswers(queue: SyncQueue, reason: RegExp): Promise<void> {
  const answers = await Promise.all(
    questions.map(([, ask]) =>
      ask(queue).then(
        () => 'answered',
        (error: unknown) => error,
      ),
    ),
  );
  for (const [at, answer] of answers.entries()) {
    expect(answer).toMatchObject(away);
    const { message, hint } = answer as { readonly message: string; readonly hint: string };
    expect(message).toMatch(new RegExp(`^${questions[at]![0]}\\(.*\\): the queue in (Redis|PostgreSQL) `));
    expect(message).toMatch(reason);
    expect(hint).not.toBe('');
  }
}

describe.each(backends)('a queue on $name', ({ isHere, start }) => {
  describe.skipIf(!isHere)('that is silent', () => {
    let place: QueuePlace;
    const open: SyncQueue[] = [];
    let names = 0;
    beforeAll(async () => {
      place = await start();
    });
    afterEach(async () => {
      place.thaw();
      await Promise.all(open.splice(0).map((queue) => queue.close()));
      names += 1;
    });
    afterAll(() => place.stop());

    function queueOf(sync: Sync<TrackMessage>, options: Partial<SyncQueueOptions> = {}): SyncQueue {
      const common = { rowsPerJob: 20, maxJobs: 3, stalledSeconds: 1, patienceSeconds };
      const queue = syncQueue({ ...place.where, name: `away-${names}`, syncs: [sync], ...common, ...options });
      open.push(queue);
      return queue;
    }

    it('is given up after a while, and closes', async () => {
      const known = queueOf(new Sync(setUp().options));
      await known.resume();
      place.freeze();
      await expectNoAnswers(known, /gave no answer|timeout/);
      await expectNoAnswers(queueOf(new Sync(setUp().options)), /gave no answer|timeout/);
      await Promise.all(open.splice(0).map((queue) => queue.close()));
    });

    it('ends the waiting for a run after a while', async () => {
      const queue = queueOf(new Sync(setUp().options));
      await queue.pause();
      const waiting = expect(queue.run('people')).rejects.toMatchObject(away);
      const other = queueOf(new Sync(setUp().options));
      await other.resume();
      await queue.pause();
      place.freeze();
      await waiting;
    });

    it('does not keep a worker that is to stop, whose jobs go to others when it is back', async () => {
      const { options, sink, source } = setUp();
      let arrived = (): void => undefined;
      let goOn = (): void => undefined;
      const isBusy = new Promise<void>((resolve) => (arrived = resolve));
      const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
      sink.onWrite = () => {
        arrived();
        return mayGoOn;
      };
      const sync = new Sync(options);
      const queue = queueOf(sync, { patienceSeconds: 60 });
      const reported = queue.run('people');
      const stop = new AbortController();
      const first = queueOf(sync);
      const warnings: unknown[] = [];
      first.on('warning', (event) => warnings.push(event.reason));
      const working = first.work({ signal: stop.signal });
      await isBusy;
      place.freeze();
      stop.abort();
      goOn();
      await working;
      expect(warnings).toContain('A worker could not put its jobs back.');
      sink.onWrite = undefined;
      place.thaw();
      void queueOf(sync).work();
      expect(await reported).toMatchObject({ status: 'completed', rowsDelivered: 250 });
      expect(source.statements).toHaveLength(1);
    });

    it('is waited for by a worker that starts, and taken from when it is there', async () => {
      const { options } = setUp();
      const worker = queueOf(new Sync(options));
      place.freeze();
      const warned = new Promise((resolve) => worker.on('warning', resolve));
      void worker.work();
      // Redis says nothing at all; the package pg gives up.
      if (place.url !== undefined) await warned;
      place.thaw();
      const queue = queueOf(new Sync(options), { patienceSeconds: 60 });
      expect(await queue.run('people')).toMatchObject({ status: 'completed', rowsDelivered: 250 });
    });

    it('lets a worker stop that never had it', async () => {
      const queue = queueOf(new Sync(setUp().options));
      place.freeze();
      const stop = new AbortController();
      const working = queue.work({ signal: stop.signal });
      stop.abort();
      await working;
    });

    it('ends what waits when it is closed', async () => {
      const queue = queueOf(new Sync(setUp().options), { patienceSeconds: 3_600 });
      await queue.pause();
      const waiting = expect(queue.run('people')).rejects.toMatchObject({ code: 'ABORTED' });
      await queue.close();
      await waiting;
      const other = queueOf(new Sync(setUp().options), { patienceSeconds: 3_600 });
      place.freeze();
      const both = [
        expect(other.run('people')).rejects.toMatchObject({ code: 'ABORTED' }),
        expect(other.schedule('people', { every: '1h' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' }),
      ];
      await other.close();
      await Promise.all(both);
    });
  });
});

describe.skipIf(!hasRedis)('a queue whose Redis was killed (skipped without redis-server on the PATH)', () => {
  it('is given up after a while, lets its workers stop, and closes', async () => {
    const redis = await RedisServer.start();
    const { options } = setUp();
    const connection = { host: '127.0.0.1', port: redis.port };
    const queue = syncQueue({ connection, syncs: [new Sync(options)], patienceSeconds });
    const working = queue.work();
    expect(await queue.run('people')).toMatchObject({ status: 'completed' });
    await redis.kill();
    await expectNoAnswers(queue, /gave no answer|could not be asked \(\w+/);
    await queue.close();
    await working;
    await redis.stop();
  });
});

describe('a queue where nobody listens', () => {
  it.each([
    ['Redis', { connection: { host: '127.0.0.1', port: 1 } }],
    ['PostgreSQL', { postgres: { connectionString: 'postgres://postgres:secret@127.0.0.1:1/postgres' } }],
  ])('is given up after a while: %s', async (_, where) => {
    const queue = syncQueue({ ...where, syncs: [new Sync(setUp().options)], patienceSeconds });
    const reasons: string[] = [];
    queue.on('warning', ({ reason }) => reasons.push(reason));
    await expectNoAnswers(queue, /gave no answer|ECONNREFUSED/);
    await queue.close();
    expect(JSON.stringify(reasons)).not.toContain('secret');
  });
});
