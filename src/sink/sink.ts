import type { Bytes } from '../http/bytes.js';
import type { Message } from '../mapping/message.js';
import type { CallType, LaneKey } from '../mapping/row-mapper.js';

/** Which run it is: of a batch, of a dead letter. */
export interface RunIdentity {
  /** Name of the sync. */
  readonly sync: string;
  readonly runId: string;
  readonly queryId?: string | undefined;
  /** Rises over all runs and backfills of the sync, whoever runs them; the ranges of one run share one. */
  readonly fencingToken?: number | undefined;
}

/** What a sink needs to know about a batch. */
export interface WriteContext extends RunIdentity {
  /**
   * Asks whether this process may still send: to be awaited right before every single request, and after every wait. It
   * costs nothing while the lease is fresh; in doubt it asks the state store. The engine's HTTP sinks await it in their
   * sender.
   *
   * @throws SnowmeltError `LEASE_LOST`, the signal's reason, or what the host's own fence throws: to be passed on as it is
   */
  readonly fence: () => Promise<void>;
  /** Aborted when the run ends or `writeTimeoutMs` has passed. */
  readonly signal: AbortSignal;
  /** After so many milliseconds the signal is aborted, and the batch is tried again as if nothing of it had been sent. */
  readonly writeTimeoutMs?: number | undefined;
  /** 1 for the first try of this batch. */
  readonly attempt: number;
  /** Zero-based row number of the first message. */
  readonly firstRow: number;
  /**
   * The lane keys of the messages. A sink that remembers what of a batch was accepted has to hold back what stands behind
   * a message to send again under the same key. Missing when the sink is called without the engine.
   */
  readonly keys?: readonly LaneKey[] | undefined;
  /**
   * The messages' texts from {@link Sink.serialize}, made by the engine while it counted bytes. Missing when the
   * sink is called without the engine.
   */
  readonly serialized?: readonly string[] | undefined;
  /**
   * In place of {@link serialized}: the texts as UTF-8 with a comma between each two, none above the sink's
   * `maxMessageBytes`. Only for a sink whose `serialize` names call types in `plainFor`; the elements of its batch are
   * then made when they are first looked at. Not to be changed or kept.
   */
  readonly json?: Bytes | undefined;
}

/** Gives the text of one message as it goes on the wire. */
export interface SerializeMessage<in M> {
  (message: M): string;
  /**
   * Call types whose text is `JSON.stringify(message)` and nothing else, so that the engine may make it straight from the
   * row. Such a sink has to look at `WriteContext.json`.
   */
  readonly plainFor?: ReadonlySet<CallType> | undefined;
}

/** A message refused for good. */
export interface Rejection {
  /** Position in the batch. */
  readonly index: number;
  /** Short and stable, from the destination where it gives one. */
  readonly code: string;
  /** In the sink's words, without values of the message: it stands in events and reports. */
  readonly reason: string;
  /** In the destination's words. It may repeat values of the message, so it goes to the dead letter and nowhere else. */
  readonly detail?: string | undefined;
  /** The child of a `fanOut` that refused it; several are parted by commas. */
  readonly sink?: string | undefined;
}

/** A message to send again. */
export interface RetryLater {
  /** Position in the batch. */
  readonly index: number;
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
}

/** What became of a batch. The three counts add up to its length; anything else is an error, never a success. */
export interface WriteResult {
  readonly accepted: number;
  readonly rejected?: readonly Rejection[] | undefined;
  readonly retry?: readonly RetryLater[] | undefined;
}

/** What a destination takes at once. */
export interface SinkLimits {
  readonly maxMessages?: number | undefined;
  /** Bytes of the whole body, UTF-8, uncompressed. */
  readonly maxBatchBytes?: number | undefined;
  /** Bytes of one message, UTF-8. */
  readonly maxMessageBytes?: number | undefined;
  /** Bytes a body has besides its messages (wrapper); each message but the first adds one for its comma. */
  readonly batchOverheadBytes?: number | undefined;
  /** Batches in flight at once, unless the caller of the engine says otherwise. @default 4 */
  readonly concurrency?: number | undefined;
}

/** What a destination says to a request that delivers nothing. */
export interface SinkCheck {
  /** `accepted`: the destination took the key; `unknown`: it cannot tell without data. */
  readonly key: 'accepted' | 'unknown';
  /** One sentence. */
  readonly reason: string;
}

