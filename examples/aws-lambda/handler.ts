// An AWS Lambda handler, to be called by a schedule of EventBridge. What does not fit into one invocation is resumed by
// the next: the result stays at Snowflake, the checkpoint in PostgreSQL.
import { identify, MemoryStateStore, QueryTemplate, SqlApiSource, Sync } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { PostgresStateStore } from 'snowmelt/postgres';
import { openShop } from '../shop.js';

// Made once per instance of the function. `SqlApiSource` needs no driver, which keeps the function small.
export const shop = await openShop();
const connectionString = process.env['DATABASE_URL'];
const sync = new Sync({
  name: 'people',
  source: new SqlApiSource(shop.connection),
  query: new QueryTemplate(
    'SELECT ID AS "userId", EMAIL AS "email" FROM people WHERE LAST_UPDATED >= {{last_sync_time}}',
  ),
  mapper: identify(),
  sink: new CustomerIoSink(shop.destination),
  // An instance's memory and /tmp are gone when it is: without a database each run would start from 0.
  state: connectionString === undefined ? new MemoryStateStore() : new PostgresStateStore({ connectionString }),
});

export async function handler(_event: unknown, context: { getRemainingTimeInMillis: () => number }) {
  // Ends early enough to store the checkpoint and to give the lease back. The invocation then fails, and the next one
  // (Lambda's retry or the next tick of the schedule) resumes.
  const signal = AbortSignal.timeout(Math.max(1000, context.getRemainingTimeInMillis() - 15_000));
  const report = await sync.run({ signal });
  report.throwIfFailed();
  return { status: report.status, rows: report.rowsDelivered };
}
