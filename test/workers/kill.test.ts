import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';
import { isSoak } from '../faults/long-form.js';
import { announceSeed, seededRandom } from '../faults/random.js';
import { backends, type QueuePlace } from './backends.js';
import { allOf, PeopleQueue } from './people-queue.js';

const ROWS = isSoak ? 200_000 : 20_000;
const WORKERS = 4;
const KILLS = isSoak ? 50 : 10;

let program: string;
beforeAll(async () => {
  program = await buildChild('test/child/queue-worker.ts');
});

describe.each(backends)('workers that are killed, on $name', ({ isHere, start }) => {
  let place: QueuePlace;
  let scene: PeopleQueue;
  afterEach(async () => {
    await scene.close();
    await place.stop();
  });

  it.skipIf(!isHere)(
    'lose nothing, send again only what they have sent, and leave nothing behind',
    async () => {
      const random = seededRandom(announceSeed('queue'));
      place = await start();
      scene = await PeopleQueue.start(program, place, ROWS, { rowsPerJob: ROWS / 40 });
      const { people, queue } = scene;
      const launch = () => scene.launch({ concurrency: 2 });
      const running = Array.from({ length: WORKERS }, launch);
      await Promise.all(running.map((worker) => worker.told('ready')));
      let isDone = (): boolean => false;
      const reported = queue.run('people').finally(() => (isDone = () => true));

      // What was accepted although the answer says otherwise is sent again as well.
      const faults = [
        { kind: 'status', status: 503 },
        { kind: 'status-after-accept', status: 500 },
        { kind: 'reset', accept: true },
      ] as const;
      let killed = 0;
      while (killed < KILLS && !isDone()) {
        const at = Math.floor(random() * WORKERS);
        const victim = running[at]!;
        await Promise.race([victim.told('range:settled'), reported]);
        await new Promise((resolve) => setTimeout(resolve, random() * 150));
        if (isDone()) break;
        await scene.kill(victim);
        killed += 1;
        running[at] = launch();
        people.collector.clearFaults();
        people.collector.fault(faults[Math.floor(random() * faults.length)]!, { times: 1 });
        people.collector.fault({ kind: 'slow', delayMs: 20 }, { times: Infinity });
      }
      const report = await reported;
      expect(killed).toBeGreaterThan(2);
      expect(report).toMatchObject(allOf(ROWS));
      await scene.expectAllDone(report.runId);
    },
    900_000,
  );
});
