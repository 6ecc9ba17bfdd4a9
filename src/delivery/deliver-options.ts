import type { RowMapper } from '../mapping/row-mapper.js';
import type { DeadLetter, DeliveryRecord, Sink } from '../sink/sink.js';
import type { Column, ResultSet, RowBatch } from '../source/source.js';
import type { RunCounts } from '../state/sync-state.js';
import type { DeliveryEvent } from './report/delivery-event.js';
import type { Settled } from './settle/settled-notifier.js';
import type { WriteGate } from './write/batch-writer.js';
import type { RateLimitOptions } from './write/rate-limiter.js';
import type { RetryOptions } from './write/retry.js';

/** What becomes of rows, and how it is sent: the options that a delivery and a sync share. */
export interface DestinationOptions<M> {
  /** Turns rows into messages. */
  readonly mapper: RowMapper<M>;
  /** Takes the messages. */
  readonly sink: Sink<M>;
  /** Keeps rows and messages that are rejected. Without it the first of them fails the delivery. */
  readonly deadLetter?: Sink<DeadLetter<M>> | undefined;
  /**
   * Keeps what became of every row that is settled, without its values, before a checkpoint says that it is. A sink of
   * its own; when it fails, the delivery does.
   *
   * @default nothing is recorded
   */
  readonly deliveryLog?: Sink<DeliveryRecord> | undefined;
  /**
   * How many rows may be rejected before the run fails; needs `deadLetter`.
   *
   * @default the larger of 100 and 1 % of the rows
   */
  readonly maxRejected?: number | undefined;
  /** Batches in flight at once. @default what the sink's `limits` say, else 4 */
  readonly concurrency?: number | undefined;
  /** How failed writes are tried again. */
  readonly retry?: RetryOptions | undefined;
  /** How fast the sink is written to. @default no limit until the sink says 429 */
  readonly rateLimit?: RateLimitOptions | undefined;
  /** Rows between the first unsettled one and the reader: the bound of memory. @default 50000 */
  readonly maxInFlightRows?: number | undefined;
  /** After this time a write is aborted and tried again, milliseconds. @default 300000 */
  readonly writeTimeoutMs?: number | undefined;
}

/** Options of `deliver`. */
export interface DeliverOptions<M> extends DestinationOptions<M> {
  /** Where the rows come from. A plain iterable needs `columns`. */
  readonly rows: ResultSet | AsyncIterable<RowBatch>;
  /** The columns of a plain iterable; for a result set its own are used. */
  readonly columns?: readonly Column[] | undefined;
  /** First row; of a plain iterable the row that its first batch has to begin with, or lie before. @default 0 */
  readonly from?: number | undefined;
  /** Row after the last one. @default the end */
  readonly to?: number | undefined;
  /** Ends the delivery: nothing new is sent, requests in flight get about the time of one batch to finish. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when every row below `belowRow` is settled; `belowRow` only grows. One call at a time: while a returned
   * promise is pending further growth is gathered into the next call, and the last one is awaited. An error fails
   * the delivery.
   */
  readonly onSettled?: ((belowRow: number, settled: Settled) => void | Promise<void>) | undefined;
  /** Told what happens; what it throws never touches the delivery. */
  readonly onEvent?: ((event: DeliveryEvent) => void) | undefined;
  /**
   * Asked right before each request of the sink, and of the dead letter: may this process still send? What it throws
   * stops the delivery before anything more is sent. For a runner with a lease of its own.
   *
   * @default nothing is asked
   */
  readonly fence?: (() => Promise<void>) | undefined;
  /** Called before each batch is written; what it throws stops the delivery. @deprecated use `fence` */
  readonly beforeWrite?: ((batch: WriteGate) => void | Promise<void>) | undefined;
  /** Name of the sync, for sinks, dead letters and content-based message ids. @default "deliver" */
  readonly sync?: string | undefined;
  /**
   * First part of the message ids: at most 40 characters of `[A-Za-z0-9._-]`. The same rows under the same run id get
   * the same message ids.
   *
   * @default the query id of a result set, else a random UUID
   */
  readonly runId?: string | undefined;
  /** Stands in reports and dead letters. @default the query id of a result set */
  readonly queryId?: string | undefined;
  /** Told to the sink; rises each time another process takes the sync over. @default none */
  readonly fencingToken?: number | undefined;
  /** What an earlier part of the same run has settled; the report and the checkpoints count on from there. @default zeros */
  readonly counts?: RunCounts | undefined;
}
