import type { ResultRef } from '../../source/source.js';

/** Of the tokens that this release makes; a later one may put into them what this one does not know. */
export const PLAN_VERSION = 1;

/** A plan to be applied by `run({ plan })`: plain JSON, without secrets and without values of rows. */
export interface PlanToken {
  readonly version: number;
  readonly sync: string;
  /** Of the run that applies it. */
  readonly runId: string;
  /** The Snowflake user that made it; missing where the source is not Snowflake. */
  readonly user?: string | undefined;
  /** The result that was reviewed. */
  readonly ref: ResultRef;
  readonly rowCount: number;
  /** By the source's clock, Unix seconds: the next `last_sync_time` once it is applied. */
  readonly startedAt: number;
  /** Unix seconds. */
  readonly lastSyncTime: number;
  /** `lastSyncTime` less the lookback. */
  readonly windowStart: number;
  /** The highest fencing token that anybody had been given: whoever takes the lease afterwards gets a higher one. */
  readonly fencingToken: number;
  readonly lastCompletedRun?: string | undefined;
  /** What the rows were compared with; missing where the sync has no snapshot. */
  readonly snapshot?: { readonly manifest?: string | undefined; readonly digest: string } | undefined;
  /** Of the query, the mapper and the option `changes`. */
  readonly fingerprints: { readonly query: string; readonly mapper: string; readonly changes?: string | undefined };
  /** How many removals were reviewed that no guard held. */
  readonly removals?: number | undefined;
  /** A checksum of all the others; an HMAC where `changes` has a `secret`. */
  readonly seal: string;
}
