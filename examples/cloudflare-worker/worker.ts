// A Worker that runs a sync at the times of its cron trigger. Settings of wrangler: `nodejs_compat`, and `StateRecord` as a
// Durable Object with SQLite storage (others keep no more than 128 KiB in a record), bound to `STATES`.
import { identify, QueryTemplate, SqlApiSource, Sync, type RunReport } from 'snowmelt';
import { CustomerIoSink } from 'snowmelt/customerio';
import { durableStates, type StateRecords } from './state-record.js';

export { StateRecord } from './state-record.js';

interface Environment {
  readonly STATES: StateRecords;
  readonly SNOWFLAKE_ACCOUNT: string;
  readonly SNOWFLAKE_USERNAME: string;
  readonly SNOWFLAKE_PRIVATE_KEY: string;
  readonly SNOWFLAKE_DATABASE: string;
  readonly SNOWFLAKE_WAREHOUSE: string;
  /** Full URLs, for private links, proxies and tests. */
  readonly SNOWFLAKE_URL?: string;
  readonly CUSTOMERIO_ENDPOINT?: string;
  readonly CUSTOMERIO_WRITE_KEY: string;
}

// Made anew for each run: a Worker must not use what another request has opened.
function runPeople(env: Environment): Promise<RunReport> {
  const sync = new Sync({
    name: 'people',
    source: new SqlApiSource({
      account: env.SNOWFLAKE_ACCOUNT,
      accessUrl: env.SNOWFLAKE_URL,
      username: env.SNOWFLAKE_USERNAME,
      privateKey: env.SNOWFLAKE_PRIVATE_KEY,
      warehouse: env.SNOWFLAKE_WAREHOUSE,
      database: env.SNOWFLAKE_DATABASE,
    }),
    query: new QueryTemplate('SELECT ID AS "userId", EMAIL AS "email" FROM PEOPLE WHERE SEEN >= {{last_sync_time}}'),
    mapper: identify(),
    sink: new CustomerIoSink({ writeKey: env.CUSTOMERIO_WRITE_KEY, region: 'us', endpoint: env.CUSTOMERIO_ENDPOINT }),
    state: durableStates(env.STATES),
  });
  return sync.run();
}

export default {
  async scheduled(_event: unknown, env: Environment): Promise<void> {
    (await runPeople(env)).throwIfFailed();
  },
  async fetch(_request: unknown, env: Environment): Promise<Response> {
    const { status, rowsDelivered: rows, error } = await runPeople(env);
    return Response.json({ status, rows, error: error?.code ?? null });
  },
};
