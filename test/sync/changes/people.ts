import {
  identify,
  MemoryStateStore,
  QueryTemplate,
  semanticEvents,
  SqlApiSource,
  Sync,
  type SyncOptions,
} from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { MemorySnapshotStore, snapshotDiff, type SnapshotDiffOptions } from 'snowmelt/diff';
import type { Collector, EmbeddedSnowflake } from 'snowmelt/testing';

/** A sync of a hundred people, and what it is made of. */
export interface PeopleParts {
  readonly sync: Sync;
  readonly source: SqlApiSource;
  readonly state: MemoryStateStore;
  readonly snapshots: MemorySnapshotStore;
  /** Another sync over the same state and snapshot. */
  readonly with: (changes: Partial<SnapshotDiffOptions>, options?: Partial<SyncOptions>) => Sync;
}

/** Makes the table PEOPLE anew, and a sync that mirrors it. */
export async function makePeople(snowflake: EmbeddedSnowflake, collector: Collector): Promise<PeopleParts> {
  await snowflake.query(`CREATE OR REPLACE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR);
    INSERT INTO PEOPLE SELECT SEQ4(), 'p' || SEQ4() || '@example.com' FROM TABLE(GENERATOR(ROWCOUNT => 100))`);
  const source = new SqlApiSource(snowflake.connection());
  const state = new MemoryStateStore();
  const snapshots = new MemorySnapshotStore();
  const made = (changes: Partial<SnapshotDiffOptions>, options: Partial<SyncOptions> = {}): Sync =>
    new Sync({
      name: 'people',
      source,
      query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE'),
      mapper: identify(),
      sink: new CustomerIoSink({ endpoint: collector.endpoint, writeKey: collector.writeKey, maxMessages: 10 }),
      state,
      changes: snapshotDiff({
        key: ['userId'],
        mode: 'mirror',
        removed: ({ userId }) => semanticEvents.deletePerson({ userId: String(userId) }),
        snapshots,
        ...changes,
      }),
      ...options,
    });
  return { sync: made({}), source, state, snapshots, with: made };
}
