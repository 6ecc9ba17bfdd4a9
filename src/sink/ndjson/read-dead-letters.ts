import * as z from 'zod';
import type { Message } from '../../mapping/message.js';
import type { DeadLetter } from '../sink.js';
import { readRecords, type KindOfRecords, type ReadRecordsOptions } from './read-records.js';

const kind: KindOfRecords = {
  reader: 'readDeadLetters',
  file: 'dead-letter file',
  record: 'dead letter',
  schema: z.looseObject({
    sync: z.string(),
    runId: z.string(),
    row: z.number(),
    code: z.string(),
    reason: z.string(),
  }),
  unreadable: 'DEAD_LETTER_UNREADABLE',
};

/**
 * Reads the dead letters that an `NdjsonSink` has kept until now, the oldest file first. The type of the messages is the
 * reader's claim: only the entry around them is checked.
 *
 * @param path the sink's `path`
 * @throws ConfigError `CONFIG_INVALID` for a path that begins with what only a shell knows
 * @throws SnowmeltError `DEAD_LETTER_UNREADABLE` for a missing file and for a line that is no dead letter
 */
export function readDeadLetters<M = Message>(
  path: string,
  options: ReadRecordsOptions = {},
): AsyncGenerator<DeadLetter<M>, void, undefined> {
  return readRecords(kind, path, options) as AsyncGenerator<DeadLetter<M>, void, undefined>;
}
