import type { RunCounts } from '../../state/sync-state.js';

/** A batch was accepted, wholly or but for its rejected messages. */
export interface BatchDeliveredEvent {
  readonly type: 'batch:delivered';
  /** Zero-based row number of the first message. */
  readonly firstRow: number;
  /** Messages accepted. */
  readonly messages: number;
  readonly rejected: number;
  /** UTF-8 bytes of the messages' texts; 0 when the sink has neither byte limits nor `serialize`. */
  readonly bytes: number;
  /** Requests that it took: retries and splits included. */
  readonly requests: number;
  /** With fractions: a batch may take less than a millisecond. */
  readonly durationMs: number;
}

/** A write failed and will be tried again, or single messages of it will be sent again. */
export interface RetryEvent {
  readonly type: 'retry';
  readonly firstRow: number;
  /** Messages that are sent again. */
  readonly messages: number;
  /** Number of the try that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly code: string;
  readonly reason: string;
}

/** A row, or one of its messages, was rejected. */
export interface RowRejectedEvent {
  readonly type: 'row:rejected';
  readonly row: number;
  readonly code: string;
  readonly reason: string;
  /** The sink that rejected it; missing when the row could not be mapped. */
  readonly sink?: string | undefined;
}

/** How far the delivery is. */
export interface ProgressEvent {
  readonly type: 'progress';
  /** Settled or not, in any order. */
  readonly counts: RunCounts;
  /** Every row below this one is settled. */
  readonly settledBelow: number;
  /** Rows of the whole result or range, where known. */
  readonly totalRows?: number | undefined;
  readonly bytes: number;
}

/** Something to look at that does not stop the delivery. */
export interface DeliveryWarning {
  /** Short and stable. */
  readonly code: string;
  readonly message: string;
  /** The column it is about, where there is one. */
  readonly column?: string | undefined;
  /** How often it happened. */
  readonly count: number;
}

/** The first occurrence of a warning; the report has its count. */
export interface WarningEvent extends DeliveryWarning {
  readonly type: 'warning';
}

/** What `deliver` tells while it runs. Never carries row values. */
export type DeliveryEvent = BatchDeliveredEvent | RetryEvent | RowRejectedEvent | ProgressEvent | WarningEvent;
