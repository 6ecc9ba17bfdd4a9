import type { DeliveryWarning, RowRejectedEvent } from '../../delivery/report/delivery-event.js';
import type { SnowmeltError } from '../../errors/errors.js';
import type { TimelinePoint } from './run-timeline.js';

/** How a run ended. */
export type RunStatus = 'completed' | 'skipped' | 'failed' | 'aborted';

/**
 * Why a run did not begin: another one holds the lease, the sync is disabled, or the range is settled already.
 */
export type SkipReason = 'lease-held' | 'disabled' | 'already-settled';

/** Where a run's time went, whole milliseconds. */
export interface RunDurations {
  /** Until the lease was held. */
  readonly leaseMs: number;
  /** Until the result could be read, the circuit breaker included. */
  readonly queryMs: number;
  readonly deliveryMs: number;
  /** Part of the delivery spent waiting for rows. */
  readonly sourceWaitMs: number;
  readonly commitMs: number;
  readonly totalMs: number;
}

/** What a run of a sync with `changes` found against its snapshot. */
export interface ChangesCounts {
  /** Rows whose key the snapshot did not have as sent. */
  readonly added: number;
  /** Rows that became something else than the snapshot has. */
  readonly changed: number;
  /** Rows that were not sent, because nothing about them changed. */
  readonly unchanged: number;
  /** Keys whose removal was accepted. */
  readonly removed: number;
  /** Keys whose removal is held back. */
  readonly held: number;
  /** Keys whose removal was rejected and is in the dead letter, where there are any: the next run tries them again. */
  readonly removalsRejected?: number | undefined;
}

/** What became of a run. Counts cover the whole run, with the rows settled before it was resumed. */
export interface RunReport {
  readonly sync: string;
  readonly status: RunStatus;
  readonly skipReason?: SkipReason | undefined;
  readonly error?: SnowmeltError | undefined;
  /** Missing when the run did not begin. */
  readonly runId?: string | undefined;
  readonly queryId?: string | undefined;
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
  /** Present where the sync has `changes`. Read = delivered + rejected + skipped + unchanged. */
  readonly changes?: ChangesCounts | undefined;
  /** Batches settled by this process. */
  readonly batches: number;
  /** Requests of this process that repeated an earlier one. */
  readonly retries: number;
  /** UTF-8 bytes of the messages accepted from this process; 0 when the sink does not count them. */
  readonly bytes: number;
  /** Rows of the query's result, read or not, where the source knows their number beforehand. */
  readonly rowCount?: number | undefined;
  /** First row this process had to deliver, when it resumed a run. */
  readonly resumedFromRow?: number | undefined;
  /** `last_sync_time` before and after the run, Unix seconds. */
  readonly lastSyncTime: { readonly before: number; readonly after: number };
  readonly startedAt: Date;
  readonly durations: RunDurations;
  readonly warnings: readonly DeliveryWarning[];
  /** The first 20 rejections of this process. */
  readonly rejections: readonly RowRejectedEvent[];
  /** At most some 240 samples of the run in this process, for a picture of it. */
  readonly timeline: readonly TimelinePoint[];
  /**
   * Does nothing after a completed or a skipped run.
   *
   * @throws SnowmeltError {@link error} after any other
   */
  readonly throwIfFailed: () => void;
}
