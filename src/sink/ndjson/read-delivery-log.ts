import * as z from 'zod';
import type { DeliveryRecord } from '../sink.js';
import { readRecords, type KindOfRecords, type ReadRecordsOptions } from './read-records.js';

const kind: KindOfRecords = {
  reader: 'readDeliveryLog',
  file: 'file of a delivery log',
  record: 'delivery record',
  schema: z.looseObject({
    sync: z.string(),
    runId: z.string(),
    row: z.number(),
    messageIds: z.array(z.string()),
    outcome: z.enum(['delivered', 'rejected', 'skipped']),
    time: z.string(),
  }),
  unreadable: 'DELIVERY_LOG_UNREADABLE',
};

/**
 * Reads the delivery records that an `NdjsonSink` has kept until now, the oldest file first.
 *
 * @param path the sink's `path`
 * @throws ConfigError `CONFIG_INVALID` for a path that begins with what only a shell knows
 * @throws SnowmeltError `DELIVERY_LOG_UNREADABLE` for a missing file and for a line that is no delivery record
 */
export function readDeliveryLog(
  path: string,
  options: ReadRecordsOptions = {},
): AsyncGenerator<DeliveryRecord, void, undefined> {
  return readRecords(kind, path, options) as AsyncGenerator<DeliveryRecord, void, undefined>;
}
