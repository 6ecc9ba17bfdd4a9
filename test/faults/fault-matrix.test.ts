import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FileStateStore, identify, QueryTemplate, SnowflakeSource, SqlApiSource, Sync } from 'snowmelt';
import type { DeadLetter, IdentifyMessage, Source } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { NdjsonSink, readDeadLetters } from 'snowmelt/sinks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planted, WRITE_KEY } from '../security/planted.js';
import { Written } from '../security/written.js';
import { collectorHarms, harm, REFUSED_ROW, snowflakeHarms, type SnowflakeHarm } from './harms.js';
import { isSoak } from './long-form.js';
import { startPeople, type People } from './people.js';

const ROWS = isSoak ? 20_000 : 1_000;
/** One fault may spoil several runs; a scheduler would go on for ever. */
const RUNS = 8;
const LANES = 5;

const free: People[] = [];
const waiting: ((people: People) => void)[] = [];
beforeAll(async () => {
  for (let lane = 0; lane < LANES; lane += 1) {
    const snowflake = { resultChunkRows: ROWS / 5, resultInlineRows: ROWS / 20 };
    free.push(await startPeople(ROWS, { snowflake, collector: { writeKey: WRITE_KEY } }));
  }
});
afterAll(() => Promise.all(free.map((people) => people.close())));

/** Servers of one's own while `use` runs: faults hit whoever asks. */
async function withLane(use: (people: People) => Promise<void>): Promise<void> {
  const people = free.pop() ?? (await new Promise<People>((resolve) => waiting.push(resolve)));
  try {
    await use(people);
  } finally {
    const next = waiting.shift();
    if (next === undefined) free.push(people);
    else next(people);
  }
}

const sources: Readonly<Record<string, (people: People) => Source>> = {
  'the driver': ({ snowflake }) =>
    new SnowflakeSource({ ...snowflake.connection(), stallTimeoutMs: 1_000, batchRows: 100 }),
  'the SQL API': ({ snowflake }) =>
    new SqlApiSource({ ...snowflake.connection(), requestTimeoutMs: 1_000, batchRows: 100 }),
};

let cell = 0;

/** Runs the sync of all people until it is completed, as a scheduler would, and looks for everybody and every fault. */
async function deliverAll(people: People, source: Source, isApi: boolean, from: SnowflakeHarm, to: string) {
  const { snowflake, collector, folder } = people;
  const { endpoint, writeKey } = collector;
  const { faults } = snowflake;
  cell += 1;
  const stateFolder = join(folder, `state-${cell}`);
  const state = new FileStateStore(stateFolder);
  const path = join(folder, `rejected-${cell}.ndjson`);
  // Ids of the rows' own only where one has to be known beforehand.
  const id = to.includes('one message') ? `, 'm' || ID AS "messageId"` : '';
  const written = new Written();
  const start = (): Sync<IdentifyMessage> => {
    const sync = new Sync<IdentifyMessage>({
      name: 'people',
      source,
      query: new QueryTemplate(`SELECT ID AS "userId"${id} FROM PEOPLE WHERE UPDATED >= {{last_sync_time}}`),
      mapper: identify(),
      sink: new CustomerIoSink({ endpoint, writeKey, maxMessages: ROWS / 20, timeoutMs: 300 }),
      state,
      deadLetter: new NdjsonSink<DeadLetter<IdentifyMessage>>({ path }),
      maxInFlightRows: ROWS / 5,
      concurrency: 2,
      retry: { minDelayMs: 5, maxDelayMs: 50, attempts: 40 },
      checkpoint: { everyRows: ROWS / 10 },
      logger: written.logger,
    });
    written.watch(sync);
    return sync;
  };
  const hits = snowflake.stats().faultHits;
  collector.clear();
  // Signed in before, so that the faults meet what they are meant for.
  await source.now();
  from.before?.(faults, isApi);
  const collectorHarm = collectorHarms[to]!;
  if (collectorHarm !== 'away') await harm(collector, collectorHarm);
  const codes: unknown[] = [];
  const seen = { delivery: false };
  try {
    for (let run = 0; ; run += 1) {
      const sync = start();
      let queryId = '';
      sync.once('query:done', (event) => (queryId = event.queryId));
      // The first run may end before anything was delivered.
      if (!seen.delivery) {
        sync.once('batch:delivered', async () => {
          seen.delivery = true;
          from.midway?.(faults, queryId);
          if (collectorHarm === 'away') await harm(collector, collectorHarm);
        });
      }
      const report = await written.addRun(sync);
      const stored = (await state.get('people'))?.value;
      if (report.status === 'completed') {
        expect(stored?.history.at(-1)?.counts).toMatchObject({ read: ROWS });
        break;
      }
      codes.push(report.error?.code);
      expect(stored?.lastSyncTime).toBe(0);
      expect(run, codes.join()).toBeLessThan(RUNS);
    }
  } finally {
    faults.clear();
    collector.clearFaults();
  }
  await written.addFiles(stateFolder);
  written.expectNone(planted(people.snowflake));
  const dead = new Set<string>();
  if (existsSync(path)) for await (const { message } of readDeadLetters(path)) dead.add(message?.userId ?? '');
  expect([...dead]).toEqual(id === '' ? [] : [String(REFUSED_ROW)]);
  const arrived = from.isLost ? new Set(collector.messages.map(({ userId }) => userId)) : people.arrived();
  expect(arrived.size + dead.size).toBe(ROWS);
  for (const code of codes) expect(String(code)).toMatch(/^SOURCE_|^RESULT_EXPIRED$/);
  // Both sides were struck; what comes midway, or takes the destination away, leaves no count.
  if (from.before !== undefined) expect(snowflake.stats().faultHits).toBeGreaterThan(hits);
  if (collectorHarm !== 'away') expect(collector.stats().faultHits).toBeGreaterThan(0);
  if (from.midway !== undefined || collectorHarm === 'away') expect(seen.delivery).toBe(true);
}

describe.concurrent.each(Object.entries(sources))('over %s nothing is lost when Snowflake', (name, open) => {
  const isApi = name === 'the SQL API';
  const harms = Object.entries(snowflakeHarms).filter(([, { onlyDriver }]) => !(isApi && onlyDriver));
  it.each(harms)('%s, whatever the destination does', { timeout: 600_000 }, async (each, from) => {
    await withLane(async (people) => {
      // The long form is every pair; the short one a part of them, in which every fault of either side has its turn.
      const at = harms.findIndex(([what]) => what === each);
      const some = Object.keys(collectorHarms).filter(
        (_, i) => isSoak || (i + at) % (from.isSlow || isApi ? 10 : 5) === 0,
      );
      for (const to of some) {
        const source = open(people);
        try {
          await deliverAll(people, source, isApi, from, to).catch((error: unknown) => {
            throw new Error(`while the destination ${to}: ${String(error)}`, { cause: error });
          });
        } finally {
          await source.close();
        }
      }
    });
  });
});
