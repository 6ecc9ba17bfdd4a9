import * as z from 'zod';
import type { DeadLetter, DeliveryRecord } from '../../sink/sink.js';

/** What a reader may use to find records without reading all of them. */
export interface WantedRecords {
  /** Name of the sync. */
  readonly sync: string;
  /** By what a delivery log names the rows: `DeliveryRecord.key`. */
  readonly keys: readonly string[];
  /** Message ids of the rows that are the same in every run. */
  readonly messageIds: readonly string[];
  readonly signal: AbortSignal;
}

/** Records that the host has kept: more than are wanted do no harm. */
export type RecordReader<R> =
  AsyncIterable<R> | Iterable<R> | ((wanted: WantedRecords) => AsyncIterable<R> | Iterable<R> | Promise<Iterable<R>>);

/** Where `explain` finds what runs have kept. */
export interface ExplainReaderOptions {
  /**
   * The delivery log.
   *
   * @default that of the sync, where its sink can be read: an `NdjsonSink` can
   */
  readonly deliveries?: RecordReader<DeliveryRecord> | undefined;
  /**
   * The dead letter, for example `readDeadLetters('./rejected.ndjson')`.
   *
   * @default that of the sync, where its sink can be read: an `NdjsonSink` can
   */
  readonly deadLetters?: RecordReader<DeadLetter<unknown>> | undefined;
}

const aReader = z.custom<never>(
  (given) =>
    typeof given === 'function' ||
    (typeof given === 'object' && given !== null && (Symbol.asyncIterator in given || Symbol.iterator in given)),
  'expected records, or a function that gives them',
);

/** The shape of {@link ExplainReaderOptions}. */
export const readersShape = { deliveries: aReader.optional(), deadLetters: aReader.optional() };
