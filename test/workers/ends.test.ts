import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';
import { backends, type QueuePlace } from './backends.js';
import { allOf, PeopleQueue } from './people-queue.js';
import { hasRedis } from './redis-server.js';

const ROWS = 5_000;

let program: string;
beforeAll(async () => {
  program = await buildChild('test/child/queue-worker.ts');
});

let place: QueuePlace;
let scene: PeopleQueue;
afterEach(async () => {
  await scene.close();
  await place.stop();
});

const [onRedis] = backends;

describe.each(backends)('a worker on $name', { timeout: 300_000 }, ({ isHere, start }) => {
  it.skipIf(!isHere)('that gets a SIGTERM ends within one batch, and its jobs go to others at once', async () => {
    place = await start();
    // One job for all rows; a worker that died would have kept it for ten minutes.
    scene = await PeopleQueue.start(program, place, ROWS, { rowsPerJob: ROWS, stalledSeconds: 600 });
    const { people, queue } = scene;
    people.collector.clearFaults();
    people.collector.fault({ kind: 'slow', delayMs: 200 }, { times: Infinity });
    const first = scene.launch();
    const reported = queue.run('people');
    await expect.poll(() => people.collector.messages.length).toBeGreaterThan(0);
    first.child.kill('SIGTERM');
    await first.told('stopping');
    const sent = people.collector.messages.length;
    expect(await first.ended).toBe(0);
    // Eight batches of 250 were on their way, and no other began.
    expect(people.collector.messages.length - sent).toBeLessThanOrEqual(8 * 250);
    expect(people.collector.messages.length).toBeLessThan(ROWS);
    expect(first.news).toContainEqual(expect.objectContaining({ is: 'range:retry', reason: 'ABORTED' }));
    // What the queue keeps meanwhile holds neither keys nor values of rows.
    const kept = JSON.stringify(await scene.withJobs((jobs) => jobs.getJobs()));
    expect(kept).toContain('"kind":"range"');
    for (const secret of [people.setup.writeKey, 'PRIVATE KEY', '@example.com']) expect(kept).not.toContain(secret);
    scene.launch();
    const report = await reported;
    expect(report.error).toBeUndefined();
    expect(report).toMatchObject(allOf(ROWS));
    // With the lease given back and the checkpoint stored, nothing is sent twice.
    expect(people.collector.messages).toHaveLength(ROWS);
    await scene.expectAllDone(report.runId);
  });

  it.skipIf(!isHere)(
    'that was stopped for a while has lost its lease, sends nothing more of it and goes on',
    async () => {
      place = await start();
      scene = await PeopleQueue.start(program, place, ROWS);
      const { queue } = scene;
      const stopped = scene.launch({ ttlSeconds: 4 });
      const reported = queue.run('people');
      await stopped.told('range:settled');
      stopped.child.kill('SIGSTOP');
      const other = scene.launch({ ttlSeconds: 4 });
      // It may settle all but the range that the stopped one has, whose lease has to expire.
      await other.told('range:settled', 3);
      stopped.child.kill('SIGCONT');
      const report = await reported;
      expect(report.error).toBeUndefined();
      expect(report).toMatchObject(allOf(ROWS));
      await scene.expectAllDone(report.runId);
    },
  );
});

describe.skipIf(!hasRedis)('a queue on Redis (skipped without redis-server on the PATH)', { timeout: 300_000 }, () => {
  it('goes on after Redis was killed and started anew', async () => {
    place = await onRedis!.start();
    scene = await PeopleQueue.start(program, place, ROWS);
    const worker = scene.launch();
    const reported = scene.queue.run('people');
    await worker.told('range:settled', 2);
    await place.redis!.restart();
    const report = await reported;
    expect(report.error).toBeUndefined();
    expect(report).toMatchObject(allOf(ROWS));
    await scene.expectAllDone(report.runId);
  });

  it('goes on after Redis was flushed, with what is settled: the truth is in the state store', async () => {
    place = await onRedis!.start();
    scene = await PeopleQueue.start(program, place, ROWS);
    const { people, queue } = scene;
    const worker = scene.launch();
    const lost = queue.run('people').catch((error: unknown) => error);
    await worker.told('range:settled', 2);
    await place.redis!.flush();
    expect(await lost).toMatchObject({ code: 'QUEUE_JOB_FAILED' });
    const report = await queue.run('people');
    expect(report.error).toBeUndefined();
    expect(report).toMatchObject(allOf(ROWS));
    expect(report.resumedFromRow).toBeGreaterThanOrEqual(1_000);
    expect((await people.stored())!.history).toHaveLength(1);
    await scene.expectAllDone(report.runId);
  });

  // Further apart, Snowflake refuses their tokens.
  it('does its work among clocks that are a minute apart', async () => {
    place = await onRedis!.start();
    scene = await PeopleQueue.start(program, place, ROWS);
    const late = scene.launch({ clockAheadMs: -30_000 });
    const early = scene.launch({ clockAheadMs: 30_000 });
    await Promise.all([late.told('ready'), early.told('ready')]);
    const reported = scene.queue.run('people');
    await Promise.race([early.told('range:settled', 2), reported]);
    await scene.kill(early);
    const report = await reported;
    expect(report.error).toBeUndefined();
    expect(report).toMatchObject(allOf(ROWS));
    await scene.expectAllDone(report.runId);
  });
});
