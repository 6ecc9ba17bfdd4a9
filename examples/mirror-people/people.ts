// The sync of the example: a table without a "last updated", whose rows come, change and go.
import { FileStateStore, identify, QueryTemplate, semanticEvents, SnowflakeSource, Sync } from 'snowmelt';
import type { SnowflakeConnectionOptions } from 'snowmelt';
import { CustomerIoSink, type CustomerIoSinkOptions } from 'snowmelt/customerio';
import { FileSnapshotStore, snapshotDiff } from 'snowmelt/diff';

/** Opens the sync; the source is to be closed at the end. */
export function openPeople(connection: SnowflakeConnectionOptions, destination: CustomerIoSinkOptions) {
  const source = new SnowflakeSource(connection);
  const sync = new Sync({
    name: 'people',
    source,
    query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email", PLAN AS "plan" FROM people'),
    mapper: identify(),
    sink: new CustomerIoSink({ ...destination, maxMessages: 50 }),
    state: new FileStateStore('./.snowmelt'),
    changes: snapshotDiff({
      key: ['userId'],
      mode: 'mirror',
      removed: ({ userId }) => semanticEvents.deletePerson({ userId: String(userId) }),
      snapshots: new FileSnapshotStore('./.snowmelt-snapshots'),
      // More are held until somebody lets them go: snowmelt run people --remove-up-to 20
      maxRemoved: '1%',
    }),
    // Slow enough to be killed in the middle, with a checkpoint by then.
    rateLimit: { maxRequestsPerSecond: 10 },
    checkpoint: { everyRows: 100 },
    // Where a killed process cannot be told from a slow one, its lease has to expire first.
    lease: { wait: 90 },
  });
  return { sync, source };
}
