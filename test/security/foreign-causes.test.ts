import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { pino, stdSerializers } from 'pino';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliver, fromAsyncIterable, identify, SnowflakeSource, SnowmeltError, Sync } from 'snowmelt';
import type { DeadLetter, Sink, StateStore } from 'snowmelt';
import { ActionDestinationSink } from 'snowmelt/action-destinations';
import { unstorageSnapshots } from 'snowmelt/diff';
import { PostgresStateStore } from 'snowmelt/postgres';
import { RedisStateStore } from 'snowmelt/redis';
import { CallbackSink, WebhookSink } from 'snowmelt/sinks';
import { startSnowflake } from 'snowmelt/testing';
import { createStorage } from 'unstorage';
import { fetch as undiciFetch } from 'undici';
import { installDestinations } from '../action-destinations/install-destinations.js';
import { RecordingServer } from '../sink/recording-server.js';

const load = await installDestinations();
const planted = 'planted-secret-value';

/** Everything that a host may print of something. */
function printed(value: unknown): string {
  let logged = '';
  const logger = pino({ serializers: { err: stdSerializers.err } }, { write: (line: string) => void (logged += line) });
  logger.error({ err: value, all: value }, 'failed');
  logger.error(value);
  const cause = value instanceof Error ? inspect(value.cause, { showHidden: true, depth: 10 }) : '';
  return [inspect(value, { depth: 10, showHidden: true, getters: true }), logged, JSON.stringify(value), cause].join(
    '\n',
  );
}
const expectNothing = (value: unknown): void => {
  const text = printed(value);
  for (const form of [planted, Buffer.from(planted).toString('base64')]) expect(text).not.toContain(form);
};
async function failure(work: Promise<unknown>): Promise<SnowmeltError & { cause?: Error & { code?: string } }> {
  return work.then(
    () => expect.unreachable('nothing was thrown'),
    (error: unknown) => error as never,
  );
}
const rows = fromAsyncIterable(
  async function* () {
    yield { userId: planted };
  },
  { columns: ['userId'] },
);

/** An error as libraries make them: values in the text, in properties, below it and in its name. */
function foreign(): Error {
  const below = Object.assign(new RangeError(`below ${planted}\n    at ${planted} (/x.js:1:1)`), { row: [planted] });
  const error = new TypeError(`cannot write ${planted}\n    at once`, { cause: below });
  return Object.assign(error, { code: 'E_FOREIGN', request: { headers: { authorization: planted } }, detail: planted });
}

describe('an error below one of snowmelt', () => {
  it('shows its kind, its code and where it was thrown, and nothing else', () => {
    const error = new SnowmeltError('HOOK_FAILED', 'it failed', { cause: foreign() });
    expectNothing(error);
    expect(error.cause).toMatchObject({ name: 'TypeError', code: 'E_FOREIGN', cause: { name: 'RangeError' } });
    expect(printed(error)).toContain('foreign-causes.test.ts');
    expect((error.cause as Error).stack).toMatch(/^TypeError: .*\n {4}at foreign /);
  });

  it('stays when it is one of snowmelt', () => {
    const below = new SnowmeltError('ABORTED', 'stopped');
    expect(new SnowmeltError('HOOK_FAILED', 'it failed', { cause: below }).cause).toBe(below);
  });

  const proxy = new Proxy(new Error(planted), {
    get: () => {
      throw new Error(planted);
    },
  });
  const named = Object.assign(new Error('x'), {
    name: `Error of ${planted}`,
    code: `no code: ${planted}`,
    message: planted,
  });
  const changed = new Error(planted);
  changed.message = 'another text';
  const circle = new Error(planted);
  circle.cause = circle;
  it.each([
    ['a text', planted],
    ['an object', { row: planted }],
    ['null', null],
    ['an error that throws when it is read', proxy],
    ['an error with values in its name and code', named],
    ['an error whose text was changed', changed],
    ['an error below itself', circle],
    ['an error whose stack is no text', Object.assign(new Error('x'), { stack: { at: planted } })],
    ['several errors in one', new AggregateError([new Error(planted)], planted)],
  ])('may be anything: %s', (_, cause) => {
    expectNothing(new SnowmeltError('HOOK_FAILED', 'it failed', { cause }));
  });
});

describe('what code of the host throws', () => {
  const run = async (parts: Partial<Parameters<typeof deliver>[0]>): Promise<unknown> =>
    deliver({
      rows: await rows.execute({ sql: '', binds: [] }),
      mapper: identify(),
      sink: new CallbackSink<unknown>(async () => undefined),
      retry: { attempts: 2, minDelayMs: 1 },
      ...parts,
    });
  const failing = async (): Promise<never> => {
    throw foreign();
  };
  const sink: Sink<unknown> = { name: 'own', write: failing };
  const cases: Record<string, Partial<Parameters<typeof deliver>[0]>> = {
    'a sink': { sink },
    'the opening of a sink': { sink: { ...sink, open: failing } },
    'the dead letter': {
      sink: new CallbackSink(async () => ({ accepted: 0, rejected: [{ index: 0, code: 'NO', reason: 'no' }] })),
      deadLetter: { name: 'dead', write: failing } satisfies Sink<DeadLetter<unknown>>,
    },
    onSettled: { onSettled: failing },
    'the rows': {
      rows: (async function* () {
        yield { firstRow: 0, rows: [[planted]] };
        throw foreign();
      })(),
      columns: [{ name: 'userId', type: 'text', nullable: false }],
    } as never,
  };
  it.each(Object.entries(cases))('%s', async (_, parts) => {
    const report = (await run(parts)) as { status: string; error: Error };
    expect(report.status).toBe('failed');
    expectNothing(report.error);
    expectNothing(report);
    expect(printed(report.error)).toContain('at foreign ');
  });

  it('a state store, through a sync and its events', async () => {
    const state: StateStore = { get: failing, compareAndSet: failing, delete: failing };
    const sync = new Sync({ name: 'people', source: rows, mapper: identify(), sink: sink, state });
    const events: unknown[] = [];
    for (const name of ['run:fail', 'warning'] as const) sync.on(name, (event) => events.push(event));
    const report = await sync.run();
    expect(report.status).toBe('failed');
    expectNothing(report);
    expectNothing(report.error);
    expectNothing(events);
  });
});

