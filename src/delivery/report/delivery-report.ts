import type { SnowmeltError } from '../../errors/errors.js';
import type { RunCounts } from '../../state/sync-state.js';
import type { DeliveryWarning, RowRejectedEvent } from './delivery-event.js';

/** What became of a delivery. Counts include {@link DeliverOptions.counts}. */
export interface DeliveryReport {
  readonly status: 'completed' | 'failed' | 'aborted';
  /** Why it failed or was aborted. */
  readonly error?: SnowmeltError | undefined;
  readonly runId: string;
  readonly queryId?: string | undefined;
  /** The counts below as one object: for `counts` of the delivery of the next part. */
  readonly counts: RunCounts;
  /** Rows taken from the source. */
  readonly rowsRead: number;
  /** Rows whose messages were all accepted. */
  readonly rowsDelivered: number;
  /** Rows with something in the dead letter. */
  readonly rowsRejected: number;
  /** Rows the mapper left out. */
  readonly rowsSkipped: number;
  /** Messages accepted. */
  readonly messages: number;
  /** Batches settled. */
  readonly batches: number;
  /** Requests that repeated an earlier one, wholly or in part. */
  readonly retries: number;
  /** UTF-8 bytes of the accepted messages' texts; 0 when the sink has neither byte limits nor `serialize`. */
  readonly bytes: number;
  /** Every row below this one is settled. */
  readonly settledBelow: number;
  /** Counts of the rows below `settledBelow`: what a last checkpoint stores. */
  readonly settled: RunCounts;
  /** Whole milliseconds. */
  readonly durationMs: number;
  /** Part of it spent waiting for rows. */
  readonly sourceWaitMs: number;
  readonly warnings: readonly DeliveryWarning[];
  /** The first 20 rejections. */
  readonly rejections: readonly RowRejectedEvent[];
  /**
   * Does nothing after a completed delivery.
   *
   * @throws SnowmeltError {@link error} after any other
   */
  readonly throwIfFailed: () => void;
}
