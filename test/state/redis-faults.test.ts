import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { StateError, type StoredState, type SyncState } from 'snowmelt';
import { RedisStateStore } from 'snowmelt/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
const state: SyncState = { schema: 3, lastSyncTime: 0, fencingToken: 0, lastToken: 0, history: [] };

/** The port of a cluster's bus is another 10,000 above. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port < 50_000 ? port : freePort();
}

describe.skipIf(!hasRedis)('what Redis refuses for good (skipped without redis-server on the PATH)', () => {
  let folder: string;
  const servers: ChildProcess[] = [];
  const clients: Redis[] = [];
  let port: number;

  const connect = (to: number, options: object = {}): Redis => {
    const client = new Redis({ port: to, maxRetriesPerRequest: 1, ...options });
    // Those of a refused password come here as well.
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };
  async function start(...options: string[]): Promise<number> {
    const own = await freePort();
    const dir = await mkdtemp(join(folder, 'data-'));
    const args = ['--port', String(own), '--bind', '127.0.0.1', '--dir', dir, '--save', '', ...options];
    const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    servers.push(server);
    let log = '';
    while (!/ready to accept connections/i.test(log)) log += String((await once(server.stdout, 'data'))[0]);
    server.stdout.resume();
    return own;
  }
  const save = (client: Redis | Cluster, key = 'people'): Promise<StoredState> =>
    new RedisStateStore({ client }).compareAndSet(key, undefined, state);
  async function refusal(client: Redis, key?: string): Promise<StateError> {
    const error: unknown = await save(client, key).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StateError);
    return error as StateError;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snowmelt-redis-faults-'));
    port = await start();
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    for (const server of servers) {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  });

  it('READONLY, of a replica', async () => {
    const replica = connect(await start('--replicaof', '127.0.0.1', String(port)));
    await expect.poll(() => replica.info('replication')).toContain('master_link_status:up');
    const error = await refusal(replica);
    expect(error).toMatchObject({ retryable: false, details: { reason: 'READONLY' } });
    expect(error.hint).toContain('primary');
  });

  it('MOVED, of a cluster; its client is the cure', async () => {
    const ports = [await start('--cluster-enabled', 'yes'), await start('--cluster-enabled', 'yes')] as const;
    const [one, two] = [connect(ports[0]), connect(ports[1])];
    await one.call('CLUSTER', 'ADDSLOTSRANGE', 0, 8191);
    await two.call('CLUSTER', 'ADDSLOTSRANGE', 8192, 16_383);
    await one.call('CLUSTER', 'MEET', '127.0.0.1', ports[1]);
    for (const node of [one, two]) await expect.poll(() => node.call('CLUSTER', 'INFO')).toContain('cluster_state:ok');
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => save(one, key).catch((thrown: unknown) => thrown)),
    );
    const moved = answers.filter((answer) => answer instanceof StateError);
    expect(moved.length).toBeGreaterThan(0);
    for (const error of moved) {
      expect(error).toMatchObject({ retryable: false, details: { reason: 'MOVED' } });
      expect(error.hint).toContain('new Redis.Cluster()');
    }
    const io = new Cluster([{ host: '127.0.0.1', port: ports[0] }]);
    const node = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${ports[0]}` }] });
    await node.connect();
    for (const key of ['g', 'h', 'i', 'j']) {
      expect(await save(io, key)).toMatchObject({ version: 1 });
      expect(await new RedisStateStore({ client: node }).get(key)).toMatchObject({ version: 1 });
    }
    io.disconnect();
    node.destroy();
  });

  it('OOM, without memory', async () => {
    const full = connect(await start('--maxmemory', '1mb', '--maxmemory-policy', 'noeviction'));
    const filler = 'x'.repeat(100_000);
    for (let number = 0; number < 20; number += 1) await full.set(`filler-${number}`, filler).catch(() => undefined);
    const error = await refusal(full);
    expect(error).toMatchObject({ retryable: false, details: { reason: 'OOM' } });
    expect(error.hint).toContain('maxmemory');
  });

  it('MISCONF, when it cannot save to its disk', async () => {
    const dir = await mkdtemp(join(folder, 'gone-'));
    const client = connect(await start('--dir', dir, '--stop-writes-on-bgsave-error', 'yes'));
    await client.config('SET', 'save', '3600 1');
    await client.set('a', 'b');
    await rm(dir, { recursive: true });
    await client.bgsave();
    await expect.poll(() => client.info('persistence')).toContain('rdb_last_bgsave_status:err');
    const error = await refusal(client);
    expect(error).toMatchObject({ retryable: false, details: { reason: 'MISCONF' } });
    expect(error.hint).toContain('disk');
  });

  it.each([
    [
      'NOPERM',
      ['ACL', 'SETUSER', 'limited', 'on', '>secret', '~*', '+ping', '+info'],
      { username: 'limited', password: 'secret' },
      'EVAL',
    ],
    ['unknown command', [], {}, 'EVAL'],
    ['NOAUTH', ['CONFIG', 'SET', 'requirepass', 'secret'], {}, 'password'],
  ])('%s', async (reason, [command = 'PING', ...args], credentials, hint) => {
    const renamed = reason === 'unknown command' ? ['--rename-command', 'EVAL', ''] : [];
    const own = await start(...renamed);
    await connect(own).call(command, ...args);
    const error = await refusal(connect(own, { enableReadyCheck: false, ...credentials }));
    expect(error).toMatchObject({ code: 'STATE_UNAVAILABLE', retryable: false, details: { reason } });
    expect(error.hint).toContain(hint);
  });

  it('a client that was closed', async () => {
    const closed = connect(port);
    await closed.ping();
    closed.disconnect();
    const error = await refusal(closed);
    expect(error).toMatchObject({ retryable: false });
    expect(error.hint).toContain('Connect the client');
  });

  it('what may pass is tried again', async () => {
    const busy = connect(port);
    const other = createClient({ socket: { port } });
    other.on('error', () => undefined);
    await other.connect();
    await busy.config('SET', 'busy-reply-threshold', 1);
    const running = other.eval('while true do end').catch(() => undefined);
    await expect.poll(() => busy.ping().catch((thrown: unknown) => String(thrown))).toContain('BUSY');
    const error = await refusal(busy);
    expect(error).toMatchObject({ retryable: true, details: { reason: 'BUSY' } });
    expect(error.hint).toContain('SCRIPT KILL');
    await busy.script('KILL');
    await running;
    other.destroy();
    expect(await save(busy)).toMatchObject({ version: 1 });
  });
});
