import type { Message } from 'snowmelt';
import { shopSyncs } from './queries.js';
import type { Servers } from './servers.js';

/** Compares what the collector accepted with the tables, row by row. Throws when a row is missing. */
export async function verify({ snowflake, collector }: Servers): Promise<string> {
  const messages = (await collector.ask('received')) as Message[];
  const counts = (await collector.ask('counts')) as { refused: number; requests: number };
  let total = 0;
  for (const { name, table, mapper, rowKey, messageKey } of shopSyncs) {
    const received = new Set(
      messages.filter(({ type }) => type === mapper.callType).map((message) => String(messageKey(message))),
    );
    const rows = (await snowflake.ask('query', `SELECT TO_VARCHAR(${rowKey}) AS KEY FROM ${table}`)) as {
      KEY: string;
    }[];
    const missing = rows.filter(({ KEY }) => !received.has(KEY));
    if (missing.length > 0) throw new Error(`${name}: ${missing.length} of ${rows.length} rows never arrived.`);
    total += rows.length;
  }
  if (counts.refused > 0) throw new Error(`The collector refused ${counts.refused} requests.`);
  return `Every one of the ${total.toLocaleString('en-US')} rows arrived, in ${counts.requests} requests; none broke a rule of the API.`;
}
