import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStateStore, type SyncState } from 'snowmelt';
import { startCollector, startSnowflake } from 'snowmelt/testing';
import type { Collector, CollectorOptions, EmbeddedSnowflake, StartSnowflakeOptions } from 'snowmelt/testing';
import type { RunnerSetup } from '../child/people-runner.js';

/** A table of people in an embedded Snowflake, a collector, and a folder for what runners store. */
export interface People {
  readonly rows: number;
  readonly snowflake: EmbeddedSnowflake;
  readonly collector: Collector;
  readonly folder: string;
  /** What a runner in another process needs to know. */
  readonly setup: RunnerSetup;
  /** What the sync "people" has stored. */
  readonly stored: () => Promise<SyncState | undefined>;
  /** The people whose messages arrived, by their only message id; throws where somebody has two. */
  readonly arrived: () => ReadonlyMap<string, string>;
  /** Marks one person in `every` as changed and returns how many that are. */
  readonly change: (every: number) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Starts the surroundings of a sync of so many people, whose ids are 0, 1, 2, … */
export async function startPeople(
  rows: number,
  options: { readonly snowflake?: StartSnowflakeOptions; readonly collector?: CollectorOptions } = {},
): Promise<People> {
  const folder = await mkdtemp(join(tmpdir(), 'snowmelt-faults-'));
  const snowflake = await startSnowflake({
    resultChunkRows: 10_000,
    ...options.snowflake,
    seedSql: `
      CREATE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR, UPDATED TIMESTAMP_NTZ);
      INSERT INTO PEOPLE SELECT SEQ4(), 'p' || SEQ4() || '@example.com', DATEADD('hour', -1, SYSDATE())
        FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`,
  });
  const collector = await startCollector({ check: false, ...options.collector });
  const state = new FileStateStore(join(folder, 'state'));
  const setup = {
    connection: snowflake.connection(),
    endpoint: collector.endpoint,
    writeKey: collector.writeKey,
    folder: join(folder, 'state'),
  };
  return {
    rows,
    snowflake,
    collector,
    folder,
    setup,
    stored: async () => (await state.get('people'))?.value,
    arrived: () => messageIdsByUser(collector),
    change: async (every) => {
      await snowflake.query(`UPDATE PEOPLE SET UPDATED = SYSDATE() WHERE MOD(ID, ${every}) = 0`);
      return Math.ceil(rows / every);
    },
    close: async () => {
      await collector.close();
      await snowflake.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function messageIdsByUser({ messages }: Collector): Map<string, string> {
  const ids = new Map<string, string>();
  for (const { userId, messageId } of messages) {
    if (typeof userId !== 'string' || messageId === undefined) throw new Error('a message without user or id');
    const known = ids.get(userId);
    if (known !== undefined && known !== messageId) throw new Error(`${userId} came as ${known} and as ${messageId}`);
    ids.set(userId, messageId);
  }
  return ids;
}