describe('what a library throws', () => {
  const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
  describe.skipIf(!hasRedis)('clients of Redis (skipped without redis-server on the PATH)', () => {
    let server: ChildProcess;
    let port = 0;
    beforeAll(async () => {
      const probe = await RecordingServer.start();
      port = Number(new URL(probe.origin).port);
      await probe.close();
      server = spawn('redis-server', [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--requirepass',
        'right',
      ]);
      let log = '';
      while (!/ready to accept connections/i.test(log)) log += String((await once(server.stdout!, 'data'))[0]);
    });
    afterAll(() => void server.kill());

    it.each(['planted user', undefined])('ioredis with a wrong password of %j', async (username) => {
      const client = new Redis(port, '127.0.0.1', {
        username,
        password: planted,
        maxRetriesPerRequest: 0,
        retryStrategy: () => null,
      });
      client.on('error', () => undefined);
      const error = await failure(new RedisStateStore({ client }).get('people'));
      expect(error.code).toBe('STATE_UNAVAILABLE');
      expect(error.cause).toBeDefined();
      expectNothing(error);
      client.disconnect();
    });

    it('redis with a wrong password', async () => {
      const client = createClient({ socket: { port, host: '127.0.0.1', reconnectStrategy: false }, password: planted });
      client.on('error', () => undefined);
      await client.connect().catch(() => undefined);
      const error = await failure(new RedisStateStore({ client: client }).get('people'));
      expect(error.code).toBe('STATE_UNAVAILABLE');
      expectNothing(error);
    });
  });

  it('pg', async () => {
    const store = new PostgresStateStore({ connectionString: `postgres://user:${planted}@127.0.0.1:1/${planted}` });
    const error = await failure(store.get('people'));
    expect(error).toMatchObject({ code: 'STATE_UNAVAILABLE', cause: { code: 'ECONNREFUSED' } });
    expectNothing(error);
    await store.close();
  });

  it('unstorage, whose driver throws what it was given', async () => {
    const failing = async (key: string): Promise<never> => {
      throw Object.assign(foreign(), { key });
    };
    const driver = { name: 'own', hasItem: failing, getItem: failing, getItemRaw: failing, getKeys: failing };
    const storage = createStorage({
      driver: { ...driver, setItem: failing, setItemRaw: failing, removeItem: failing },
    });
    const snapshots = unstorageSnapshots(storage);
    const calls = [snapshots.put('a/1-b', Buffer.from(planted)), snapshots.get('a/1-b'), snapshots.list('a/')];
    for (const call of calls) {
      const error = await failure(call);
      expect(error.code).toBe('SNAPSHOT_UNAVAILABLE');
      expectNothing(error);
    }
  });

  it.each([
    ['a passphrase that does not fit', () => ({ passphrase: planted }), 'KEY_PASSPHRASE'],
    ['a server that answers what it was sent', () => ({}), 'SOURCE_SQL'],
  ] as const)('snowflake-sdk, with %s', async (what, options, code) => {
    const snowflake = await startSnowflake();
    const encrypted = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' },
    }).privateKey;
    const connection = snowflake.connection();
    const wrong = what.startsWith('a passphrase') ? { ...connection, privateKey: encrypted } : connection;
    try {
      const work = async (): Promise<void> => {
        const source = new SnowflakeSource({ ...wrong, ...options() });
        snowflake.faults.inject({
          on: 'query',
          kind: 'error',
          code: '001003',
          message: `syntax error near ${planted}`,
        });
        try {
          await source.execute({ sql: 'SELECT 1', binds: [] });
        } finally {
          await source.close();
        }
      };
      const error = await failure(work());
      expect(error.code).toBe(code);
      expectNothing(error);
    } finally {
      await snowflake.close();
    }
  });

  it('undici', async () => {
    const headers = { authorization: `Bearer ${planted}` };
    const sink = new WebhookSink({ endpoint: 'http://127.0.0.1:1/', headers, fetch: undiciFetch });
    const context = { fence: async () => undefined, signal: new AbortController().signal, sync: 's', runId: 'r' };
    const batch = [{ type: 'identify', userId: planted } as const];
    const error = await failure(sink.write(batch, { ...context, attempt: 1, firstRow: 0 }));
    expect(error.code).toBe('SINK_UNREACHABLE');
    expectNothing(error);
  });

  it.each([400, 401, 503])('an action destination that is answered %i', async (status) => {
    const server = await RecordingServer.start();
    server.answer = ({ body }) => ({ status, body: JSON.stringify({ message: `${planted} ${body}` }) });
    const sink = new ActionDestinationSink({
      destination: 'webhook',
      action: 'send',
      settings: { sharedSecret: planted },
      mapping: { url: `${server.origin}/hook`, headers: { 'x-key': planted } },
      load,
    });
    const report = await deliver({
      rows: await rows.execute({ sql: '', binds: [] }),
      mapper: identify(),
      sink,
      retry: { attempts: 2, minDelayMs: 1 },
    });
    expect(report.status).toBe('failed');
    expectNothing(report);
    expectNothing(report.error);
    await server.close();
  });
});
