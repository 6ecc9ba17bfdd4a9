import { MemoryStateStore, Sync } from 'snowmelt';
import type { StateStore, SyncOptions, TrackMessage } from 'snowmelt';
import { SURROUNDINGS } from '../../src/sync/options/sync-context.js';
import type { SyncSurroundings } from '../../src/sync/options/sync-context.js';
import { ArraySource, ListSink, testMapper, testRows } from './plug-ins.js';

/** How long a lease lasts. */
export const TTL_MS = 60_000;

/** What is true in the world: the table, the destination, the store, the time. */
export class World {
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
export class Process {
  readonly #world: World;
  readonly #timers = new Set<{ ms: number; next: number; callback: () => void }>();
  readonly sync: Sync<TrackMessage>;
  readonly #crash: () => void;
  readonly crashed: Promise<'crashed'>;
  /** What it has handed to the destination. */
  readonly sent: TrackMessage[] = [];
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
      this.sent.push(...batch);
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
