// A Redis of its own for the contest of the state stores; `undefined` where no redis-server is on the PATH.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function startRedis() {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'snowmelt-bench-redis-'));
  const path = join(folder, 'redis.sock');
  // As RedisStateStore wants it: what is confirmed is on the disk.
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always'];
  const server = spawn('redis-server', ['--port', '0', '--unixsocket', path, '--dir', folder, ...durable], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let log = '';
  const failed = once(server, 'exit').then(() => {
    throw new Error(`redis-server ended:\n${log}`);
  });
  failed.catch(() => undefined);
  while (!/ready to accept connections/i.test(log)) {
    log += String((await Promise.race([once(server.stdout, 'data'), failed]))[0]);
  }
  server.stdout.resume();
  return {
    path,
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
