import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { ConfigError } from 'snowmelt';
import { RedisStateStore } from 'snowmelt/redis';
import type { IoRedisClient, NodeRedisClient } from 'snowmelt/redis';
import { testStateStore } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

it('refuses options without a client', () => {
  expect(() => new RedisStateStore({ client: {} as never })).toThrow(ConfigError);
});

describe.skipIf(!hasRedis)('RedisStateStore (skipped without redis-server on the PATH)', () => {
  let folder: string;
  let server: ChildProcess;
  let node: ReturnType<typeof createClient>;
  let io: Redis;
  let spaces = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snowmelt-redis-'));
    const path = join(folder, 'redis.sock');
    const options = ['--port', '0', '--unixsocket', path, '--dir', folder, '--appendonly', 'yes'];
    server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
    let log = '';
    while (!/ready to accept connections/i.test(log)) log += String((await once(server.stdout!, 'data'))[0]);
    node = createClient({ socket: { path, tls: false } });
    await node.connect();
    io = new Redis(path);
  });
  afterAll(async () => {
    node.destroy();
    io.disconnect();
    const ended = once(server, 'exit');
    server.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  });

  const clients: [string, () => NodeRedisClient | IoRedisClient][] = [
    ['redis', () => node],
    ['ioredis', () => io],
  ];
  for (const [name, client] of clients) {
    testStateStore({
      describe,
      it,
      name: `RedisStateStore with ${name}`,
      create: () => {
        spaces += 1;
        const prefix = `space-${spaces}:`;
        return {
          store: new RedisStateStore({ client: client(), prefix }),
          capabilities: {
            reopen: () => new RedisStateStore({ client: client(), prefix }),
            damage: async (key) => {
              await node.hSet(`${prefix}${key}`, 'value', 'not JSON');
            },
          },
        };
      },
    });
  }

  it('says what is wrong when Redis refuses', async () => {
    await node.set('snowmelt:people', 'a text');
    await expect(new RedisStateStore({ client: node }).get('people')).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      retryable: false,
      details: { reason: 'WRONGTYPE' },
      hint: expect.stringContaining('prefix') as string,
    });
  });

  it('says that a client was never connected', async () => {
    const closed = createClient({ socket: { path: join(folder, 'redis.sock'), tls: false } });
    await expect(new RedisStateStore({ client: closed }).get('people')).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      retryable: false,
      hint: expect.stringContaining('connect') as string,
    });
  });
});
