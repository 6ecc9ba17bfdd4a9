import { MemoryStateStore, Sync, withRateLimit } from 'snowmelt';
import type { RunReport, Sink, SyncOptions, TrackMessage } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { WebhookSink } from 'snowmelt/sinks';
import { startCollector, type Collector } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SURROUNDINGS, type SyncSurroundings } from '../../src/sync/options/sync-context.js';
import { ArraySource, testMapper, testRows } from './plug-ins.js';

const TTL_MS = 60_000;
const ROWS = 120;

/** Whose clock tells the store's time. */
type StoreClock = 'the machine' | 'a server';

/** One machine with its two clocks, and a server that nobody suspends or sets. */
class World {
  server = 1_700_000_000_000;
  monotonic = 5_000;
  wall = this.server;
  readonly timers = new Set<{ ms: number; next: number; callback: () => void }>();
  readonly store: MemoryStateStore;
  /** Who sent each request, in order. */
  readonly senders: string[] = [];

  constructor(clock: StoreClock) {
    this.store = new MemoryStateStore({ now: () => (clock === 'the machine' ? this.wall : this.server) });
  }

  /** Time passes; timers that are due fire. */
  pass(ms: number): void {
    this.server += ms;
    this.monotonic += ms;
    this.wall += ms;
    for (const timer of [...this.timers]) {
      while (timer.next <= this.monotonic && this.timers.has(timer)) {
        timer.next += timer.ms;
        timer.callback();
      }
    }
  }

  /** The machine sleeps. */
  suspend(ms: number): void {
    this.server += ms;
    this.wall += ms;
  }

  /** Somebody sets the machine's clock. */
  set(ms: number): void {
    this.wall += ms;
  }

  /** A process that sends every message by itself and asks before each. */
  process(name: string, source: ArraySource, onTurn?: (request: number) => Promise<void>): Sync<TrackMessage> {
    let requests = 0;
    return this.processWith(name, source, {
      name: 'one by one',
      limits: { maxMessages: 40 },
      write: async (batch, { fence }) => {
        for (let sent = 0; sent < batch.length; sent += 1) {
          await onTurn?.(requests++);
          await fence();
          this.senders.push(name);
        }
        return { accepted: batch.length };
      },
    });
  }

  processWith(name: string, source: ArraySource, sink: Sink<TrackMessage>): Sync<TrackMessage> {
    let holders = 0;
    const surroundings: SyncSurroundings = {
      clock: {
        monotonic: () => this.monotonic,
        wall: () => this.wall,
        every: (ms, callback) => {
          const timer = { ms, next: this.monotonic + ms, callback };
          this.timers.add(timer);
          return () => void this.timers.delete(timer);
        },
        sleep: async (ms) => this.pass(ms),
      },
      identity: {
        host: name,
        pid: 1,
        processStart: '1',
        holder: () => `${name}.${++holders}`,
        ended: () => undefined,
        isDead: () => false,
      },
    };
    const options: SyncOptions<TrackMessage> = {
      name: 'people',
      source,
      mapper: testMapper(),
      sink,
      state: this.store,
      concurrency: 1,
      lease: { ttlSeconds: TTL_MS / 1000 },
    };
    return new Sync({ ...options, ...{ [SURROUNDINGS]: surroundings } });
  }
}

interface Outcome {
  readonly first: RunReport;
  readonly others: readonly RunReport[];
  readonly senders: readonly string[];
}

/** When the other process asks for the lease. */
type Asking = 'at once' | 'after the next request' | 'again and again';

/** One process sends, something happens to its machine, and another process asks for the lease. */
async function outcome(clock: StoreClock, happens: (world: World) => void, asking: Asking): Promise<Outcome> {
  const world = new World(clock);
  const source = new ArraySource(testRows(ROWS));
  const others: RunReport[] = [];
  const other = async (): Promise<void> => void others.push(await world.process('other', source).run());
  const first = world.process('first', source, async (request) => {
    if (request === 5) {
      world.pass(1_000);
      happens(world);
      if (asking === 'at once') await other();
    }
    if (request === 6 && asking === 'after the next request') await other();
    if (request > 5 && asking === 'again and again') {
      world.pass(1_000);
      await other();
    }
  });
  return { first: await first.run(), others, senders: world.senders };
}

