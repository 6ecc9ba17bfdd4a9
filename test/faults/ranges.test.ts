import { afterEach, beforeAll, expect, it } from 'vitest';
import type { RowRange } from 'snowmelt';
import { buildChild } from '../child/build-child.js';
import { isSoak } from './long-form.js';
import { startPeople, type People } from './people.js';
import { announceSeed, seededRandom } from './random.js';
import { RunnerProcess } from './runner-process.js';

const ROWS = isSoak ? 200_000 : 40_000;
const RANGE = ROWS / 20;
const WORKERS = 4;
const KILLS = isSoak ? 20 : 6;

let program: string;
beforeAll(async () => {
  program = await buildChild('test/child/people-runner.ts');
});

let people: People;
const workers = new Set<RunnerProcess>();
afterEach(async () => {
  await Promise.all([...workers].map((worker) => worker.kill()));
  workers.clear();
  await people.close();
});

function start(): RunnerProcess {
  const worker = new RunnerProcess(program, people.setup);
  workers.add(worker);
  return worker;
}

it('ranges of one result, delivered by 4 processes that are killed, give the books of one run', async () => {
  const random = seededRandom(announceSeed('ranges'));
  people = await startPeople(ROWS);
  people.collector.fault({ kind: 'slow', delayMs: 20 }, { times: Infinity });
  const host = await start().ready();
  const begun = await host.ask({ do: 'begin' });
  if (begun?.is !== 'begun') throw new Error(`begin: ${JSON.stringify(begun)}`);
  const { handle } = begun;
  expect(handle).toMatchObject({ sync: 'people', rowCount: ROWS, firstRow: 0 });

  const ranges = Array.from({ length: ROWS / RANGE }, (_, i) => ({ from: i * RANGE, to: (i + 1) * RANGE }));
  const last = ranges.pop()!;
  // Each third job is in the queue twice, its second one where another worker may be busy with the first.
  const queue: RowRange[] = ranges.flatMap((range, i) => (i % 3 === 0 ? [range, range] : [range]));
  let killsLeft = KILLS;
  const counts = { delivered: 0, alreadySettled: 0, busy: 0, killed: 0, resumed: 0 };

  /** A worker of the queue: a job is put back when its process dies or another one is busy with it. */
  const work = async (): Promise<void> => {
    let worker = await start().ready();
    for (let range = queue.shift(); range !== undefined; range = queue.shift()) {
      const asked = worker.ask({ do: 'range', handle, range });
      if (killsLeft > 0 && random() < 0.5) {
        killsLeft -= 1;
        setTimeout(() => worker.child.kill('SIGKILL'), random() * 400);
      }
      const answer = await asked;
      if (answer?.is === 'ended' && answer.status === 'completed') {
        counts.delivered += 1;
        if (answer.resumedFromRow !== undefined) counts.resumed += 1;
      } else if (answer?.is === 'ended' && answer.skipReason === 'already-settled') counts.alreadySettled += 1;
      else if (answer?.is === 'ended' && answer.skipReason === 'lease-held') {
        counts.busy += 1;
        queue.push(range);
        await new Promise((resolve) => setTimeout(resolve, 50));
      } else if (answer === undefined) {
        counts.killed += 1;
        queue.push(range);
        workers.delete(worker);
        worker = await start().ready();
      } else throw new Error(JSON.stringify(answer));
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  expect(counts.killed).toBeGreaterThan(0);

  const early = await host.ask({ do: 'finish', handle });
  expect(early).toMatchObject({ is: 'failed', code: 'RUN_UNFINISHED' });
  expect(early).toHaveProperty('text', expect.stringContaining(`Rows ${last.from} to ${last.to}`));
  expect((await people.stored())!.lastSyncTime).toBe(0);
  expect(await host.ask({ do: 'range', handle, range: last })).toMatchObject({ status: 'completed', rowsRead: RANGE });

  // Finished at the same time by two of them, once more than once.
  const other = await start().ready();
  const finished = await Promise.all([host, other].map((worker) => worker.ask({ do: 'finish', handle })));
  for (const answer of finished) {
    expect(answer).toMatchObject({ status: 'completed', rowsRead: ROWS, rowsDelivered: ROWS });
  }
  expect(await other.ask({ do: 'range', handle, range: last })).toMatchObject({ skipReason: 'already-settled' });
  expect(people.arrived().size).toBe(ROWS);
  expect(new Set(people.arrived().values()).size).toBe(ROWS);
  const stored = (await people.stored())!;
  expect(stored.history).toMatchObject([
    {
      runId: handle.runId,
      status: 'completed',
      counts: { read: ROWS, delivered: ROWS, rejected: 0, skipped: 0, messages: ROWS },
    },
  ]);
  expect(stored.lastSyncTime).toBeGreaterThan(0);
  expect(stored.lease).toBeUndefined();
  expect(stored.run).toBeUndefined();
}, 300_000);
