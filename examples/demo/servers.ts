import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPair } from 'snowmelt';
import { findServer, startServer, type ServerProcess } from './server-process.js';

/** The two server processes of the demo. */
export interface Servers {
  readonly snowflake: ServerProcess<{ readonly accessUrl: string; readonly account: string }>;
  readonly collector: ServerProcess<{ readonly endpoint: string; readonly writeKey: string }>;
  /** Keeps both from ending as orphans. */
  readonly sayAlive: () => Promise<void>;
}

/** The servers that a killed runner has left behind, when both still run. */
export async function findServers(folder: string): Promise<Servers | undefined> {
  const snowflake = await findServer<Servers['snowflake']['facts']>(folder, 'snowflake-server');
  const collector = await findServer<Servers['collector']['facts']>(folder, 'collector-server');
  if (snowflake !== undefined && collector !== undefined) return servers(snowflake, collector);
  await snowflake?.ask('stop');
  await collector?.ask('stop');
  return undefined;
}

/** Starts both servers with a new key pair for the reader. */
export async function startServers(folder: string, signal: AbortSignal): Promise<Servers> {
  const { privateKey, publicKey } = await generateKeyPair();
  writeFileSync(join(folder, 'rsa_key.p8'), privateKey, { mode: 0o600 });
  writeFileSync(join(folder, 'rsa_key.pub'), publicKey);
  const collector = await startServer<Servers['collector']['facts']>(folder, 'collector-server', signal);
  // The shop takes its time to fill; the collector must not take itself for an orphan meanwhile.
  const heartbeat = setInterval(() => void collector.ask('alive').catch(() => undefined), 1000);
  try {
    return servers(await startServer(folder, 'snowflake-server', signal), collector);
  } catch (error) {
    await collector.ask('stop');
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

/** Ends both processes; one that has ended already is as it should be. */
export async function stopServers({ snowflake, collector }: Servers): Promise<void> {
  await Promise.allSettled([snowflake.ask('stop'), collector.ask('stop')]);
}

function servers(snowflake: Servers['snowflake'], collector: Servers['collector']): Servers {
  return {
    snowflake,
    collector,
    sayAlive: async () => {
      // A server that is gone shows itself in the run; the heartbeat has nothing to add.
      await Promise.allSettled([snowflake.ask('alive'), collector.ask('alive')]);
    },
  };
}
