import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { build } from 'esbuild';

/** A Worker that runs in Cloudflare's runtime on this machine. */
export interface RunningWorker {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/**
 * Bundles a Worker as wrangler does and starts workerd with it ("workerd.capnp" of its package describes the file).
 *
 * @param hosts where workerd and snowmelt are installed
 * @param entry the Worker's file, below it
 * @param variables its texts
 */
export async function startWorker(
  hosts: string,
  entry: string,
  variables: Readonly<Record<string, string>>,
): Promise<RunningWorker> {
  const folder = await mkdtemp(join(hosts, 'worker-'));
  await build({
    entryPoints: [join(hosts, entry)],
    outfile: join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    // What wrangler leaves to the runtime under `nodejs_compat`.
    external: ['node:*', 'cloudflare:*', ...builtinModules],
    logLevel: 'silent',
  });
  const bindings = Object.entries(variables).map(
    ([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`,
  );
  await writeFile(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
     const config :Workerd.Config = (
       services = [
         (name = "main", worker = .worker),
         (name = "internet", network = (allow = ["private", "public"])),
       ],
       sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
     );
     const worker :Workerd.Worker = (
       modules = [(name = "worker.js", esModule = embed "worker.js")],
       compatibilityDate = "2026-11-01",
       compatibilityFlags = ["nodejs_compat"],
       durableObjectNamespaces = [(className = "StateRecord", uniqueKey = "states", enableSql = true)],
       durableObjectStorage = (inMemory = void),
       bindings = [${[...bindings, '(name = "STATES", durableObjectNamespace = "StateRecord")'].join(', ')}],
     );`,
  );
  const child = spawn(join(hosts, 'node_modules/.bin/workerd'), ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error(said)));
    createInterface(child.stdio[3] as Readable).on('line', (line) => {
      const event = JSON.parse(line) as { event: string; port?: number };
      if (event.event === 'listen' && event.port !== undefined) resolve(event.port);
    });
  });
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
