import type { JsonValue, Message } from '../../mapping/message.js';
import type { Column } from '../../source/source.js';
import type { DryOptions } from './dry-window.js';

/** Options of `Sync.preview`. */
export interface PreviewOptions extends DryOptions {
  /** Most rows to show, 1 to 1000. @default 10 */
  readonly limit?: number | undefined;
}

/** One column of the query's result. */
export interface PreviewColumn extends Column {
  /** `userId`, `traits.email`; `undefined` when it is not sent, or when the mapper does not tell. */
  readonly becomes: string | undefined;
}

/** One row of the query's result. */
export interface PreviewRow<M = Message> {
  /** Zero-based. */
  readonly row: number;
  /** By column position; as they stand in messages, before the mapper's options. */
  readonly values: readonly JsonValue[];
  /** What would be sent; none for a row that is rejected or skipped. Message ids begin with a made-up run id. */
  readonly messages: readonly M[];
}

/** A row, or a message of it, that a run would reject. */
export interface PreviewRejection {
  /** Zero-based. */
  readonly row: number;
  readonly code: string;
  readonly reason: string;
  /** More about it that may quote the row; only in a preview. */
  readonly detail?: string | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** @deprecated use {@link PreviewRejection} */
export type PreviewRowError = PreviewRejection;

/** Something worth a look before the first run. */
export interface PreviewWarning {
  /**
   * Short and stable: `NO_TIME_FILTER`, `NO_LOOKBACK`, `STRICT_COMPARISON`, `TEXT_AS_TIME`, `TIME_ZONE_SUSPECT`, `TIME_IN_MILLISECONDS`,
   * `NULL_ID`, `DUPLICATE_ID`, `NO_DEAD_LETTER`, `NUMBER_AS_BOOLEAN`, with `changes` `MAPPER_UNSTABLE`, `LANE_SHARED`,
   * `MIRROR_LIMITED`, `IGNORE_UNKNOWN`, and those of the mapper: `ALL_CAPITALS`, `MIXED_NUMBERS`, …
   */
  readonly code: string;
  readonly column?: string | undefined;
  readonly message: string;
  /** What to write. */
  readonly fix: string;
}

/** What a run of the whole window would send; a member is missing where the source cannot count its rows. */
export interface PreviewEstimate {
  /** Rows of the whole window: counted, not estimated. */
  readonly rows: number | undefined;
  /** From here on in proportion to the rows shown. */
  readonly messages: number | undefined;
  readonly bytes: number | undefined;
  readonly batches: number | undefined;
}

/** What the next run would do with the first rows. */
export interface SyncPreview<M = Message> {
  readonly sync: string;
  /** Unix seconds; 0 before the first completed run. */
  readonly lastSyncTime: number;
  /** `lastSyncTime` less the lookback. */
  readonly windowStart: number;
  readonly queryId: string;
  readonly columns: readonly PreviewColumn[];
  readonly rows: readonly PreviewRow<M>[];
  readonly rejections: readonly PreviewRejection[];
  /** @deprecated the same as `rejections` */
  readonly rowErrors: readonly PreviewRejection[];
  readonly warnings: readonly PreviewWarning[];
  /** What could not be looked into, and why. */
  readonly notChecked: readonly string[];
  readonly estimate: PreviewEstimate;
  /** All of it as text for a terminal; it holds row values. */
  readonly toString: () => string;
}

/** Said before a run where rows would be rejected and nothing keeps them. */
export const NO_DEAD_LETTER = {
  code: 'NO_DEAD_LETTER',
  message: 'Without a `deadLetter` the first rejected row fails the run, and each run sends the rows before it again.',
  fix: "Set deadLetter: new NdjsonSink({ path: './rejected.ndjson' }) of snowmelt/sinks, or repair the rows.",
} as const;
