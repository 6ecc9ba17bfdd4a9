// The sync of the example: the compiler knows the columns of its query.
import { defineMapper, FileStateStore, QueryTemplate, SnowflakeSource, Sync } from 'snowmelt';
import type { SnowflakeConnectionOptions } from 'snowmelt';
import { CustomerIoSink, type CustomerIoSinkOptions } from 'snowmelt/customerio';
import type { PeopleRow } from './snowmelt-rows.js';

// A column that is not in the query, or a null that nobody thought of, is an error of `tsc`, not of the first run.
export const people = defineMapper<PeopleRow>(({ ID, EMAIL, PLAN }) => ({
  type: 'identify',
  // The column may be null. Such a row is rejected; String(ID) would make it the person "null".
  userId: ID === null ? undefined : String(ID),
  traits: { email: EMAIL, plan: PLAN?.toUpperCase() ?? 'none' },
}));

/** Opens the sync; the source is to be closed at the end. */
export function openPeople(connection: SnowflakeConnectionOptions, destination: CustomerIoSinkOptions) {
  const source = new SnowflakeSource(connection);
  const sync = new Sync({
    name: 'people',
    source,
    query: new QueryTemplate('SELECT ID, EMAIL, PLAN FROM people WHERE LAST_UPDATED >= {{last_sync_time}}'),
    mapper: people,
    sink: new CustomerIoSink(destination),
    state: new FileStateStore('./.snowmelt'),
  });
  return { sync, source };
}
