import type { JsonValue } from '../../mapping/message.js';
import type { DeliveryRecord } from '../../sink/sink.js';
import type { RunSummary } from '../../state/sync-state.js';

/** Why a row was sent, or was not. Short and stable. */
export type ExplainCode =
  /** The sync is disabled: `enabled: false`. */
  | 'disabled'
  /** The sync has never run. */
  | 'never-ran'
  /** The query gives no such row, whatever its window. */
  | 'not-in-query'
  /** The row was in the window of no completed run; `window` tells by how much, and whether it is in that of the next. */
  | 'outside-window'
  /** A run that would send it has begun and not ended: the next run goes on with it. */
  | 'run-unfinished'
  /** The runs that would have sent it have failed: the next run tries again. */
  | 'run-failed'
  /** The mapper makes no message of it. */
  | 'skipped'
  /** A filter of the sink leaves its messages out. */
  | 'filtered'
  /** With `changes`: the destination has it, and it is as it was then. */
  | 'unchanged'
  /** It was rejected, or would be; `rejection` tells why. */
  | 'rejected'
  /** With `changes`: it, or its mapping, is another than the snapshot has. The next run sends it. */
  | 'changed'
  /** The delivery log says so. */
  | 'sent'
  /** Nothing else holds: `run` should have sent it. */
  | 'should-have-been-sent';

/** A key to look for: column of the query to value. Numbers beyond 2^53 as text or `bigint`. */
export type ExplainKey = Readonly<Record<string, string | number | bigint | boolean | Date>>;

/** Where a row lies in time, as the query's condition on `{{last_sync_time}}` sees it. */
export interface ExplainedWindow {
  /** The column that the query compares, where it stands alone: `p.LAST_UPDATED`. */
  readonly column?: string | undefined;
  /** Where the window of the next run begins, Unix seconds: `last_sync_time` less the lookback. */
  readonly start: number;
  /** The largest `{{last_sync_time}}` that still finds the row, Unix seconds: its time, for a plain comparison. */
  readonly time?: number | undefined;
  /**
   * Seconds from the start of the last completed run to `time`; from the start of the window, where the next run does not
   * have the row. Negative: it is older than that.
   */
  readonly bySeconds?: number | undefined;
  readonly inNextRun: boolean;
}

/** Why a row was rejected, or would be. */
export interface ExplainedRejection {
  readonly code: string;
  /** In the words of the dead letter where there is one. It may repeat values of the row. */
  readonly reason: string;
  /** The run that rejected it; missing when it would be rejected now. */
  readonly runId?: string | undefined;
  /** Its row number in that run. */
  readonly row?: number | undefined;
}

/** One row that has the key. */
export interface ExplainedRow<M> {
  readonly code: ExplainCode;
  /** One sentence. */
  readonly text: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** As a mapper gets them, by column. */
  readonly values: Readonly<Record<string, JsonValue>>;
  /** What it becomes now. A message id that is made from run and row is left out. */
  readonly messages: readonly M[];
  /** Present where the query has `{{last_sync_time}}`. */
  readonly window?: ExplainedWindow | undefined;
  /** Present where the code is `rejected`. */
  readonly rejection?: ExplainedRejection | undefined;
  /** The last record of it in the delivery log. */
  readonly delivered?: DeliveryRecord | undefined;
  /** The run that the code speaks of. */
  readonly run?: Pick<RunSummary, 'runId' | 'startedAt' | 'status' | 'reason'> | undefined;
}

/** Why a row was sent, or was not. Holds values of rows. */
export interface Explanation<M> {
  readonly sync: string;
  /** As it was asked for. */
  readonly key: Readonly<Record<string, string>>;
  /** Of the first row, or of the absent one. */
  readonly code: ExplainCode;
  /** One sentence. */
  readonly text: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** The rows of the query that have the key, at most ten. */
  readonly rows: readonly ExplainedRow<M>[];
  /** Whether there are more. */
  readonly more: boolean;
  /** Unix seconds; 0 before the first completed run. */
  readonly lastSyncTime: number;
  /** The last run that ended. */
  readonly lastRun?: RunSummary | undefined;
  /** What it could not look into, and why. */
  readonly notChecked: readonly string[];
  /** For a terminal. */
  readonly toString: () => string;
}