/** Whom a message does not go to, because a filter leaves it out. */
export interface LeftOut {
  /** Names of the sinks. */
  readonly by: readonly string[];
  /** Whether nobody gets it. */
  readonly entirely: boolean;
}

/** Delivers batches of messages. */
export interface Sink<in M = Message> {
  readonly name: string;
  readonly limits?: SinkLimits | undefined;
  /** Called before the first write of the deliveries that use the sink at the same time; a failure is tried again. */
  readonly open?: ((options: { readonly signal: AbortSignal }) => Promise<void>) | undefined;
  /**
   * Delivers one batch; called by several lanes at once.
   *
   * @throws SinkError with `retryable` and `splittable` when the batch as a whole was not accepted
   */
  readonly write: (batch: readonly M[], context: WriteContext) => Promise<WriteResult>;
  /**
   * The text of one message as it goes on the wire. When present, the engine calls it once per message, counts its
   * UTF-8 bytes against {@link limits} and hands the texts to `write`. Default for counting: `JSON.stringify`.
   */
  readonly serialize?: SerializeMessage<M> | undefined;
  /** Called after the last write of those deliveries, also after a failure; a later delivery opens again. Idempotent. */
  readonly close?: (() => Promise<void>) | undefined;
  /**
   * Asks the destination whether it takes the key, without delivering anything; for `diagnose`.
   *
   * @throws SinkError `SINK_UNAUTHORIZED`, `SINK_UNREACHABLE`, `SINK_TIMEOUT` or `SINK_FAILED`
   */
  readonly check?: ((options: { readonly signal: AbortSignal }) => Promise<SinkCheck>) | undefined;
  /** The part of a composed sink that a rejection names in `sink`, so that a replay goes only there. */
  readonly child?: ((name: string) => Sink<M> | undefined) | undefined;
  /** Tells whether a filter leaves a message out, without delivering anything; for `explain`. */
  readonly leftOut?: ((message: M) => LeftOut | undefined) | undefined;
  /** What it has kept so far, the oldest first; for `explain`. */
  readonly read?: ((options: { readonly signal?: AbortSignal | undefined }) => AsyncIterable<unknown>) | undefined;
}

/** A row or message refused for good, as a dead letter keeps it. */
export interface DeadLetter<out M = Message> extends Omit<RunIdentity, 'fencingToken'> {
  /** Zero-based row number in the result. */
  readonly row: number;
  /** The sink that refused it; missing when the row could not be mapped. */
  readonly sink?: string | undefined;
  readonly code: string;
  readonly reason: string;
  readonly message?: M | undefined;
  /** The row's column names and values, for rows that could not be mapped. */
  readonly columns?: readonly string[] | undefined;
  readonly values?: readonly unknown[] | undefined;
}

/**
 * What became of one row, as a delivery log keeps it: no values of the row. Unchanged rows of a sync with `changes` have
 * none.
 */
export interface DeliveryRecord extends Omit<RunIdentity, 'fencingToken'> {
  /** Zero-based row number in the result; removals are numbered behind the last row. */
  readonly row: number;
  /**
   * What names the row, as 32 hexadecimal digits: with `changes` the hash of its key columns, else of its messages' lane
   * keys. Missing where there is nothing to name it by. A pseudonym: who can guess the key can tell that it is this one.
   */
  readonly key?: string | undefined;
  /** Of its calls, in their order. */
  readonly messageIds: readonly string[];
  /** `delivered`: all of its messages were accepted; `rejected`: kept in the dead letter; `skipped` by the mapper. */
  readonly outcome: 'delivered' | 'rejected' | 'skipped';
  /** The code of its first rejection. */
  readonly code?: string | undefined;
  /** It is no row, but the removal of a key that is gone. */
  readonly removal?: true | undefined;
  /** When it was settled by the clock of the process, ISO 8601. */
  readonly time: string;
}

/** Batches in flight at once to a destination that says nothing about itself. */
export const defaultConcurrency = 4;

/** Asks the fence. A sink may be called without the engine, and so without one. @throws what the fence throws */
export async function askFence({ fence }: Partial<Pick<WriteContext, 'fence'>>): Promise<void> {
  await fence?.();
}
