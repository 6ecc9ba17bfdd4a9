import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { withRateLimit, type Message, type SharedPace, type Sink, type WriteContext } from 'snowmelt';
import { postgresPace } from 'snowmelt/postgres';
import { redisPace } from 'snowmelt/redis';
import { CallbackSink } from 'snowmelt/sinks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../../scripts/start-postgres.mjs';
import { hasRedis, RedisServer } from './redis-server.js';

const RATE = 100;
const BATCH = 25;
const context: WriteContext = {
  fence: async () => undefined,
  signal: new AbortController().signal,
  sync: 'people',
  runId: 'r1',
  attempt: 1,
  firstRow: 0,
};
const batch: Message[] = Array.from({ length: BATCH }, (_, i) => ({ type: 'identify', userId: `u${i}` }));

/** What makes a pace over a connection of its own, as another process would have. */
interface PaceMaker {
  readonly name: string;
  readonly isHere: boolean;
  readonly start: () => Promise<{
    readonly pace: (name: string) => Promise<SharedPace>;
    readonly stop: () => Promise<void>;
  }>;
}

async function overRedis(connect: (port: number) => Promise<{ client: never; end: () => unknown }>) {
  const redis = await RedisServer.start();
  const ends: (() => unknown)[] = [];
  return {
    pace: async (name: string): Promise<SharedPace> => {
      const { client, end } = await connect(redis.port);
      ends.push(end);
      return redisPace({ client, name });
    },
    stop: async (): Promise<void> => {
      for (const end of ends) end();
      await redis.stop();
    },
  };
}

const makers: readonly PaceMaker[] = [
  {
    name: 'redisPace with redis (skipped without redis-server on the PATH)',
    isHere: hasRedis,
    start: () =>
      overRedis(async (port) => {
        const client = createClient({ socket: { port, host: '127.0.0.1', tls: false } });
        await client.connect();
        return { client: client as never, end: () => client.destroy() };
      }),
  },
  {
    name: 'redisPace with ioredis (skipped without redis-server on the PATH)',
    isHere: hasRedis,
    start: () =>
      overRedis(async (port) => {
        const client = new Redis(port);
        return { client: client as never, end: () => client.disconnect() };
      }),
  },
  {
    name: 'postgresPace',
    isHere: true,
    start: async () => {
      const { url, stop } = await startPostgres();
      const pools: Pool[] = [];
      return {
        pace: async (name: string): Promise<SharedPace> => {
          const pool = new Pool({ connectionString: url });
          // The server is stopped while the connections are still closing.
          pool.on('error', () => undefined);
          pools.push(pool);
          return postgresPace({ pool, name });
        },
        stop: async () => {
          await Promise.all(pools.map((pool) => pool.end()));
          await stop();
        },
      };
    },
  },
];

describe.each(makers)('$name', ({ isHere, start }) => {
  describe.skipIf(!isHere)('a pace', () => {
    let made: Awaited<ReturnType<PaceMaker['start']>>;
    beforeAll(async () => {
      made = await start();
    });
    afterAll(() => made.stop());

    it('is one for all that share it: three write no faster together than one may', async () => {
      const sent: number[] = [];
      const sinks = await Promise.all(
        [1, 2, 3].map(async (): Promise<Sink> => {
          const inner = new CallbackSink<Message>(async () => undefined);
          const { write } = inner;
          const timed = Object.assign(inner, {
            write: (...given: Parameters<Sink['write']>) => {
              sent.push(performance.now());
              return write(...given);
            },
          });
          return withRateLimit(timed, { maxMessagesPerSecond: RATE, shared: await made.pace('together') });
        }),
      );
      const begun = performance.now();
      await Promise.all(sinks.flatMap((sink) => [1, 2, 3].map(() => sink.write(batch, context))));
      // Nine batches, each a quarter of a second after the one before; a busy machine can only be later.
      const took = Math.max(...sent) - begun;
      expect(sent).toHaveLength(9);
      expect(took).toBeGreaterThan(((9 - 1) * BATCH * 1000) / RATE - 50);
    });

    it('is another one under another name, and begins at once when nothing is taken', async () => {
      const [one, other] = [await made.pace('one'), await made.pace('other')];
      expect(await one.take(60_000)).toBe(0);
      expect(await other.take(1)).toBe(0);
      const wait = await one.take(1);
      expect(wait).toBeGreaterThan(1_000);
      expect(wait).toBeLessThanOrEqual(60_000);
    });
  });
});

describe('a shared pace', () => {
  const inner = new CallbackSink<Message>(async () => {
    throw new Error('not to be called');
  });

  it.each([
    ['cannot be asked', { take: () => Promise.reject(new Error('postgres://user:secret@host')) }],
    [
      'throws at once',
      {
        take: () => {
          throw new Error('secret');
        },
      },
    ],
    ['says no number', { take: async () => 'soon' }],
    ['never comes', { take: async () => Infinity }],
  ])('that %s sends nothing, and lets the engine try again', async (_, shared) => {
    const sink = withRateLimit(inner, { maxRequestsPerSecond: 1, shared: shared as never });
    const error = await sink.write(batch, context).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'SinkError', code: 'PACE_UNAVAILABLE', retryable: true });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret');
  });

  it('ends the waiting with the signal', async () => {
    const sink = withRateLimit(inner, {
      maxRequestsPerSecond: 1,
      shared: { take: () => new Promise(() => undefined) },
    });
    const stop = new AbortController();
    const written = sink.write(batch, { ...context, signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(written).rejects.toThrow('enough');
  });

  it('needs a limit, a name and a client', () => {
    const refused = (call: () => unknown): void => {
      expect(call).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
    };
    refused(() => withRateLimit(inner, { shared: { take: async () => 0 } }));
    refused(() => withRateLimit(inner, { maxRequestsPerSecond: 1, shared: {} as never }));
    refused(() => redisPace({ client: {} as never, name: 'one' }));
    refused(() => redisPace({ client: { eval: async () => 0 } as never, name: '' }));
    refused(() => postgresPace({ pool: {} as never, name: 'one' }));
  });
});
