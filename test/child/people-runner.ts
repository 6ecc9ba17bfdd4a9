// Runs the sync "people" on command, in a process that its parent may kill at any moment.
import { FileStateStore, identify, QueryTemplate, SnowflakeSource, Sync } from 'snowmelt';
import type { DeliveryRecord, DeliveryReport, PlanToken, RowRange, RunHandle, RunReport } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { NdjsonSink } from 'snowmelt/sinks';
import type { SnowflakeConnection } from 'snowmelt/testing';
import { runOnce } from '../../examples/own-runner/own-runner.js';

/** Where everything is. */
export interface RunnerSetup {
  readonly connection: SnowflakeConnection;
  readonly endpoint: string;
  readonly writeKey: string;
  /** For the file state store. */
  readonly folder: string;
  /** Seconds to wait for a lease. */
  readonly wait?: number | undefined;
  readonly ttlSeconds?: number | undefined;
  /** Settled rows between two checkpoints. */
  readonly everyRows?: number | undefined;
  /** The file of the delivery log. */
  readonly deliveryLog?: string | undefined;
}

/** What the parent asks for. */
export type RunnerCommand =
  | { readonly do: 'run' | 'own-run' | 'begin' | 'plan' }
  | { readonly do: 'apply'; readonly plan: PlanToken }
  | { readonly do: 'range'; readonly handle: RunHandle; readonly range: RowRange }
  | { readonly do: 'finish'; readonly handle: RunHandle };

/** What the parent is told. */
export type RunnerAnswer =
  | { readonly is: 'ready' | 'stopping' | 'released' }
  /** A run has a result, of this query: told before the first row is sent. */
  | { readonly is: 'queried'; readonly runId: string; readonly queryId: string }
  | { readonly is: 'begun'; readonly handle: RunHandle }
  | { readonly is: 'planned'; readonly plan: PlanToken | undefined }
  | { readonly is: 'failed'; readonly code: unknown; readonly text: string }
  | ({ readonly is: 'ended'; readonly code?: string | undefined } & Pick<
      RunReport,
      'status' | 'skipReason' | 'runId' | 'rowsRead' | 'rowsDelivered' | 'resumedFromRow' | 'changes'
    > & { readonly lastSyncTime?: RunReport['lastSyncTime'] | undefined });

const setup = JSON.parse(process.argv[2] ?? '{}') as RunnerSetup;
const tell = (answer: RunnerAnswer): void => void process.send?.(answer);
// Never outlives the test that started it.
process.on('disconnect', () => process.exit());
const shutdown = new AbortController();
process.once('SIGTERM', () => {
  shutdown.abort();
  tell({ is: 'stopping' });
});
const { signal } = shutdown;

const source = new SnowflakeSource({ ...setup.connection, stallTimeoutMs: 2_000 });
const sink = new CustomerIoSink({ endpoint: setup.endpoint, writeKey: setup.writeKey, maxMessages: 250 });
const query = new QueryTemplate(
  'SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE WHERE UPDATED >= {{last_sync_time}}',
);
const mapper = identify();
const sync = new Sync({
  name: 'people',
  source,
  query,
  mapper,
  sink,
  state: new FileStateStore(setup.folder),
  lease: { wait: setup.wait, ttlSeconds: setup.ttlSeconds },
  checkpoint: { everyRows: setup.everyRows },
  deliveryLog:
    setup.deliveryLog === undefined ? undefined : new NdjsonSink<DeliveryRecord>({ path: setup.deliveryLog }),
});

async function obey(command: RunnerCommand): Promise<RunnerAnswer> {
  switch (command.do) {
    case 'begin':
      return { is: 'begun', handle: await sync.begin({ signal }) };
    case 'run':
      return ended(await sync.run({ signal }));
    case 'plan':
      return { is: 'planned', plan: (await sync.plan({ signal })).token };
    case 'apply':
      return ended(await sync.run({ plan: command.plan, signal }));
    case 'range':
      return ended(await sync.deliverRange(command.handle, command.range, { signal }));
    case 'finish':
      return ended(await sync.finish(command.handle, { signal }));
    case 'own-run':
      return ended(await runOnce({ source, query, mapper, sink, file: `${setup.folder}.json`, signal }));
  }
}

function ended(report: RunReport | DeliveryReport): RunnerAnswer {
  const { status, runId, rowsRead, rowsDelivered, error } = report;
  const { skipReason, resumedFromRow, lastSyncTime } = 'lastSyncTime' in report ? report : {};
  const counts = { rowsRead, rowsDelivered };
  return { is: 'ended', status, runId, ...counts, code: error?.code, skipReason, resumedFromRow, lastSyncTime };
}

process.on('message', (command: RunnerCommand) => {
  obey(command).then(tell, (error: unknown) => {
    tell({ is: 'failed', code: (error as { code?: unknown }).code, text: String(error) });
  });
});
tell({ is: 'ready' });
