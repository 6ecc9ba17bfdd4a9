import fc from 'fast-check';
import { MemoryStateStore, Sync } from 'snowmelt';
import type { RunReport, StateStore, SyncOptions, TrackMessage } from 'snowmelt';
import { it } from 'vitest';
import { SURROUNDINGS } from '../../src/sync/options/sync-context.js';
import type { SyncSurroundings } from '../../src/sync/options/sync-context.js';
import { ArraySource, ListSink, testMapper, testRows } from './plug-ins.js';
import { refuse } from './set-up.js';

const RUNS = Number(process.env['SNOWMELT_SOAK_RUNS'] ?? 300);
const TTL_MS = 60_000;

/** What is true in the world: the table, the destination, the store, the time. */
class World {
  /** By a clock that nobody sets, on a machine that never sleeps. */
  time = 1_700_000_000_000;
  /** How long the machine of the processes has slept: their monotonic clock stood still. */
  slept = 0;
  /** By how much their wall clock was set. */
  wrong = 0;
  readonly timers = new Set<{ ms: number; next: number; callback: () => void }>();
  readonly store: MemoryStateStore;
  readonly source = new ArraySource();
  readonly sink = new ListSink();
  /** Every row that a query returned, by query. */
  rows = 0;
  processes = 0;
  /** Steps until the running process stops for ever; undefined: it does not. */
  stepsLeft: number | undefined;
  highestToken = 0;
  /** A holder that had lost its lease began to write. */
  lateWrites = 0;

  /** @param isLocal whether the store tells the time by the clock of the processes, as files do */
  constructor(isLocal: boolean) {
    this.store = new MemoryStateStore({ now: () => (isLocal ? this.wall : this.time) });
  }

  get monotonic(): number {
    return this.time - this.slept;
  }

  get wall(): number {
    return this.time + this.wrong;
  }

  /** The machine sleeps. */
  suspend(ms: number): void {
    this.time += ms;
    this.slept += ms;
  }

  /** Time passes; timers of living processes fire. */
  pass(ms: number): void {
    this.time += ms;
    for (const timer of [...this.timers]) {
      while (timer.next <= this.monotonic && this.timers.has(timer)) {
        timer.next += timer.ms;
        timer.callback();
      }
    }
  }

  addRows(count: number): void {
    const added = testRows(count).map(([, event], i) => [`u${this.rows + i}`, event] as const);
    this.rows += count;
    this.source.rows = [...this.source.rows, ...added];
  }
}

/** One process: its timers and calls stop for ever when it crashes. */
class Process {
  readonly #world: World;
  readonly #timers = new Set<{ ms: number; next: number; callback: () => void }>();
  readonly sync: Sync<TrackMessage>;
  readonly #crash: () => void;
  readonly crashed: Promise<'crashed'>;
  #isDead = false;

  constructor(world: World) {
    this.#world = world;
    const host = `host-${++world.processes}`;
    let crash = (): void => undefined;
    this.crashed = new Promise((resolve) => {
      crash = () => resolve('crashed');
    });
    this.#crash = crash;
    const step = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        await this.#step();
        const result = await call(...args);
        // A crash may also lie between the effect and the answer.
        await this.#step();
        return result;
      };
    };
    const { source, sink, store } = world;
    const state: StateStore = {
      get: step(store.get),
      compareAndSet: step(store.compareAndSet),
      delete: step(store.delete),
    };
    let holders = 0;
    const surroundings: SyncSurroundings = {
      clock: {
        monotonic: () => world.monotonic,
        wall: () => world.wall,
        every: (ms, callback) => {
          const timer = { ms, next: world.monotonic + ms, callback };
          world.timers.add(timer);
          this.#timers.add(timer);
          return () => void world.timers.delete(timer);
        },
        sleep: async (ms) => world.pass(ms),
      },
      identity: {
        host,
        pid: 1,
        processStart: '1',
        holder: () => `${host}.${++holders}`,
        ended: () => undefined,
        isDead: () => false,
      },
    };
    const write = step(sink.write);
    const guarded: typeof sink.write = (batch, context) => {
      const token = context.fencingToken ?? 0;
      if (token < world.highestToken && !this.#isDead) world.lateWrites += 1;
      world.highestToken = Math.max(world.highestToken, token);
      return write(batch, context);
    };
    const options: SyncOptions<TrackMessage> = {
      name: 'people',
      source: {
        execute: step(source.execute),
        reopen: step(source.reopen),
        now: step(async () => new Date(world.time)),
        close: source.close,
      },
      mapper: testMapper(),
      sink: { name: 'list', limits: { maxMessages: 3 }, write: guarded },
      state,
      concurrency: 2,
      retry: { attempts: 2, minDelayMs: 1 },
      checkpoint: { everyRows: 4 },
      lease: { ttlSeconds: TTL_MS / 1000 },
    };
    this.sync = new Sync({ ...options, ...{ [SURROUNDINGS]: surroundings } });
  }

  async #step(): Promise<void> {
    const world = this.#world;
    if (!this.#isDead && world.stepsLeft !== undefined && world.stepsLeft-- <= 0) {
      this.#isDead = true;
      world.stepsLeft = undefined;
      for (const timer of this.#timers) world.timers.delete(timer);
      this.#crash();
    }
    if (this.#isDead) await new Promise(() => undefined);
  }
}

interface Model {
  /** Rows of the table when the last completed run queried it. */
  completedRows: number;
}

class Command implements fc.AsyncCommand<Model, World> {
  readonly #name: string;
  readonly #act: (world: World, model: Model) => Promise<void> | void;

