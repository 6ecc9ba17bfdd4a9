// The main job, end to end: rows of a Snowflake go to Customer.io's API as calls, first all, then only the changed ones.
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { runDemo } from './run-demo.js';
import { findServers, startServers, stopServers } from './servers.js';

const folder = resolve('.snowmelt', 'demo');
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));

let servers = await findServers(folder);
if (servers === undefined) {
  console.log('Starting a Snowflake with a small shop in it, and a collector that speaks the Pipelines API …');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  servers = await startServers(folder, stop.signal);
} else {
  console.log('The servers of an earlier, killed demo still run: going on where it was.');
}
const heartbeat = setInterval(() => void servers.sayAlive(), 1000);

try {
  await runDemo(servers, folder, stop.signal);
  await stopServers(servers);
  if (process.env['DEMO_KEEP'] === undefined) rmSync(folder, { recursive: true, force: true });
} catch (error) {
  console.error(error);
  process.exitCode = 1;
  if (stop.signal.aborted) {
    console.log('Stopped. Started again within a minute, the demo goes on where it was.');
    process.exitCode = 130;
  } else {
    await stopServers(servers);
  }
} finally {
  clearInterval(heartbeat);
}
