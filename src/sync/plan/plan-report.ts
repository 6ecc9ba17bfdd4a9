import type { KeyValues } from '../../diff/key/key-text.js';
import type { DeliveryWarning } from '../../delivery/report/delivery-event.js';
import type { ChangesCounts } from '../journal/run-report.js';
import type { PlanToken } from '../options/plan-token.js';
import type { PreviewRejection } from '../dry/preview-report.js';
import type { PlannedCalls } from './plan-counts.js';
import type { PlannedDifference } from './largest-difference.js';

/** What a run of a sync with `changes` would find against the snapshot. */
export interface PlannedChanges extends ChangesCounts {
  /** Why removals would be held, when they would; short and stable: `too-many`, `no-rows`, … */
  readonly reason?: string | undefined;
  /** Keys of the first ten removals, held or not; without those whose text cannot be read. */
  readonly removedKeys: readonly KeyValues[];
  /** When the result will be too old for its removals; missing where a run would remove nothing. */
  readonly removalsUntil?: Date | undefined;
}

/** What a run of the whole window would do. */
export interface SyncPlan {
  readonly sync: string;
  /** Unix seconds; 0 before the first completed run. */
  readonly lastSyncTime: number;
  /** `lastSyncTime` less the lookback. */
  readonly windowStart: number;
  readonly queryId: string;
  readonly rowsRead: number;
  /** Rows that the mapper leaves out. */
  readonly rowsSkipped: number;
  /** Rows that can't be mapped, or are too large for the destination. */
  readonly rowsRejected: number;
  /** The first 20 of them. */
  readonly rejections: readonly PreviewRejection[];
  /** Present where the sync has `changes`. Rows read = sent + rejected + skipped + unchanged. */
  readonly changes?: PlannedChanges | undefined;
  /** All messages, deletions and suppressions among them. */
  readonly messages: number;
  /** By call type and event, most messages first. */
  readonly calls: readonly PlannedCalls[];
  /** Deletions of people, devices, objects and relationships by semantic events. */
  readonly deletes: number;
  readonly suppressions: number;
  readonly aliases: number;
  /** The earliest and the latest `timestamp` of the messages, when there is any. */
  readonly timestamps: { readonly first: Date; readonly last: Date } | undefined;
  /** UTF-8 bytes of the messages, uncompressed. */
  readonly bytes: number;
  /** Expected requests: full batches, nothing sent twice. */
  readonly requests: number;
  /** Expected duration of the run, seconds. */
  readonly durationSeconds: number;
  /** What the duration rests on, one sentence. */
  readonly assumption: string;
  readonly warnings: readonly DeliveryWarning[];
  /** What differs most from the completed runs that the record remembers; missing where it remembers none. */
  readonly largestDifference?: PlannedDifference | undefined;
  /** Has `run({ plan })` deliver this very result. Missing where a run cannot: see {@link notApplicable}. */
  readonly token?: PlanToken | undefined;
  /** Why there is no token, one sentence. */
  readonly notApplicable?: string | undefined;
  /** All of it as text for a terminal. Of rows it holds keys of removals, and nothing else. */
  readonly toString: () => string;
}
