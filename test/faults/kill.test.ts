import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { buildChild } from '../child/build-child.js';
import { isSoak } from './long-form.js';
import { startPeople, type People } from './people.js';
import { announceSeed, seededRandom } from './random.js';
import { RunnerProcess } from './runner-process.js';

const KILLS = isSoak ? 50 : 10;

/** What a runner has stored. */
interface Progress {
  readonly lastSyncTime: number;
  /** Every row below is settled; 0 without a run. */
  readonly below: number;
  /** Start of the run that has not ended. */
  readonly startedAt?: number | undefined;
}

interface Kind {
  readonly rows: number;
  readonly command: 'run' | 'own-run';
  readonly progress: (people: People) => Promise<Progress>;
}

const kinds: readonly (readonly [string, Kind])[] = [
  [
    'Sync',
    {
      rows: isSoak ? 200_000 : 60_000,
      command: 'run',
      progress: async (people) => {
        const stored = await people.stored();
        const { run, lastSyncTime = 0 } = stored ?? {};
        return { lastSyncTime, below: run?.settled[0]?.to ?? 0, startedAt: run?.startedAt };
      },
    },
  ],
  [
    'examples/own-runner',
    {
      rows: isSoak ? 200_000 : 30_000,
      command: 'own-run',
      progress: async ({ setup }) => {
        const text = await readFile(`${setup.folder}.json`, 'utf8').catch(() => '{"lastSyncTime":0}');
        const stored = JSON.parse(text) as { lastSyncTime: number; run?: { below: number; startedAt: number } };
        const { run, lastSyncTime } = stored;
        return { lastSyncTime, below: run?.below ?? 0, startedAt: run?.startedAt };
      },
    },
  ],
];

/** Which rows had come without a gap, and when. */
class Arrivals {
  readonly #collector: People['collector'];
  readonly #rows = new Set<number>();
  #seen = 0;
  #below = 0;
  #samples: { readonly at: number; readonly below: number }[] = [];

  constructor(collector: People['collector']) {
    this.#collector = collector;
  }

