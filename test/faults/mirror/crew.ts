import { setTimeout as sleep } from 'node:timers/promises';
import type { RunnerAnswer } from '../../child/people-runner.js';
import { RunnerProcess, type AnyCommand } from '../runner-process.js';
import type { Mirrored } from './mirrored.js';

/** Puts that no run makes. */
const NEVER = 1e9;
/** The part of the people after whose messages, or a quarter of it after whose removals, the kill comes at the latest. */
const SOON = 0.08;
/** Puts after which it comes at the latest. */
const PUTS = 8;

/** Processes that mirror the table; one that is dead is replaced when it is needed. */
export class Crew {
  /** Processes that died while they were busy. */
  kills = 0;
  /** Queries of all runs so far. */
  readonly queries = new Map<string, string>();
  readonly #mirrored: Mirrored;
  readonly #program: string;
  readonly #workers = new Map<number, RunnerProcess>();
  readonly #random: () => number;

  constructor(mirrored: Mirrored, program: string) {
    this.#mirrored = mirrored;
    this.#program = program;
    this.#random = mirrored.random;
  }

  /** Asks one of them. @returns `undefined` when it has died before its answer */
  async ask(worker: number, command: AnyCommand, killed = false): Promise<RunnerAnswer | undefined> {
    const runner = await this.#worker(worker);
    const isByPut = killed && this.#random() < 0.3;
    runner.tell({ do: 'die', afterPuts: isByPut ? Math.floor(this.#random() * PUTS) : NEVER });
    const asked = { isAnswered: false };
    const answering = runner.ask(command).finally(() => (asked.isAnswered = true));
    if (killed && !isByPut) {
      const isNow = this.#moment();
      while (!asked.isAnswered && !isNow()) await sleep(1);
      if (!asked.isAnswered) runner.child.kill('SIGKILL');
    }
    const answer = await answering;
    for (const [runId, queryId] of runner.queries) this.queries.set(runId, queryId);
    if (answer === undefined) {
      this.kills += 1;
      await runner.ended;
      this.#workers.delete(worker);
    }
    return answer;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.kill()));
  }

  async #worker(number: number): Promise<RunnerProcess> {
    const known = this.#workers.get(number);
    if (known !== undefined) return known;
    const seed = Math.floor(this.#random() * 2 ** 31);
    const runner = new RunnerProcess(this.#program, { ...this.#mirrored.setup, seed });
    this.#workers.set(number, runner);
    return runner.ready();
  }

  /** A random moment: of the query, of the rows, or of the removals. */
  #moment(): () => boolean {
    const { collector, snowflake } = this.#mirrored;
    const part = this.#random();
    const before = collector.messages.length;
    const kind = this.#random();
    if (kind < 0.15) {
      const until = snowflake.stats().statements + 1 + Math.floor(part * 4);
      return () => snowflake.stats().statements >= until;
    }
    const isRemoval = kind < 0.45;
    const until = 1 + Math.floor(part * this.#mirrored.people * (isRemoval ? SOON / 4 : SOON));
    return () => {
      const arrived = collector.messages.slice(before);
      return (isRemoval ? arrived.filter(({ type }) => type === 'track') : arrived).length >= until;
    };
  }
}
