import { afterEach, beforeAll, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';
import type { RunnerAnswer } from '../child/people-runner.js';
import { startPeople, type People } from './people.js';
import { RunnerProcess } from './runner-process.js';

const ROWS = 20_000;
const RUNNERS = 8;

let program: string;
beforeAll(async () => {
  program = await buildChild('test/child/people-runner.ts');
});

let people: People;
let runners: RunnerProcess[] = [];
afterEach(async () => {
  await Promise.all(runners.map((runner) => runner.kill()));
  await people.close();
});

/** Loads the processes first, so that all of them start the sync at the same moment. */
async function startRunners(wait?: number): Promise<void> {
  people = await startPeople(ROWS);
  people.collector.fault({ kind: 'slow', delayMs: 50 }, { times: Infinity });
  runners = Array.from({ length: RUNNERS }, () => new RunnerProcess(program, { ...people.setup, wait }));
  await Promise.all(runners.map((runner) => runner.ready()));
}

/** The living runner that holds the lease, once more than so many messages have arrived since it does. */
async function delivering(more: number): Promise<RunnerProcess> {
  let holder: RunnerProcess | undefined;
  const find = async (): Promise<boolean> => {
    const pid = (await people.stored())?.lease?.pid;
    holder = runners.find(({ child }) => child.pid === pid && child.signalCode === null);
    return holder !== undefined;
  };
  await expect.poll(find, { timeout: 60_000 }).toBe(true);
  const seen = people.collector.messages.length;
  await expect.poll(() => people.collector.messages.length, { timeout: 60_000 }).toBeGreaterThan(seen + more);
  // The first lease may change hands before anything is sent.
  await expect.poll(find, { timeout: 60_000 }).toBe(true);
  return holder!;
}

it('of 8 processes that start the same sync at once exactly one delivers; killed, another takes over at once', async () => {
  await startRunners();
  const all = runners.map((runner) => runner.ask({ do: 'run' }));
  const first = await delivering(1_000);
  const others = runners.filter((runner) => runner !== first);
  for (const answer of await Promise.all(all.filter((_, i) => runners[i] !== first))) {
    expect(answer).toMatchObject({ status: 'skipped', skipReason: 'lease-held', rowsRead: 0 });
  }
  // Only one of them has even signed in.
  expect(people.snowflake.stats().requests['login']).toBe(1);
  await first.kill();
  const { run, lease } = (await people.stored())!;
  expect(lease?.pid).toBe(first.child.pid);
  expect(lease!.expiresAt).toBeGreaterThan(Date.now() + 10_000);

  const again = await Promise.all(others.map((runner) => runner.ask({ do: 'run' })));
  const ended = again.filter((answer): answer is RunnerAnswer & { is: 'ended' } => answer?.is === 'ended');
  const completed = ended.filter(({ status }) => status === 'completed');
  // A process that asks after the end of the run finds nothing to do.
  const takenOver = completed.filter(({ rowsRead }) => rowsRead > 0);
  expect(takenOver).toMatchObject([
    { runId: run!.runId, rowsRead: ROWS, rowsDelivered: ROWS, resumedFromRow: run!.settled[0]?.to ?? 0 },
  ]);
  expect(ended.filter(({ status }) => status === 'skipped')).toHaveLength(RUNNERS - 1 - completed.length);
  expect(people.arrived().size).toBe(ROWS);
}, 240_000);

it('processes that wait for the lease take over one after the other as their holders are killed', async () => {
  await startRunners(120);
  const all = runners.map((runner) => runner.ask({ do: 'run' }));
  const holders = new Set<RunnerProcess>();
  const tokens: number[] = [];
  for (let kill = 0; kill < 4; kill += 1) {
    const holder = await delivering(500);
    holders.add(holder);
    tokens.push((await people.stored())!.fencingToken);
    await holder.kill();
  }
  expect(holders.size).toBe(4);
  // Each takeover raises it; the race for the first lease may raise it more than once.
  expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
  const answers = await Promise.all(all);
  const completed = answers.flatMap((answer) => (answer?.is === 'ended' ? [answer] : []));
  expect(completed.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'completed'));
  // One of them has ended the run of all rows; the others have asked anew and found nothing.
  expect(completed.map(({ rowsRead }) => rowsRead).sort()).toEqual([0, 0, 0, ROWS]);
  expect(people.arrived().size).toBe(ROWS);
  expect((await people.stored())!.lease).toBeUndefined();
}, 240_000);
