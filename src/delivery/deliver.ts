import type { DeliverOptions } from './deliver-options.js';
import type { DeliveryReport } from './report/delivery-report.js';
import { deliverySettings } from './delivery-settings.js';
import { Delivery } from './delivery.js';

/**
 * Reads rows, maps them to messages and writes these to a sink, in lanes that keep the order of each key, until every
 * row is settled: accepted, kept in the dead letter or skipped by the mapper. Keeps no state: `onSettled` says how far
 * a checkpoint may go. Opens the sinks before their first write and closes them at the end.
 *
 * @returns what became of it; a failed or aborted delivery does not throw
 * @throws ConfigError `CONFIG_INVALID` for misuse, before anything is read
 */
export async function deliver<M>(options: DeliverOptions<M>): Promise<DeliveryReport> {
  return new Delivery(options, deliverySettings(options)).run();
}