const stores: readonly StoreClock[] = ['the machine', 'a server'];
const happenings: readonly (readonly [string, (world: World) => void])[] = [
  ['is suspended for two leases', (world) => world.suspend(2 * TTL_MS)],
  ['is suspended for half a lease', (world) => world.suspend(TTL_MS / 2)],
  ['gets its clock set forward by 70 s', (world) => world.set(70_000)],
  ['gets its clock set forward by 25 s', (world) => world.set(25_000)],
  ['gets its clock set forward by 15 s', (world) => world.set(15_000)],
  ['gets its clock set back by 15 s', (world) => world.set(-15_000)],
  ['gets its clock set back by 50 s', (world) => world.set(-50_000)],
  ['gets its clock set back by 100 s', (world) => world.set(-100_000)],
  ['gets its clock set back by a day', (world) => world.set(-86_400_000)],
];
const cases = happenings.flatMap(([what, happens]) => stores.map((clock) => ({ what, happens, clock })));

describe.each(cases)('when a machine $what and $clock tells the time of the store', ({ happens, clock }) => {
  it.each<Asking>(['at once', 'after the next request', 'again and again'])(
    'two holders never both send, if another process asks %s',
    async (asking) => {
      const { first, others, senders } = await outcome(clock, happens, asking);
      const takenOver = senders.indexOf('other');
      if (takenOver >= 0) expect(senders.slice(takenOver)).not.toContain('first');
      const isTaken = others.some(({ status }) => status === 'completed');
      expect(first).toMatchObject(isTaken ? { error: { code: 'LEASE_LOST' } } : { status: 'completed' });
      if (!isTaken) expect(senders).toHaveLength(ROWS);
    },
  );

  it('a holder that nobody has replaced goes on, and is the only one as soon as it has looked', async () => {
    for (const asking of ['after the next request', 'again and again'] as const) {
      const { first, others } = await outcome(clock, happens, asking);
      expect(first).toMatchObject({ status: 'completed', rowsDelivered: ROWS });
      expect(others.length).toBeGreaterThan(0);
      for (const other of others) expect(other).toMatchObject({ status: 'skipped', skipReason: 'lease-held' });
    }
  });
});

describe('a machine that is suspended while the store answers', () => {
  it.each(stores)('asks again before it sends (the time of %s)', async (clock) => {
    const world = new World(clock);
    const source = new ArraySource(testRows(ROWS));
    const { compareAndSet } = world.store;
    let sleeps = false;
    let others: RunReport | undefined;
    const first = world.process('first', source, async (request) => {
      // Long enough for doubt.
      if (request === 5) world.monotonic += TTL_MS / 2;
      sleeps = request === 5;
    });
    Object.assign(world.store, {
      compareAndSet: async (...given: Parameters<typeof compareAndSet>) => {
        const stored = await compareAndSet(...given);
        if (!sleeps) return stored;
        sleeps = false;
        world.suspend(2 * TTL_MS);
        others = await world.process('other', source).run();
        return stored;
      },
    });
    expect(await first.run()).toMatchObject({ status: 'failed', error: { code: 'LEASE_LOST' } });
    expect(others).toMatchObject({ status: 'completed' });
    expect(world.senders.slice(world.senders.indexOf('other'))).not.toContain('first');
  });
});

describe('a machine that is suspended while a sink waits for its turn', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = await startCollector();
  });
  afterAll(() => collector.close());

  // The waits are real, the clocks of the lease are not: no timer of the process tells it before the sink asks.
  const paced: readonly (readonly [string, () => Sink<TrackMessage>])[] = [
    [
      'CustomerIoSink',
      () => {
        const { endpoint, writeKey } = collector;
        return new CustomerIoSink({ endpoint, writeKey, maxMessages: 10, maxRequestsPer3Seconds: 2 });
      },
    ],
    [
      'withRateLimit',
      () => {
        const webhook = new WebhookSink<TrackMessage>({
          endpoint: `${collector.endpoint}/batch`,
          maxMessages: 10,
          headers: { authorization: `Basic ${Buffer.from('test-key:').toString('base64')}` },
          body: (messages) => JSON.stringify({ batch: messages }),
        });
        return withRateLimit(webhook, { maxRequestsPerSecond: 0.3 });
      },
    ],
  ];

  it.each(paced)('%s sends nothing that another process has sent meanwhile', async (_, make) => {
    const world = new World('a server');
    const source = new ArraySource(testRows(ROWS));
    collector.clear();
    const first = world.processWith('first', source, make()).run();
    await expect.poll(() => collector.batches.length, { interval: 5 }).toBe(2);
    // It has the answer and waits for its turn, or soon will.
    world.suspend(2 * TTL_MS);
    expect(await world.process('other', source).run()).toMatchObject({ status: 'completed' });
    expect(collector.batches.length).toBe(2);
    expect(await first).toMatchObject({ status: 'failed', error: { code: 'LEASE_LOST' } });
    expect(collector.batches.length).toBe(2);
  });
});
