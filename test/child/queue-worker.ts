// Works on the jobs of a queue, in a process that its parent may kill at any moment.
import { FileStateStore, identify, QueryTemplate, SnowflakeSource, Sync } from 'snowmelt';
import { syncQueue } from 'snowmelt/bullmq';
import type { SyncQueueEvents, SyncQueueOptions } from 'snowmelt/bullmq';
import { CustomerIoSink } from 'snowmelt/customerio';
import type { RunnerSetup } from './people-runner.js';

/** Where everything is. */
export interface QueueWorkerSetup extends RunnerSetup {
  readonly queue: Omit<SyncQueueOptions, 'syncs'>;
  readonly concurrency?: number | undefined;
  /** How much the clock of the process is ahead, milliseconds. */
  readonly clockAheadMs?: number | undefined;
}

/** What the parent is told. */
export type QueueWorkerNews =
  | { readonly is: 'ready' | 'stopping' }
  | { readonly is: keyof SyncQueueEvents; readonly from?: number; readonly reason?: string };

const setup = JSON.parse(process.argv[2] ?? '{}') as QueueWorkerSetup;
const tell = (news: QueueWorkerNews): void => void process.send?.(news);
// Never outlives the test that started it.
process.on('disconnect', () => process.exit());

const { clockAheadMs = 0 } = setup;
if (clockAheadMs !== 0) {
  const now = Date.now.bind(Date);
  Date.now = () => now() + clockAheadMs;
}

const shutdown = new AbortController();
process.once('SIGTERM', () => {
  tell({ is: 'stopping' });
  shutdown.abort();
});

const sync = new Sync({
  name: 'people',
  source: new SnowflakeSource({ ...setup.connection, stallTimeoutMs: 2_000 }),
  query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE WHERE UPDATED >= {{last_sync_time}}'),
  mapper: identify(),
  sink: new CustomerIoSink({ endpoint: setup.endpoint, writeKey: setup.writeKey, maxMessages: 250 }),
  state: new FileStateStore(setup.folder),
  lease: { ttlSeconds: setup.ttlSeconds },
});
const queue = syncQueue({ ...setup.queue, syncs: [sync] });
for (const name of ['run:begin', 'range:settled', 'range:retry', 'range:fail', 'run:complete', 'run:fail'] as const) {
  queue.on(name, (event) => {
    const { from, reason } = { from: undefined, reason: undefined, ...event } as { from?: number; reason?: string };
    tell({ is: name, ...(from === undefined ? {} : { from }), ...(reason === undefined ? {} : { reason }) });
  });
}
tell({ is: 'ready' });
await queue.work({ concurrency: setup.concurrency, signal: shutdown.signal });
await queue.close();
process.disconnect();
process.exit();