  look(): void {
    const { messages } = this.#collector;
    for (; this.#seen < messages.length; this.#seen += 1) this.#rows.add(rowOf(messages[this.#seen]?.messageId));
    while (this.#rows.has(this.#below)) this.#below += 1;
    this.#samples.push({ at: performance.now(), below: this.#below });
  }

  /** The end of the rows that had come without a gap by a time. */
  belowAt(time: number): number {
    return this.#samples.findLast(({ at }) => at <= time)?.below ?? 0;
  }

  clear(): void {
    this.#rows.clear();
    this.#seen = 0;
    this.#below = 0;
    this.#samples = [];
  }
}

let program: string;
beforeAll(async () => {
  program = await buildChild('test/child/people-runner.ts');
});

let people: People | undefined;
let runner: RunnerProcess | undefined;
afterEach(async () => {
  await runner?.kill();
  await people?.close();
});

it.each(kinds)(
  `%s, killed ${KILLS} times, loses no row and repeats only rows after its checkpoint`,
  { timeout: 900_000 },
  async (name, { rows: ROWS, command, progress }) => {
    const random = seededRandom(announceSeed(`kill ${name}`));
    people = await startPeople(ROWS);
    const { collector, setup } = people;
    const arrivals = new Arrivals(collector);
    // As far away as a real destination, so that requests are on their way whenever the kill comes; some of them are
    // taken after the death of who sent them.
    collector.fault({ kind: 'slow', delayMs: 10 }, { times: Infinity });

    /** Waits for a random moment: of the start, or of the delivery. */
    const randomMoment = async (killsLeft: number, below: number): Promise<void> => {
      const isEarly = random() < 0.25;
      const part = random();
      const ended = { is: false };
      void runner?.ended.then(() => (ended.is = true));
      if (isEarly) return sleep(part * 2_500);
      const more = Math.floor((part * 2 * (ROWS - below)) / (killsLeft + 1));
      const until = collector.messages.length + more;
      const { lastSyncTime } = await progress(people!);
      while (collector.messages.length < until && !ended.is) {
        await sleep(5);
        arrivals.look();
        if ((await progress(people!)).lastSyncTime > lastSyncTime) return;
      }
      await sleep(random() * 20);
    };

    let before: Progress = { lastSyncTime: 0, below: 0 };
    let repeated = 0;
    const toRepeat: number[] = [];
    const overdue: number[] = [];
    let killsInDelivery = 0;
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const seen = collector.messages.length;
      runner = new RunnerProcess(program, setup);
      void runner.ask({ do: command });
      await randomMoment(KILLS - kill, before.below);
      const killedAt = performance.now();
      await runner.kill();
      const after = await progress(people);
      // Whatever it sent lies after the checkpoint that it found.
      const rows = collector.messages.slice(seen).map(({ messageId }) => rowOf(messageId));
      expect(least(rows)).toBeGreaterThanOrEqual(before.below);
      // What is stored as settled has arrived.
      const arrived = new Set(collector.messages.map(({ messageId }) => rowOf(messageId)));
      const missing = Array.from({ length: after.below }, (_, row) => row).filter((row) => !arrived.has(row));
      expect(missing).toEqual([]);
      if (rows.length > 0) {
        killsInDelivery += 1;
        // A run that had ended by then leaves nothing to repeat.
        if (after.lastSyncTime === before.lastSyncTime) {
          toRepeat.push(rows.filter((row) => row >= after.below).length);
          overdue.push(Math.max(0, arrivals.belowAt(killedAt - 250) - after.below));
        }
      }
      repeated = Math.max(repeated, collector.messages.length - arrived.size);
      if (after.lastSyncTime === before.lastSyncTime) {
        expect(after.below).toBeGreaterThanOrEqual(before.below);
        before = after;
        continue;
      }
      // The kill came after the end, which everything has to stand behind; the next ones hit a run of all rows again.
      expect(people.arrived().size).toBe(ROWS);
      await people.change(1);
      await sleep(1_100);
      collector.clear();
      arrivals.clear();
      before = { lastSyncTime: after.lastSyncTime, below: 0 };
    }
    expect(killsInDelivery).toBeGreaterThan(0);
    process.stdout.write(`kill ${name}: rows that each kill made the next run repeat: ${toRepeat.join(', ')}\n`);
    // What was in flight is not due, nor what came in the last 250 ms: a goal for a machine that does nothing else.
    process.stdout.write(`kill ${name}: of these, settled for more than 250 ms: ${overdue.join(', ')}\n`);

    const seen = collector.messages.length;
    runner = await new RunnerProcess(program, setup).ready();
    expect(await runner.ask({ do: command })).toMatchObject({ status: 'completed' });
    expect(least(collector.messages.slice(seen).map(({ messageId }) => rowOf(messageId)))).toBeGreaterThanOrEqual(
      before.below,
    );
    // Nobody is missing, and nobody has a second message id.
    expect(people.arrived().size).toBe(ROWS);
    expect(new Set(people.arrived().values()).size).toBe(ROWS);
    expect(repeated).toBeGreaterThan(0);
    const { lastSyncTime } = await progress(people);
    expect(lastSyncTime).toBeGreaterThan(before.lastSyncTime);
    if (before.startedAt !== undefined) expect(lastSyncTime).toBe(before.startedAt);

    // The next run finds what changed since the first one started, and nothing else.
    collector.clear();
    collector.clearFaults();
    const changed = await people.change(100);
    expect(await runner.ask({ do: command })).toMatchObject({ status: 'completed', rowsDelivered: changed });
    expect(people.arrived().size).toBe(changed);
  },
);

/** The row of a run's message id: `<run id>-<row>`. */
function rowOf(messageId: string | undefined): number {
  return Number(messageId?.split('-').at(-1));
}

function least(rows: readonly number[]): number {
  return rows.reduce((a, b) => Math.min(a, b), Infinity);
}
