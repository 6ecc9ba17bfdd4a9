import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileSnapshotStore } from 'snowmelt/diff';
import type { RowRange } from 'snowmelt';
import { beforeAll, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';
import type { RunnerAnswer } from '../child/people-runner.js';
import { isSoak } from './long-form.js';
import { Crew } from './mirror/crew.js';
import { Mirrored } from './mirror/mirrored.js';
import { Witness } from './mirror/witness.js';
import { announceSeed, seededRandom } from './random.js';

const PEOPLE = isSoak ? 8_000 : 1_600;
/** Of each source. */
const KILLS = isSoak ? 25 : 5;
const WORKERS = 4;
const RANGES = 8;
/** More than any job needs. */
const TRIES = 100;

let program: string;
beforeAll(async () => {
  program = await buildChild('test/child/mirror-runner.ts');
});

// Beside each other: most of the time they wait for what they have had spoilt.
it.concurrent.for([
  ['SnowflakeSource', 'driver'],
  ['SqlApiSource', 'sql-api'],
] as const)(
  `a mirror over %s whose processes are killed ${KILLS} times is its table in the end`,
  { timeout: 900_000 },
  async ([name, source], { onTestFinished }) => {
    const random = seededRandom(announceSeed(`diff-kill ${name}`));
    const world = await Mirrored.start(source, PEOPLE, random);
    const witness = new Witness(world);
    const workers = new Crew(world, program);
    onTestFinished(async () => {
      await workers.close();
      await world.close();
    });
    const ends = new Map<string, number>();
    const count = (answer: RunnerAnswer | undefined): void => {
      const end = answer === undefined ? 'killed' : answer.is === 'ended' ? answer.status : answer.is;
      const code = answer !== undefined && 'code' in answer ? ` ${String(answer.code)}` : '';
      ends.set(end + code, (ends.get(end + code) ?? 0) + 1);
      if (answer?.is === 'ended') expect(answer.changes?.held ?? 0).toBe(0);
    };

    const run = async (killed: boolean): Promise<RunnerAnswer | undefined> => {
      const answer = await workers.ask(0, { do: 'run' }, killed);
      count(answer);
      return answer;
    };

    /** A run in ranges, by all of them; at times it is left to the next run half done. */
    const inRanges = async (id: string): Promise<void> => {
      let begun = await workers.ask(0, { do: 'begin-as', id }, random() < 0.2);
      for (let tries = 0; begun?.is !== 'begun' && tries < TRIES; tries += 1) {
        count(begun);
        begun = await workers.ask(0, { do: 'begin-as', id });
      }
      if (begun?.is !== 'begun') throw new Error(`begin: ${JSON.stringify(begun)}`);
      const { handle } = begun;
      const step = Math.max(1, Math.ceil(handle.rowCount / RANGES));
      const queue: RowRange[] = [];
      for (let from = 0; from < handle.rowCount; from += step) {
        queue.push({ from, to: Math.min(from + step, handle.rowCount) });
      }
      queue.sort(() => random() - 0.5);
      const isLeft = random() < 0.3;
      if (isLeft) queue.length = RANGES / 2;
      let tries = 0;
      const work = async (worker: number): Promise<void> => {
        for (let range = queue.shift(); range !== undefined; range = queue.shift()) {
          const answer = await workers.ask(worker, { do: 'range', handle, range }, random() < 0.25);
          count(answer);
          if (answer === undefined) await witness.note();
          const isDone =
            answer?.is === 'ended' && (answer.status === 'completed' || answer.skipReason === 'already-settled');
          if (isDone) continue;
          if (tries++ > TRIES) throw new Error(JSON.stringify(answer));
          queue.push(range);
          if (answer?.is === 'ended' && answer.skipReason === 'lease-held') await sleep(20);
        }
      };
      await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
      if (isLeft) {
        expect(await workers.ask(1, { do: 'release', handle })).toEqual({ is: 'released' });
        return;
      }
      for (let worker = 0; tries < TRIES; worker = (worker + 1) % WORKERS, tries += 1) {
        const answer = await workers.ask(worker, { do: 'finish', handle }, random() < 0.6);
        count(answer);
        if (answer?.is === 'ended' && answer.status === 'completed') return;
        await witness.note();
      }
      throw new Error('never finished');
    };

    for (let round = 0; workers.kills < KILLS; round += 1) {
      await world.change();
      await witness.note();
      world.spoil();
      const doing = round % 3 === 1 ? inRanges(`round-${round}`) : run(true);
      // Also in the middle of it.
      if (random() < 0.5) await world.change();
      await doing;
      await world.calm();
      await world.learn(workers.queries);
      witness.check();
      await witness.settle();
      if (random() >= 0.2) continue;
      // What was sent and not stored as settled is in doubt then.
      await witness.lose();
      world.snowflake.faults.expireResults();
    }

    let answer: RunnerAnswer | undefined;
    for (let tries = 0; answer?.is !== 'ended' || answer.status !== 'completed'; tries += 1) {
      if (tries > TRIES) throw new Error(JSON.stringify(answer));
      answer = await run(false);
    }
    await world.change();
    expect(await run(false)).toMatchObject({ status: 'completed' });
    await world.learn(workers.queries);
    witness.check();
    const table = await world.table();
    const sent = world.collector.messages.length;
    expect(await run(false)).toMatchObject({
      status: 'completed',
      changes: { added: 0, changed: 0, unchanged: table.size, removed: 0, held: 0 },
    });
    expect(world.collector.messages).toHaveLength(sent);
    expect(byId(world.replayed())).toEqual(byId(table));

    await world.learn(workers.queries);
    const other = [...world.statements].filter((sql) => !/^\s*(SELECT|ALTER SESSION|SHOW PARAMETERS)\b/i.test(sql));
    expect(other).toEqual([]);
    const objects = await new FileSnapshotStore(join(world.folder, 'snapshots')).list('');
    const told = [...ends].map(([end, times]) => `${times} × ${end}`).join(', ');
    process.stdout.write(
      `diff-kill ${name}: ${told}; ${sent} messages, ${witness.repeated} repeated, ${objects.length} objects\n`,
    );
  },
);

function byId(people: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...people].sort(([a], [b]) => Number(a) - Number(b));
}
