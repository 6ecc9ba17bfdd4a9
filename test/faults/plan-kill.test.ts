import { join } from 'node:path';
import type { PlanToken } from 'snowmelt';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';
import type { MirrorSetup } from '../child/mirror-runner.js';
import type { RunnerAnswer, RunnerSetup } from '../child/people-runner.js';
import { startPeople, type People } from './people.js';
import { RunnerProcess } from './runner-process.js';

const KILLS = 4;

interface Kind {
  readonly program: string;
  readonly rows: number;
  readonly setup: (people: People) => RunnerSetup | MirrorSetup;
  /** Of the rows that were changed, inserted and deleted after the plan. */
  readonly next: readonly string[];
}

const kinds: readonly (readonly [string, Kind])[] = [
  [
    'of rows that changed',
    {
      program: 'test/child/people-runner.ts',
      rows: 12_000,
      setup: ({ setup }) => setup,
      next: ['identify 3', 'identify new'],
    },
  ],
  [
    'of a mirror',
    {
      program: 'test/child/mirror-runner.ts',
      rows: 1_200,
      setup: ({ setup, folder }) => ({ ...setup, source: 'sql-api', snapshots: join(folder, 'snapshots'), seed: 1 }),
      next: ['identify 3', 'identify new', 'track 4'],
    },
  ],
];

const programs = new Map<string, string>();
beforeAll(async () => {
  for (const [name, { program }] of kinds) programs.set(name, await buildChild(program));
});

let people: People | undefined;
let runner: RunnerProcess | undefined;
afterEach(async () => {
  await runner?.kill();
  await people?.close();
});

it.each(kinds)(
  `a plan %s, whose process is killed up to ${KILLS} times, sends what was reviewed, each message under one id`,
  { timeout: 900_000 },
  async (name, { rows, setup, next }) => {
    people = await startPeople(rows);
    const { collector, snowflake } = people;
    const start = (): Promise<RunnerProcess> => new RunnerProcess(programs.get(name) ?? '', setup(people!)).ready();
    const ended = async (): Promise<boolean> => (await people!.stored())?.lastSyncTime === plan.startedAt;

    runner = await start();
    const plan = planOf(await runner.ask({ do: 'plan' }));
    await snowflake.query(`UPDATE PEOPLE SET EMAIL = 'later', UPDATED = SYSDATE() WHERE ID = 3;
      DELETE FROM PEOPLE WHERE ID = 4;
      INSERT INTO PEOPLE VALUES (${rows}, 'later', SYSDATE())`);
    // As far away as a real destination, so that requests are on their way whenever the kill comes.
    collector.fault({ kind: 'slow', delayMs: 30 }, { times: Infinity });

    let kills = 0;
    for (let kill = 0; kill < KILLS && !(await ended()); kill += 1) {
      const until = collector.messages.length + Math.floor(rows / (2 * KILLS));
      // A plain run goes on with a plan as well.
      const isPlain = kill % 2 === 1;
      void runner.ask(isPlain ? { do: 'run' } : { do: 'apply', plan });
      const dead = { is: false };
      void runner.ended.then(() => (dead.is = true));
      while (collector.messages.length < until && !(await ended()) && !dead.is) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await runner.kill();
      kills += 1;
      const { run } = (await people.stored()) ?? {};
      if (run !== undefined) expect(run).toMatchObject({ runId: plan.runId, plan: { removals: 0 } });
      const arrived = new Set(collector.messages.map(({ messageId }) => rowOf(messageId)));
      const below = run?.settled[0]?.to ?? 0;
      expect(Array.from({ length: below }, (_, row) => row).filter((row) => !arrived.has(row))).toEqual([]);
      runner = await start();
    }
    expect(kills).toBeGreaterThan(1);
    collector.clearFaults();
    if (!(await ended())) expect(await runner.ask({ do: 'apply', plan })).toMatchObject({ status: 'completed' });
    expect(await ended()).toBe(true);
    const ids = people.arrived();
    expect(ids.size).toBe(rows);
    expect([...ids.values()].every((id) => id.startsWith(plan.runId))).toBe(true);
    expect(collector.messages.filter(({ traits }) => emailOf(traits) === 'later')).toEqual([]);
    expect(await runner.ask({ do: 'apply', plan })).toMatchObject({ status: 'failed', code: 'PLAN_STALE' });

    collector.clear();
    expect(await runner.ask({ do: 'run' })).toMatchObject({ status: 'completed' });
    const sent = collector.messages.map(({ type, userId }) =>
      `${type} ${userId as string}`.replace(String(rows), 'new'),
    );
    expect(sent.sort()).toEqual(next);
  },
);

function planOf(answer: RunnerAnswer | undefined): PlanToken {
  if (answer?.is !== 'planned' || answer.plan === undefined) throw new Error(JSON.stringify(answer));
  return answer.plan;
}

/** The row of a run's message id: `<run id>-<row>`. */
function rowOf(messageId: string | undefined): number {
  return Number(messageId?.split('-').at(-1));
}

function emailOf(traits: unknown): unknown {
  return (traits as { readonly email?: unknown } | undefined)?.email;
}
