import * as z from 'zod';
import { asHostError } from '../../errors/host-call.js';
import { SnowmeltError } from '../../errors/errors.js';
import type { ErrorCode } from '../../errors/errors.js';
import type { DeadLetter, DeliveryRecord, Sink } from '../../sink/sink.js';
import type { ExplainReaderOptions, RecordReader, WantedRecords } from '../options/record-readers.js';

const delivery = z.looseObject({
  sync: z.string(),
  runId: z.string(),
  row: z.number(),
  key: z.string().optional(),
  messageIds: z.array(z.string()),
  outcome: z.enum(['delivered', 'rejected', 'skipped']),
  time: z.string(),
});
const letter = z.looseObject({
  sync: z.string(),
  runId: z.string(),
  row: z.number(),
  code: z.string(),
  reason: z.string(),
});

/** The reader that counts: the caller's, else what a sink of the sync has kept. */
function readerOf<R>(
  given: RecordReader<R> | undefined,
  sink: Sink<never> | undefined,
): RecordReader<unknown> | undefined {
  return given ?? (sink?.read && ((wanted) => sink.read?.({ signal: wanted.signal }) ?? []));
}

async function* read<T>(
  reader: RecordReader<unknown>,
  wanted: WantedRecords,
  kind: { readonly schema: z.ZodType<T>; readonly what: string; readonly unreadable: ErrorCode },
): AsyncGenerator<T, void, undefined> {
  let number = 0;
  try {
    const records = typeof reader === 'function' ? await reader(wanted) : reader;
    for await (const record of records) {
      wanted.signal.throwIfAborted();
      number += 1;
      const parsed = kind.schema.safeParse(record);
      if (!parsed.success) {
        throw new SnowmeltError(kind.unreadable, `Record ${number} that was read is no ${kind.what}.`, {
          hint: `Give explain() a reader of ${kind.what}s.`,
        });
      }
      yield parsed.data;
    }
  } catch (error) {
    wanted.signal.throwIfAborted();
    throw asHostError(error, `The reader of ${kind.what}s`);
  }
}

/** The delivery records of a sync; `undefined` where nobody can read them. */
export function deliveriesOf(
  { deliveries }: ExplainReaderOptions,
  sink: Sink<never> | undefined,
  wanted: WantedRecords,
): AsyncIterable<DeliveryRecord> | undefined {
  const reader = readerOf(deliveries, sink);
  const kind = { schema: delivery, what: 'delivery record', unreadable: 'DELIVERY_LOG_UNREADABLE' } as const;
  return reader && (read(reader, wanted, kind) as AsyncIterable<DeliveryRecord>);
}

/** The dead letters of a sync; `undefined` where nobody can read them. */
export function deadLettersOf(
  { deadLetters }: ExplainReaderOptions,
  sink: Sink<never> | undefined,
  wanted: WantedRecords,
): AsyncIterable<DeadLetter<unknown>> | undefined {
  const reader = readerOf(deadLetters, sink);
  const kind = { schema: letter, what: 'dead letter', unreadable: 'DEAD_LETTER_UNREADABLE' } as const;
  return reader && (read(reader, wanted, kind) as AsyncIterable<DeadLetter<unknown>>);
}
