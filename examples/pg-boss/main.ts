// One run over several workers: the rows of one result are cut into ranges, and pg-boss hands them out. A job that fails
// or is handed out twice settles its rows once; whoever settles the last range finishes the run.
import PgBoss from 'pg-boss';
import { identify, isSnowmeltError, QueryTemplate, SnowflakeSource, Sync, type RunHandle } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { PostgresStateStore } from 'snowmelt/postgres';
import { openShop } from '../shop.js';
import { openPostgres } from '../postgres.js';

const QUEUE = 'people-rows';
const ROWS_PER_JOB = 400;

interface RangeJob {
  readonly handle: RunHandle;
  readonly from: number;
  readonly to: number;
}

const shop = await openShop();
const postgres = await openPostgres();
const { connectionString } = postgres;
const source = new SnowflakeSource(shop.connection);
const state = new PostgresStateStore({ connectionString });
const sync = new Sync({
  name: 'people',
  source,
  query: new QueryTemplate(
    'SELECT ID AS "userId", EMAIL AS "email" FROM people WHERE LAST_UPDATED >= {{last_sync_time}}',
  ),
  mapper: identify(),
  sink: new CustomerIoSink(shop.destination),
  state,
});

const boss = new PgBoss(connectionString);
boss.on('error', console.error);
await boss.start();
await boss.createQueue(QUEUE);

try {
  const handle = await sync.begin({ leaseSeconds: 900 });
  console.log(`${handle.rowCount} rows to deliver`);
  for (let from = handle.firstRow; from < handle.rowCount; from += ROWS_PER_JOB) {
    const job: RangeJob = { handle, from, to: Math.min(from + ROWS_PER_JOB, handle.rowCount) };
    await boss.send(QUEUE, job, { retryLimit: 5, retryDelay: 30, expireInMinutes: 15 });
  }

  // Two workers; in real life in processes of their own, with the same sync.
  const delivered = new Promise<void>((resolve) => {
    for (const worker of [1, 2]) {
      void boss.work<RangeJob>(QUEUE, { batchSize: 1, pollingIntervalSeconds: 0.5 }, async (jobs) => {
        for (const { data } of jobs) await deliver(worker, data);
        if (await finish(handle)) resolve();
      });
    }
  });
  // A result without rows has no jobs.
  if (!(await finish(handle))) await delivered;
} finally {
  await boss.stop();
  await source.close();
  await state.close();
  await postgres.close();
  await shop.close();
}

/** Delivers the rows of a job. Throwing lets pg-boss try again. */
async function deliver(worker: number, { handle, from, to }: RangeJob): Promise<void> {
  const report = await sync.deliverRange(handle, { from, to });
  report.throwIfFailed();
  if (report.skipReason === 'lease-held') throw new Error('Another worker is busy with these rows.');
  console.log(`worker ${worker}: rows ${from} to ${to}`);
}

/** Completes the run when no row is left: whoever settles the last range does it. */
async function finish(handle: RunHandle): Promise<boolean> {
  try {
    const report = await sync.finish(handle);
    report.throwIfFailed();
    console.log(`${report.status}: ${report.rowsDelivered} rows`);
    return true;
  } catch (error) {
    if (isSnowmeltError(error) && error.code === 'RUN_UNFINISHED') return false;
    throw error;
  }
}
