import type { DeliverOptions } from './deliver-options.js';
import type { DeliveryReport } from './report/delivery-report.js';
import { deliverySettings } from './delivery-settings.js';
import { Delivery } from './delivery.js';

/**
 * Reads rows, maps them to messages and writes these to a sink, in lanes that keep the order of each key, until every
 * row is settled: accepted, kept in the dead letter or skipped by the mapper. Keeps no state: `onSettled` says how far
 * a checkpoint may go. Opens the sinks before their first write and closes them at the end.
 *
 * @example
 * ```ts
 * import { deliver, identify, SqlApiSource } from 'snowmelt';
 * import { NdjsonSink } from 'snowmelt/sinks';
 *
 * const source = new SqlApiSource({ account: 'myorg-myaccount', username: 'SNOWMELT', privateKeyPath: './rsa_key.p8' });
 * const rows = await source.execute({ sql: 'SELECT ID AS "userId" FROM shop.public.people', binds: [] });
 * const report = await deliver({ rows, mapper: identify(), sink: new NdjsonSink({ path: './people.ndjson' }) });
 * console.log(report.status, report.counts.delivered);
 * ```
 *
 * @returns what became of it; a failed or aborted delivery does not throw
 * @throws ConfigError `CONFIG_INVALID` for misuse, before anything is read
 */
export async function deliver<M>(options: DeliverOptions<M>): Promise<DeliveryReport> {
  return new Delivery(options, deliverySettings(options)).run();
}
