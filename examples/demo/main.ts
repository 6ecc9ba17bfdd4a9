// The main job, end to end: rows of a Snowflake go to Customer.io's API as calls, first all, then only the changed ones.
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { runDemo } from './run-demo.js';
import { findServers, startServers, stopServers, type Servers } from './servers.js';

const folder = resolve('.snowmelt', 'demo');
const stop = new AbortController();
for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(name, () => {
    process.exitCode = code;
    stop.abort(new Error(`stopped by ${name}`));
  });

let servers: Servers | undefined;
let heartbeat: NodeJS.Timeout | undefined;
try {
  servers = await findServers(folder);
  if (servers === undefined) {
    console.log('Starting a Snowflake with a small shop in it, and a collector that speaks the Pipelines API …');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    servers = await startServers(folder, stop.signal);
  } else {
    console.log('The servers of an earlier, killed demo still run: going on where it was.');
  }
  const { sayAlive } = servers;
  heartbeat = setInterval(() => void sayAlive(), 1000);
  console.log(`To see it resume: kill -9 ${process.pid} in the middle, and start it again within a minute.`);
  await runDemo(servers, folder, stop.signal);
} catch (error) {
  if (stop.signal.aborted) {
    console.log('Stopped.');
  } else {
    console.error(error);
    process.exitCode = 1;
  }
} finally {
  clearInterval(heartbeat);
  if (servers !== undefined) await stopServers(servers);
  // After a failure the logs of the servers stay.
  if (process.exitCode !== 1 && process.env['DEMO_KEEP'] === undefined)
    rmSync(folder, { recursive: true, force: true });
}
