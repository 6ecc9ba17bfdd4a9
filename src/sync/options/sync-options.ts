import type { DestinationOptions } from '../../delivery/deliver-options.js';
import type { SnapshotDiff } from '../../diff/snapshot-diff.js';
import type { Message } from '../../mapping/message.js';
import type { Source, Statement } from '../../source/source.js';
import type { StateStore } from '../../state/state-store.js';
import type { SyncLogger } from '../journal/safe-logger.js';
import type { ExplainReaderOptions } from './record-readers.js';

/** What a sync needs of a query; `QueryTemplate` has it. */
export interface SyncQuery {
  readonly text: string;
  /** Changes when the text or the parameters do. */
  readonly fingerprint: string;
  readonly usesLastSyncTime: boolean;
  readonly usesSyncTime: boolean;
  /** The SQL of one run and its binds. */
  readonly render: (values: { readonly lastSyncTime: number; readonly syncTime: number }) => Statement;
}

/** How the right to run is held. */
export interface LeaseOptions {
  /**
   * How long a lease is valid without renewal, seconds: a holder that hangs is replaced after this time.
   *
   * @default 60, or three times the store's `minWriteIntervalMs`
   */
  readonly ttlSeconds?: number | undefined;
  /** How long `run()` waits for a lease that another run holds before it is skipped, seconds. @default 0 */
  readonly wait?: number | undefined;
}

/** Stops a run before its first write when the query's result looks wrong. Nothing is checked by default. */
export interface BreakerOptions {
  /**
   * Most rows of one run. With `changes`: most rows added and changed; a larger result is read and compared once before
   * the first write to count them.
   *
   * @default no limit
   */
  readonly maxRows?: number | undefined;
  /**
   * Most rows as a multiple of the median of the completed runs remembered; judged from three runs on. With `changes`:
   * rows added and changed, counted as for `maxRows`.
   *
   * @default no limit
   */
  readonly maxRowsFactor?: number | undefined;
  /** Whether a result without rows is a failure. @default false */
  readonly zeroRows?: boolean | undefined;
  /**
   * Most deletions and suppressions. The result is read and mapped once before the first write to count them. With
   * `changes`: those that would be sent, and removals that no guard holds.
   *
   * @default no limit
   */
  readonly maxDeletes?: number | undefined;
}

/** How often progress is stored: whichever comes first. */
export interface CheckpointOptions {
  /**
   * Most seconds between two. Given, it is also the least; left out, progress is stored as often as about a hundredth of
   * the run's time pays for, and at least every 2 seconds or the store's `minWriteIntervalMs`.
   *
   * @default as often as that pays for: each 0.1 to 2 seconds
   */
  readonly everySeconds?: number | undefined;
  /** Settled rows between two. @default 20000 */
  readonly everyRows?: number | undefined;
}

/** Options of a sync, generic in what its mapper makes and its sink takes. */
export interface SyncOptions<M = Message> extends DestinationOptions<M> {
  /** Identifies the state: `[a-z0-9][a-z0-9_-]{0,63}`. */
  readonly name: string;
  /** A description for people to read. It is not stored anywhere. */
  readonly description?: string | undefined;
  /** Where the rows come from. */
  readonly source: Source;
  /** The query. Leave it out if the source does not run SQL. */
  readonly query?: SyncQuery | undefined;
  /** Keeps lease, checkpoint and `last_sync_time`. */
  readonly state: StateStore;
  /** A disabled sync is skipped. @default true */
  readonly enabled?: boolean | undefined;
  /**
   * Widens the window backwards, for rows whose transaction commits after their timestamp.
   *
   * @default 0
   */
  readonly lookbackSeconds?: number | undefined;
  /** How the right to run is held. */
  readonly lease?: LeaseOptions | undefined;
  /** Stops a run before its first write when the query's result looks wrong. @default nothing is checked */
  readonly breaker?: BreakerOptions | undefined;
  /** Sends only what changed against a snapshot: `snapshotDiff({ … })` of `snowmelt/diff`. @default every row is sent */
  readonly changes?: SnapshotDiff<M> | undefined;
  /** Where `explain` finds what runs have kept. @default what the sinks of `deliveryLog` and `deadLetter` can read */
  readonly readers?: ExplainReaderOptions | undefined;
  /** How often progress is stored. */
  readonly checkpoint?: CheckpointOptions | undefined;
  /** Told about starts, ends and warnings. @default nothing is logged */
  readonly logger?: SyncLogger | undefined;
}
