import { callHost } from '../../errors/host-call.js';
import { ConfigError, isSnowmeltError } from '../../errors/errors.js';
import { rowFieldsOf } from '../../mapping/columns/row-fields.js';
import type { RowField } from '../../mapping/row-mapper.js';
import { wrapStatement } from '../../query/wrap-statement.js';
import { callSource } from '../../source/call-source.js';
import type { Source, Statement } from '../../source/source.js';
import type { SyncContext } from '../options/sync-context.js';
import { ofSync } from './of-sync.js';

/** The row of a sync, as its mapper is given it. */
export interface DescribedRow {
  readonly sync: string;
  readonly fields: readonly RowField[];
}

/**
 * Asks for the columns of a sync's query without running it, and what its mapper makes of them. Reads no state.
 *
 * @throws SnowmeltError that names the sync; the signal's reason
 */
export async function describeRow<M>(context: SyncContext<M>, signal: AbortSignal): Promise<DescribedRow> {
  const { name, source, query, mapper, enabled } = context.settings;
  try {
    // Columns are the same at any time.
    const times = { lastSyncTime: 0, syncTime: 0 };
    const rendered = callHost("The query's render()", () => query?.render(times));
    const statement = rendered === undefined ? { sql: '', binds: [] } : describing(source, rendered);
    const options = { signal, queryTag: `snowmelt:${name}:types`, lastSyncTime: 0 };
    const { columns } = await callSource('Describing the query', signal, () => source.execute(statement, options));
    return { sync: name, fields: rowFieldsOf(mapper, columns) };
  } catch (error) {
    throw isSnowmeltError(error) ? ofSync({ name, enabled }, error) : error;
  }
}

/** Snowflake compiles it and reads no row. */
function describing(source: Source, statement: Statement): Statement {
  if (source.snowflakeSql !== true) {
    throw new ConfigError('CONFIG_INVALID', 'the query cannot be described: its source is not known to take SQL.', {
      hint: "Only queries in Snowflake's SQL are described; a source that takes it says so by snowflakeSql: true.",
    });
  }
  const wrapped = wrapStatement('SELECT *', statement, 'LIMIT 0');
  if (wrapped !== undefined) return wrapped;
  throw new ConfigError('CONFIG_INVALID', 'the query cannot be described without running it.', {
    hint: 'Write one SELECT, WITH or VALUES; the rows of SHOW, DESCRIBE or CALL are read from a table that they were put into.',
  });
}
