// The sync and its queue, the same in every process.
import type { SnowflakeConnectionOptions } from 'snowmelt';
import { identify, QueryTemplate, SnowflakeSource, Sync, withRateLimit } from 'snowmelt';
import { syncQueue, type SyncQueue } from 'snowmelt/bullmq';
import { CustomerIoSink, type CustomerIoSinkOptions } from 'snowmelt/customerio';
import { postgresPace, PostgresStateStore } from 'snowmelt/postgres';
import { Pool } from 'pg';

/** What a process has to be told. */
export interface PeopleSetup {
  readonly connection: SnowflakeConnectionOptions;
  readonly destination: CustomerIoSinkOptions;
  readonly connectionString: string;
}

export function openPeople({ connection, destination, connectionString }: PeopleSetup): {
  readonly queue: SyncQueue;
  readonly close: () => Promise<void>;
} {
  const pool = new Pool({ connectionString });
  const source = new SnowflakeSource(connection);
  const people = new Sync({
    name: 'people',
    source,
    query: new QueryTemplate(
      'SELECT ID AS "userId", EMAIL AS "email" FROM people WHERE LAST_UPDATED >= {{last_sync_time}}',
    ),
    mapper: identify(),
    // One limit for all workers together.
    sink: withRateLimit(new CustomerIoSink(destination), {
      maxMessagesPerSecond: 500,
      shared: postgresPace({ pool, name: 'customerio' }),
    }),
    state: new PostgresStateStore({ pool }),
  });
  const queue = syncQueue({
    // In real life often Redis: connection: { host, port }.
    postgres: { connectionString },
    syncs: [people],
    rowsPerJob: 250,
    // So that what the killed worker had goes to the other one soon.
    stalledSeconds: 2,
  });
  return {
    queue,
    close: async () => {
      await queue.close();
      await source.close();
      await pool.end();
    },
  };
}
