import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { environment } from '../package/pack-package.js';
import { hostModule, type HostSource } from './host-program.js';
import { Servers } from './servers.js';

const hosts = inject('hosts');
let servers: Servers;

beforeAll(async () => {
  servers = await Servers.start(2000);
});
afterAll(() => servers.close());

describe.each(['turbopack', 'webpack'])('a Next.js route handler, built by %s', (bundler) => {
  const app = join(hosts, `next-${bundler}`);
  const next = join(hosts, 'node_modules/next/dist/bin/next');
  const sources: readonly HostSource[] = ['SqlApiSource', 'SnowflakeSource'];

  beforeAll(async () => {
    await mkdir(join(app, 'app'), { recursive: true });
    await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true }));
    await symlink(join(hosts, 'node_modules'), join(app, 'node_modules'));
    await writeFile(
      join(app, 'app/layout.js'),
      'export default function Layout({ children }) { return <html><body>{children}</body></html>; }',
    );
    await writeFile(join(app, 'app/page.js'), 'export default function Page() { return <p>snowmelt</p>; }');
    for (const source of sources) {
      const folder = join(app, 'app', source);
      await mkdir(folder);
      await writeFile(join(folder, 'run-sync.js'), hostModule(source));
      await writeFile(
        join(folder, 'route.js'),
        `import { runSync } from './run-sync.js';
         export const dynamic = 'force-dynamic';
         export async function GET() {
           return Response.json(await runSync(JSON.parse(process.env.SNOWMELT_HOST)));
         }`,
      );
    }
  });

  it('delivers from both sources', async () => {
    const env = { ...environment(), NEXT_TELEMETRY_DISABLED: '1', SNOWMELT_HOST: JSON.stringify(servers.settings) };
    const run = promisify(execFile);
    await run(process.execPath, [next, 'build', `--${bundler}`], { cwd: app, env, maxBuffer: 1e8 });
    const port = await freePort();
    const server = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', String(port)], {
      cwd: app,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      await new Promise<void>((resolve, reject) => {
        let said = '';
        const hear = (chunk: Buffer): void => {
          said += chunk.toString();
          if (said.includes('Ready in')) resolve();
        };
        server.stdout.on('data', hear);
        server.stderr.on('data', hear);
        server.once('exit', () => reject(new Error(said)));
      });
      for (const source of sources) {
        const reply = await fetch(`http://127.0.0.1:${port}/${source}`);
        servers.expectAll(await reply.json());
      }
    } finally {
      server.kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    }
  });
});

it('a function of AWS Lambda, bundled into one file with the SDK left out, delivers in an empty folder', async () => {
  await writeFile(join(hosts, 'lambda-sync.mjs'), hostModule('SqlApiSource'));
  const folder = join(hosts, 'lambda');
  await build({
    stdin: {
      contents: `import { runSync } from './lambda-sync.mjs';
        export const handler = async (event) => runSync(event);`,
      resolveDir: hosts,
    },
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: ['@aws-sdk/*'],
    logLevel: 'silent',
  });
  // As /var/task on Lambda: nothing is installed above it.
  const task = await mkdtemp(join(tmpdir(), 'snowmelt-task-'));
  await cp(folder, task, { recursive: true });
  const call = `const { handler } = await import('./index.mjs');
    console.log(JSON.stringify(await handler(JSON.parse(process.env.SNOWMELT_HOST))));`;
  try {
    await servers.runAll(process.execPath, ['--input-type=module', '--eval', call], task);
  } finally {
    await rm(task, { recursive: true, force: true });
  }
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
