import { spawn } from 'node:child_process';
import { openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { dirname, join } from 'node:path';

/** A server process of the demo, as the runner sees it. */
export interface ServerProcess<Facts> {
  /** What the process wrote down when it was ready. */
  readonly facts: Facts;
  /** Asks it to do something; the answer comes back from JSON. */
  readonly ask: (command: string, body?: string) => Promise<unknown>;
}

type Written<Facts> = Facts & { readonly control: string };

/** Finds the server process of an earlier, killed runner. */
export async function findServer<Facts>(folder: string, name: string): Promise<ServerProcess<Facts> | undefined> {
  try {
    const written = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Written<Facts>;
    const server = client(written);
    await server.ask('alive');
    return server;
  } catch {
    return undefined;
  }
}

/** Starts a server process that outlives this one, and waits until it is ready. */
export async function startServer<Facts>(
  folder: string,
  name: string,
  signal: AbortSignal,
): Promise<ServerProcess<Facts>> {
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'a');
  const script = join(dirname(process.argv[1] ?? ''), `${name}.js`);
  const child = spawn(process.execPath, [script, folder], { detached: true, stdio: ['ignore', log, log] });
  child.unref();
  try {
    for (;;) {
      const server = await findServer<Facts>(folder, name);
      if (server !== undefined) return server;
      if (child.exitCode !== null) throw new Error(`The ${name} ended at its start:\n${readFileSync(logFile, 'utf8')}`);
      await sleep(50, undefined, { signal });
    }
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** Tells the runner how to reach this process: written under another name first, so that it is never half there. */
export function announceServer(folder: string, name: string, facts: Written<Record<string, string>>): void {
  const file = join(folder, `${name}.json`);
  writeFileSync(`${file}.new`, JSON.stringify({ ...facts, pid: process.pid }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function client<Facts>(written: Written<Facts>): ServerProcess<Facts> {
  return {
    facts: written,
    ask: async (command, body = '') => {
      const response = await fetch(`${written.control}/${command}`, { method: 'POST', body });
      const text = await response.text();
      if (!response.ok) throw new Error(text);
      return JSON.parse(text) as unknown;
    },
  };
}
