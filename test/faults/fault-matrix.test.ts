import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FileStateStore, identify, QueryTemplate, SnowflakeSource, SqlApiSource, Sync } from 'snowmelt';
import type { DeadLetter, IdentifyMessage, Source } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { NdjsonSink, readDeadLetters } from 'snowmelt/sinks';
import type { Collector, CollectorFault, SnowflakeFaultEffect, SnowflakeFaults } from 'snowmelt/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Written } from '../security/written.js';
import { isSoak } from './long-form.js';
import { startPeople, type People } from './people.js';

const ROWS = isSoak ? 20_000 : 1_000;
const REFUSED = 777;
/** One fault may spoil several runs; a scheduler would go on for ever. */
const RUNS = 8;
const LANES = 5;
const WRITE_KEY = 'planted-write-key-0815';

interface SnowflakeHarm {
  /** Does the harm before the run or, with the query id, when the first batch has arrived. */
  readonly before?: (faults: SnowflakeFaults, isApi: boolean) => void;
  readonly midway?: (faults: SnowflakeFaults, queryId: string) => void;
  /** The result is lost, so that a new run gives its rows new message ids. */
  readonly isLost?: boolean;
  readonly onlyDriver?: boolean;
  /** The driver needs up to a minute to see it. */
  readonly isSlow?: boolean;
}

/** Strikes what rows are read with, after the first part of them. */
function reading(effect: SnowflakeFaultEffect): SnowflakeHarm {
  return {
    before: (faults, isApi) =>
      void faults.inject({ ...effect, on: isApi ? 'api-status' : 'chunk', after: 1, times: 2 }),
  };
}

/** Strikes the query itself, not the question for the time before it. */
function querying(effect: SnowflakeFaultEffect): SnowflakeHarm {
  return {
    before: (faults, isApi) =>
      void faults.inject({ ...effect, on: isApi ? 'api-submit' : 'query', after: 1, times: 1 }),
  };
}

const snowflakeHarms: Readonly<Record<string, SnowflakeHarm>> = {
  // The slowest first: the others go on beside them.
  'cuts connections': { ...reading({ kind: 'refuse' }), isSlow: true },
  'refuses connections for a while': {
    midway: (faults) =>
      void faults.refuseConnections().then(() => setTimeout(() => void faults.acceptConnections(), 200)),
    isSlow: true,
  },
  'answers 403': reading({ kind: 'status', status: 403 }),
  'holds a part back': reading({ kind: 'delay', ms: 3_000 }),
  'answers 429': reading({ kind: 'status', status: 429, retryAfterSeconds: 0 }),
  'answers 500': reading({ kind: 'status', status: 500 }),
  'cuts a part short': reading({ kind: 'reset', afterBytes: 200 }),
  trickles: reading({ kind: 'slow', bytesPerSecond: 20_000 }),
  'sends damaged gzip': reading({ kind: 'corrupt-gzip' }),
  'sends truncated JSON': reading({ kind: 'truncated-json' }),
  'sends an empty part': reading({ kind: 'empty' }),
  'answers 503 to the query': querying({ kind: 'status', status: 503 }),
  'loses the answer to the query': querying({ kind: 'lose-answer' }),
  'says that the session token has expired': { ...querying({ kind: 'error', code: '390112' }), onlyDriver: true },
  'says that the session is gone': { ...querying({ kind: 'error', code: '390111' }), onlyDriver: true },
  'expires the links': { midway: (faults) => faults.expireChunkLinks(), onlyDriver: true },
  'expires the result': {
    midway: (faults) => {
      faults.expireResults();
      faults.inject({ kind: 'empty', on: ['chunk', 'api-status'], times: 1 });
    },
    isLost: true,
  },
  'hands the result out in another order': {
    midway: (faults, queryId) => {
      // The links are gone, so that the driver has to ask for the result again.
      faults.expireChunkLinks();
      faults.reorderResult(queryId);
    },
    isLost: true,
    // Nobody reads a result of the SQL API a second time within a run.
    onlyDriver: true,
  },
  'drops the sessions': { midway: (faults) => faults.dropSessions(), onlyDriver: true },
  'expires the session tokens': { midway: (faults) => faults.expireSessionTokens(), onlyDriver: true },
  'expires the master tokens': { midway: (faults) => faults.expireMasterTokens(), onlyDriver: true },
};

/** How a collector misbehaves from its second request on: the fault and how often. */
const collectorHarms: Readonly<Record<string, readonly [CollectorFault, times: number] | 'away'>> = {
  'answers 500 after accepting': [{ kind: 'status-after-accept', status: 500 }, 3],
  'answers 503': [{ kind: 'status', status: 503 }, 3],
  'answers a storm of 429': [{ kind: 'status', status: 429, retryAfter: '0' }, 12],
  'cuts the connection': [{ kind: 'reset' }, 2],
  'cuts the connection after accepting': [{ kind: 'reset', accept: true }, 2],
  'cuts the connection in the middle of its answer': [{ kind: 'reset-mid-response' }, 2],
  'is slow': [{ kind: 'slow', delayMs: 20 }, Infinity],
  'never answers': [{ kind: 'hang' }, 1],
  'refuses one message with 400': [{ kind: 'refuse-messages', messageIds: [`m${REFUSED}`] }, Infinity],
  'refuses connections': 'away',
};

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

async function harm(collector: Collector, what: (typeof collectorHarms)[string]): Promise<void> {
  if (what === 'away') {
    await collector.refuseConnections();
    setTimeout(() => void collector.acceptConnections(), 100);
  } else collector.fault(what[0], { after: what[0].kind === 'refuse-messages' ? 0 : 1, times: what[1] });
}

const sources: Readonly<Record<string, (people: People) => Source>> = {
  'the driver': ({ snowflake }) =>
    new SnowflakeSource({ ...snowflake.connection(), stallTimeoutMs: 1_000, batchRows: 100 }),
  'the SQL API': ({ snowflake }) =>
    new SqlApiSource({ ...snowflake.connection(), requestTimeoutMs: 1_000, batchRows: 100 }),
};

let cell = 0;

/** What nothing but the dead letter may show: keys, tokens, values of rows. */
function secretsOf({ snowflake }: People): string[] {
  const { privateKey } = snowflake.connection();
  const keyLines = privateKey.split('\n').slice(1, 3);
  // How JSON web tokens begin, and a part of every session token of the embedded Snowflake.
  const tokens = ['eyJhbGciOi', 'ETMsDgAAAX'];
  return [WRITE_KEY, Buffer.from(`${WRITE_KEY}:`).toString('base64'), ...keyLines, ...tokens, '@example.com'];
}

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
  written.expectNone(secretsOf(people));
  const dead = new Set<string>();
  if (existsSync(path)) for await (const { message } of readDeadLetters(path)) dead.add(message?.userId ?? '');
  expect([...dead]).toEqual(id === '' ? [] : [String(REFUSED)]);
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
