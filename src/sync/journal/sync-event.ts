import type {
  BatchDeliveredEvent,
  DeliveryWarning,
  ProgressEvent,
  RetryEvent,
  RowRejectedEvent,
} from '../../delivery/report/delivery-event.js';
import type { SnowmeltError } from '../../errors/errors.js';
import type { Column } from '../../source/source.js';
import type { RunCounts } from '../../state/sync-state.js';
import type { RunReport, SkipReason } from './run-report.js';

/** What every event of a sync says. */
export interface SyncEventBase {
  readonly sync: string;
  /** Missing before the run has one. */
  readonly runId?: string | undefined;
}

/** A run has taken its lease and knows which run it is. */
export interface RunStartEvent extends SyncEventBase {
  /** `{{last_sync_time}}` before the lookback, Unix seconds. */
  readonly lastSyncTime: number;
  /** When the run began, by this machine's clock: before its lease and its query, of which this event comes later. */
  readonly startedAt: Date;
  /** First row that is not settled, when an earlier run is resumed. */
  readonly resumedFromRow?: number | undefined;
}

/** The query has run, or its result was opened again. */
export interface QueryDoneEvent extends SyncEventBase {
  readonly queryId: string;
  readonly rowCount?: number | undefined;
  readonly columns: readonly Column[];
  /** With fractions. */
  readonly durationMs: number;
  readonly resumed: boolean;
}

/** It is stored that every row below `row` is settled. */
export interface CheckpointEvent extends SyncEventBase {
  readonly row: number;
  readonly counts: RunCounts;
}

/** A run has ended. */
export interface RunEndEvent extends SyncEventBase {
  readonly report: RunReport;
}

/** A run did not begin. */
export interface RunSkipEvent extends RunEndEvent {
  readonly reason: SkipReason;
}

/** A run failed or was aborted. */
export interface RunFailEvent extends RunEndEvent {
  readonly error: SnowmeltError;
}

/** The events of a sync by name. None carries row values. */
export interface SyncEvents {
  readonly 'run:start': RunStartEvent;
  readonly 'query:done': QueryDoneEvent;
  readonly progress: ProgressEvent & SyncEventBase;
  readonly 'batch:delivered': BatchDeliveredEvent & SyncEventBase;
  readonly retry: RetryEvent & SyncEventBase;
  readonly 'row:rejected': RowRejectedEvent & SyncEventBase;
  readonly checkpoint: CheckpointEvent;
  readonly 'run:complete': RunEndEvent;
  readonly 'run:skip': RunSkipEvent;
  readonly 'run:fail': RunFailEvent;
  readonly warning: DeliveryWarning & SyncEventBase;
}

/** Name of an event. */
export type SyncEventName = keyof SyncEvents;

/** A listener; what it throws or rejects with never touches the run. */
export type SyncListener<K extends SyncEventName> = (event: SyncEvents[K]) => unknown;

/** What tells of its runs: a `Sync`. */
export interface SyncEventSource {
  readonly name: string;
  /** Adds a listener. */
  on<K extends SyncEventName>(event: K, listener: SyncListener<K>): unknown;
  /** Removes a listener. */
  off<K extends SyncEventName>(event: K, listener: SyncListener<K>): unknown;
}