  constructor(name: string, act: (world: World, model: Model) => Promise<void> | void) {
    this.#name = name;
    this.#act = act;
  }

  check = (): boolean => true;
  toString = (): string => this.#name;
  run = async (model: Model, world: World): Promise<void> => {
    const before = await world.store.get('people');
    await this.#act(world, model);
    const after = await world.store.get('people');
    const sync = after?.value;
    if (sync === undefined) return;
    if (world.lateWrites > 0) throw new Error('a holder without its lease began to write');
    if (sync.fencingToken < (before?.value.fencingToken ?? 0)) throw new Error('the fencing token fell');
    if (sync.lastSyncTime < (before?.value.lastSyncTime ?? 0)) throw new Error('last_sync_time fell');
    // Nothing is lost: what is stored as settled was accepted, and so was every row of a completed window.
    const users = world.sink.users;
    for (const { from, to } of sync.run?.settled ?? []) {
      const rows = world.source.results.get(sync.run?.ref?.queryId ?? '') ?? [];
      for (const [user] of rows.slice(from, to))
        if (!users.has(user)) throw new Error(`settled row of ${user} was never accepted`);
    }
    if (sync.lastSyncTime > (before?.value.lastSyncTime ?? 0)) {
      const done = sync.history.at(-1);
      if (done?.status !== 'completed') throw new Error('last_sync_time moved without a completed run');
      if (done.counts!.read !== done.counts!.delivered + done.counts!.rejected + done.counts!.skipped) {
        throw new Error('the books of a completed run do not balance');
      }
    }
  };
}

async function runOnce(world: World, model: Model): Promise<RunReport | undefined> {
  const process = new Process(world);
  const outcome = await Promise.race([process.sync.run(), process.crashed]);
  world.stepsLeft = undefined;
  if (outcome === 'crashed') return undefined;
  if (outcome.status === 'completed') {
    const rows = world.source.results.get(outcome.queryId!)!;
    const users = world.sink.users;
    for (const [user] of rows) if (!users.has(user)) throw new Error(`row of ${user} is lost`);
    if (outcome.rowsRead !== rows.length) throw new Error(`${outcome.rowsRead} rows read of ${rows.length}`);
    model.completedRows = rows.length;
  }
  return outcome;
}

/** Something happens to the time while a process sends, and another process runs: at once, or behind the next batch. */
function interruptedBy(
  name: string,
  amount: fc.Arbitrary<number>,
  happens: (world: World, amount: number) => void,
): fc.Arbitrary<Command> {
  return fc.tuple(fc.integer({ min: 0, max: 20 }), amount, fc.boolean()).map(
    ([writes, ms, atOnce]) =>
      new Command(`${name}After(${writes}, ${ms}, ${atOnce})`, async (world, model) => {
        let left = writes;
        world.sink.onWrite = async () => {
          left -= 1;
          if (left === -1) happens(world, ms);
          if (left === (atOnce ? -1 : -2)) await runOnce(world, model);
        };
        await runOnce(world, model);
        world.sink.onWrite = undefined;
      }),
  );
}

const commands = [
  fc.integer({ min: 0, max: 30 }).map((count) => new Command(`addRows(${count})`, (world) => world.addRows(count))),
  fc.constant(
    new Command('run', async (world, model) => {
      await runOnce(world, model);
    }),
  ),
  fc.integer({ min: 0, max: 60 }).map(
    (steps) =>
      new Command(`crashAfter(${steps})`, async (world, model) => {
        world.stepsLeft = steps;
        await runOnce(world, model);
      }),
  ),
  fc.integer({ min: 0, max: 20 }).map(
    (writes) =>
      new Command(`sinkFailsAfter(${writes})`, async (world, model) => {
        let left = writes;
        world.sink.onWrite = () => left-- <= 0 && refuse();
        await runOnce(world, model);
        world.sink.onWrite = undefined;
      }),
  ),
  // The process stands still for longer than its lease, another one runs, then it goes on.
  interruptedBy('freeze', fc.constant(TTL_MS + 1), (world, ms) => void (world.time += ms)),
  interruptedBy('suspend', fc.integer({ min: 1, max: 3 * TTL_MS }), (world, ms) => world.suspend(ms)),
  interruptedBy('setClock', fc.integer({ min: -3 * TTL_MS, max: 3 * TTL_MS }), (world, ms) => void (world.wrong += ms)),
  fc.integer({ min: 1, max: 2 * TTL_MS }).map((ms) => new Command(`pass(${ms})`, (world) => world.pass(ms))),
  fc.constant(
    new Command('resultsExpire', (world) => world.source.results.forEach((_, id, all) => void all.delete(id))),
  ),
];

it(`holds its invariants when it crashes between any two steps (${RUNS} runs)`, { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 25 }), fc.boolean(), async (sequence, isLocal) => {
      const world = new World(isLocal);
      world.addRows(20);
      const model: Model = { completedRows: 0 };
      await fc.asyncModelRun(() => ({ model, real: world }), sequence);
      // However it went, one run after the last lease has expired brings everything over.
      world.sink.onWrite = undefined;
      world.time += TTL_MS + 1;
      const report = await runOnce(world, model);
      if (report?.status !== 'completed') throw new Error(`the last run ${report?.status}: ${report?.error?.message}`);
      const ids = new Map<string, string | undefined>();
      for (const { messageId, userId } of world.sink.accepted) {
        if (messageId === undefined) throw new Error('a message has no id');
        if (ids.has(messageId) && ids.get(messageId) !== userId) throw new Error(`the id ${messageId} names two rows`);
        ids.set(messageId, userId);
      }
    }),
    { numRuns: RUNS },
  );
});
