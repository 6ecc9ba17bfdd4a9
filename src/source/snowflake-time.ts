import type { Source, SourceCallOptions } from './source.js';

/** Asks Snowflake for the time. */
export async function snowflakeTime(source: Pick<Source, 'execute'>, options: SourceCallOptions): Promise<Date> {
  const result = await source.execute({ sql: 'SELECT CURRENT_TIMESTAMP()', binds: [] }, options);
  let seconds = Number.NaN;
  for await (const { rows } of result.read({ signal: options.signal })) seconds = Number(rows[0]?.[0]);
  return new Date(Math.floor(seconds * 1000));
}
