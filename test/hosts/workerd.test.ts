import { randomUUID } from 'node:crypto';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StateConflictError, type StateStore, type StoredState, type SyncState } from 'snowmelt';
import { testStateStore } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { root } from '../structure/source-files.js';
import { hostModule } from './host-program.js';
import { Servers } from './servers.js';
import { startWorker, type RunningWorker } from './start-worker.js';

const hosts = inject('hosts');
let servers: Servers;

beforeAll(async () => {
  servers = await Servers.start(20_000);
  await cp(join(root, 'examples/cloudflare-worker'), join(hosts, 'cloudflare-worker'), { recursive: true });
});
afterAll(() => servers.close());

const NO_STATE = 'export class StateRecord {}';

it('20,000 rows from SqlApiSource arrive from workerd', async () => {
  await writeFile(join(hosts, 'run-sync.mjs'), hostModule('SqlApiSource'));
  await writeFile(
    join(hosts, 'rows-worker.mjs'),
    `import { runSync } from './run-sync.mjs';
     export default { fetch: async (_, env) => Response.json(await runSync(JSON.parse(env.SETTINGS))) };
     ${NO_STATE}`,
  );
  const worker = await startWorker(hosts, 'rows-worker.mjs', { SETTINGS: JSON.stringify(servers.settings) });
  try {
    servers.expectAll(await (await fetch(worker.url)).json());
  } finally {
    await worker.stop();
  }
});

it('the example keeps its state in Durable Objects: a second run sends nothing', async () => {
  const { connection, endpoint, writeKey } = servers.settings;
  const worker = await startWorker(hosts, 'cloudflare-worker/worker.ts', {
    SNOWFLAKE_ACCOUNT: connection.account,
    SNOWFLAKE_URL: connection.accessUrl,
    SNOWFLAKE_USERNAME: connection.username,
    SNOWFLAKE_PRIVATE_KEY: connection.privateKey,
    SNOWFLAKE_DATABASE: connection.database,
    SNOWFLAKE_WAREHOUSE: connection.warehouse,
    CUSTOMERIO_ENDPOINT: endpoint,
    CUSTOMERIO_WRITE_KEY: writeKey,
  });
  try {
    expect(await (await fetch(worker.url)).json()).toEqual({ status: 'completed', rows: 20_000, error: null });
    expect(new Set(servers.arrived).size).toBe(20_000);
    expect(await (await fetch(worker.url)).json()).toEqual({ status: 'completed', rows: 0, error: null });
    expect(servers.arrived).toHaveLength(20_000);
  } finally {
    await worker.stop();
  }
});

describe('the store of the example', () => {
  let worker: RunningWorker;
  beforeAll(async () => {
    await writeFile(
      join(hosts, 'store-worker.mjs'),
      `import { durableStates } from './cloudflare-worker/state-record.ts';
       export { StateRecord } from './cloudflare-worker/state-record.ts';
       export default {
         async fetch(request, env) {
           const { call, key, given } = await request.json();
           try {
             return Response.json({ value: await durableStates(env.STATES)[call](key, ...given.map((one) => one ?? undefined)) });
           } catch ({ code, message }) {
             return Response.json({ code: code ?? message });
           }
         },
       };`,
    );
    worker = await startWorker(hosts, 'store-worker.mjs', {});
  });
  afterAll(() => worker.stop());

  /** The store in the Worker, called from here. */
  function openStore(prefix: string): StateStore {
    const call = async (name: keyof StateStore, key: string, ...given: readonly unknown[]): Promise<unknown> => {
      const body = JSON.stringify({ call: name, key: `${prefix}/${key}`, given });
      const reply = (await (await fetch(worker.url, { method: 'POST', body })).json()) as {
        code?: string;
        value?: unknown;
      };
      if (reply.code === 'STATE_CONFLICT') throw new StateConflictError('conflict');
      expect(reply.code).toBe(undefined);
      return reply.value;
    };
    return {
      get: async (key) => (await call('get', key)) as StoredState | undefined,
      compareAndSet: async (key, expected, value: SyncState) =>
        (await call('compareAndSet', key, expected, value)) as StoredState,
      delete: async (key, expected) => {
        await call('delete', key, expected);
      },
    };
  }

  testStateStore({
    describe,
    it,
    name: 'durableStates',
    create: () => {
      const prefix = randomUUID();
      return { store: openStore(prefix), capabilities: { reopen: () => openStore(prefix) } };
    },
  });
});
