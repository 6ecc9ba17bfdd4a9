import { defaultConcurrency, type SinkLimits } from '../../sink/sink.js';

/** Messages of a batch when the sink names no limit of any kind. */
const DEFAULT_MESSAGES = 1_000;
/** With a limit of bytes the count only guards against batches of very many tiny messages. */
const DEFAULT_MESSAGES_BY_BYTES = 10_000;

/** Batches in flight at once: as the caller says, else as the sink does. */
export function batchesInFlight(limits: SinkLimits | undefined, chosen: number | undefined): number {
  return chosen ?? limits?.concurrency ?? defaultConcurrency;
}

/** The limits of a sink with every default filled in. */
export interface BatchLimits {
  readonly maxMessages: number;
  readonly maxBatchBytes: number;
  /** Also small enough for a batch of its own. */
  readonly maxMessageBytes: number;
  readonly overheadBytes: number;
  /** Whether bytes have to be counted at all. */
  readonly measured: boolean;
}

/** Fills in what a sink leaves open; a limit of messages per second also bounds one batch. */
export function batchLimits(limits: SinkLimits | undefined, maxMessagesPerSecond: number | undefined): BatchLimits {
  const maxBatchBytes = limits?.maxBatchBytes ?? Infinity;
  const overheadBytes = limits?.batchOverheadBytes ?? 0;
  const byDefault = maxBatchBytes === Infinity ? DEFAULT_MESSAGES : DEFAULT_MESSAGES_BY_BYTES;
  return {
    maxMessages: Math.max(1, Math.min(limits?.maxMessages ?? byDefault, Math.ceil(maxMessagesPerSecond ?? Infinity))),
    maxBatchBytes,
    maxMessageBytes: Math.min(limits?.maxMessageBytes ?? Infinity, maxBatchBytes - overheadBytes),
    overheadBytes,
    measured: maxBatchBytes !== Infinity || limits?.maxMessageBytes !== undefined,
  };
}
