import {
  identify,
  MemoryStateStore,
  QueryTemplate,
  semanticEvents,
  SnowflakeSource,
  SqlApiSource,
  Sync,
} from 'snowmelt';
import type { RunReport } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { MemorySnapshotStore, snapshotDiff, type SnapshotDiffOptions } from 'snowmelt/diff';
import { startCollector, startSnowflake, type Collector, type EmbeddedSnowflake } from 'snowmelt/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

let snowflake: EmbeddedSnowflake;
let collector: Collector;
beforeAll(async () => {
  snowflake = await startSnowflake({ resultChunkRows: 20, resultInlineRows: 5 });
  collector = await startCollector({ check: false });
});
afterAll(async () => {
  await collector.close();
  await snowflake.close();
});
beforeEach(async () => {
  await snowflake.query(`CREATE OR REPLACE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR);
    INSERT INTO PEOPLE SELECT SEQ4(), 'p' || SEQ4() || '@example.com' FROM TABLE(GENERATOR(ROWCOUNT => 100))`);
});
const sources: (SnowflakeSource | SqlApiSource)[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) await source.close();
  collector.clear();
});

type Source = typeof SnowflakeSource | typeof SqlApiSource;

function people(Kind: Source, changes: Partial<SnapshotDiffOptions> = {}) {
  const source = new Kind(snowflake.connection());
  sources.push(source);
  return new Sync({
    name: 'people',
    source,
    query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE'),
    mapper: identify(),
    sink: new CustomerIoSink({ endpoint: collector.endpoint, writeKey: collector.writeKey, maxMessages: 10 }),
    state: new MemoryStateStore(),
    changes: snapshotDiff({
      key: ['userId'],
      mode: 'mirror',
      removed: ({ userId }) => semanticEvents.deletePerson({ userId: String(userId) }),
      snapshots: new MemorySnapshotStore(),
      ...changes,
    }),
  });
}

const counts = ({ changes }: RunReport) => changes;
const arrived = (): readonly string[] =>
  collector.messages.map(({ type, userId }) => `${type} ${userId as string}`).sort();

describe.each([
  ['SnowflakeSource', SnowflakeSource],
  ['SqlApiSource', SqlApiSource],
] as const)('a sync with changes over %s', (_name, Kind) => {
  it('sends what was added, changed and removed, and nothing else', async () => {
    const sync = people(Kind);
    const first = await sync.run();
    first.throwIfFailed();
    expect(counts(first)).toEqual({ added: 100, changed: 0, unchanged: 0, removed: 0, held: 0 });
    expect(collector.messages).toHaveLength(100);
    collector.clear();

    const second = await sync.run();
    second.throwIfFailed();
    expect(counts(second)).toEqual({ added: 0, changed: 0, unchanged: 100, removed: 0, held: 0 });
    expect(collector.messages).toHaveLength(0);

    await snowflake.query(`INSERT INTO PEOPLE VALUES (1000, 'new@example.com');
      UPDATE PEOPLE SET EMAIL = 'other@example.com' WHERE ID IN (3, 4);
      DELETE FROM PEOPLE WHERE ID IN (7, 8, 9)`);
    const third = await sync.run();
    third.throwIfFailed();
    expect(counts(third)).toEqual({ added: 1, changed: 2, unchanged: 95, removed: 3, held: 0 });
    expect(arrived()).toEqual(['identify 1000', 'identify 3', 'identify 4', 'track 7', 'track 8', 'track 9']);
    collector.clear();

    const fourth = await sync.run();
    expect(counts(fourth)).toEqual({ added: 0, changed: 0, unchanged: 98, removed: 0, held: 0 });
    expect(collector.messages).toHaveLength(0);
  });

  it('takes the present result as sent after seed(), and sends all with resend', async () => {
    const sync = people(Kind);
    (await sync.seed()).throwIfFailed();
    expect(collector.messages).toHaveLength(0);
    await snowflake.query(`UPDATE PEOPLE SET EMAIL = 'other@example.com' WHERE ID = 5`);
    const run = await sync.run();
    expect(counts(run)).toEqual({ added: 0, changed: 1, unchanged: 99, removed: 0, held: 0 });
    expect(arrived()).toEqual(['identify 5']);
    collector.clear();
    const again = await sync.run({ resend: true });
    again.throwIfFailed();
    expect(collector.messages).toHaveLength(100);
  });

  it('delivers ranges in any order and removes in finish()', async () => {
    const sync = people(Kind);
    (await sync.run()).throwIfFailed();
    collector.clear();
    await snowflake.query(`UPDATE PEOPLE SET EMAIL = 'other@example.com' WHERE MOD(ID, 10) = 1;
      DELETE FROM PEOPLE WHERE MOD(ID, 25) = 0`);
    const handle = await sync.begin();
    for (const from of [60, 0, 30, 90]) {
      const to = Math.min(from + 30, handle.rowCount);
      (await sync.deliverRange(handle, { from, to })).throwIfFailed();
    }
    const report = await sync.finish(handle);
    expect(counts(report)).toEqual({ added: 0, changed: 10, unchanged: 86, removed: 4, held: 0 });
    expect(collector.messages).toHaveLength(14);
    collector.clear();
    expect(counts(await sync.run())).toEqual({ added: 0, changed: 0, unchanged: 96, removed: 0, held: 0 });
  });
});
