// Mirrors the table "people" on command, in a process that its parent may kill at any moment, or that dies by itself in
// the middle of writing its snapshot.
import { FileStateStore, identify, QueryTemplate, semanticEvents, SnowflakeSource, SqlApiSource, Sync } from 'snowmelt';
import type { DeliveryReport, RunHandle, RunReport } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { snapshotDiff } from 'snowmelt/diff';
import { seededRandom } from '../faults/random.js';
import { DyingSnapshots } from './dying-snapshots.js';
import type { RunnerAnswer, RunnerCommand, RunnerSetup } from './people-runner.js';

/** Where everything is, and how it goes wrong. */
export interface MirrorSetup extends RunnerSetup {
  readonly source: 'driver' | 'sql-api';
  /** Folder of the snapshots. */
  readonly snapshots: string;
  /** Of what the snapshot store does. */
  readonly seed: number;
}

/** What the parent asks for besides. */
export type MirrorCommand =
  | { readonly do: 'begin-as'; readonly id: string }
  | { readonly do: 'release'; readonly handle: RunHandle }
  /** The process dies in the put of a snapshot's object that comes after so many others. */
  | { readonly do: 'die'; readonly afterPuts: number };

const setup = JSON.parse(process.argv[2] ?? '{}') as MirrorSetup;
const tell = (answer: RunnerAnswer): void => void process.send?.(answer);
// Never outlives the test that started it.
process.on('disconnect', () => process.exit());

const source =
  setup.source === 'driver'
    ? new SnowflakeSource({ ...setup.connection, stallTimeoutMs: 2_000 })
    : new SqlApiSource(setup.connection);
const snapshots = new DyingSnapshots(setup.snapshots, seededRandom(setup.seed));
const sync = new Sync({
  name: 'people',
  source,
  query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE'),
  mapper: identify(),
  sink: new CustomerIoSink({ endpoint: setup.endpoint, writeKey: setup.writeKey, maxMessages: 20 }),
  state: new FileStateStore(setup.folder),
  lease: { wait: setup.wait },
  checkpoint: { everyRows: 150 },
  changes: snapshotDiff({
    key: ['userId'],
    mode: 'mirror',
    removed: ({ userId }) => semanticEvents.deletePerson({ userId: String(userId) }),
    snapshots,
    maxRemoved: '100%',
  }),
});
sync.on('query:done', ({ runId, queryId }) => {
  if (runId !== undefined) tell({ is: 'queried', runId, queryId });
});

async function obey(command: RunnerCommand | MirrorCommand): Promise<RunnerAnswer | undefined> {
  switch (command.do) {
    case 'run':
      return ended(await sync.run());
    case 'plan':
      return { is: 'planned', plan: (await sync.plan()).token };
    case 'apply':
      return ended(await sync.run({ plan: command.plan }));
    case 'begin-as':
      return { is: 'begun', handle: await sync.begin({ id: command.id }) };
    case 'range':
      return ended(await sync.deliverRange(command.handle, command.range));
    case 'finish':
      return ended(await sync.finish(command.handle));
    case 'release':
      await sync.release(command.handle);
      return { is: 'released' };
    case 'die':
      snapshots.dieAfter(command.afterPuts);
      return undefined;
    case 'begin':
    case 'own-run':
      throw new Error('not here');
  }
}

function ended(report: RunReport | DeliveryReport): RunnerAnswer {
  const { status, runId, rowsRead, rowsDelivered, error } = report;
  const { skipReason, resumedFromRow, changes } = 'lastSyncTime' in report ? report : {};
  const rows = { rowsRead, rowsDelivered, resumedFromRow };
  return { is: 'ended', status, runId, code: error?.code, skipReason, changes, ...rows };
}

process.on('message', (command: RunnerCommand | MirrorCommand) => {
  obey(command).then(
    (answer) => answer !== undefined && tell(answer),
    (error: unknown) => {
      tell({ is: 'failed', code: (error as { code?: unknown }).code, text: String(error) });
    },
  );
});
tell({ is: 'ready' });
