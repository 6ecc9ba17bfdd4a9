import * as z from 'zod';
import { levelRefSchema, snapshotRefSchema } from './snapshot-refs.js';

const rowNumber = z.int().nonnegative();

const rowCheck = z.strictObject({ row: rowNumber, hash: z.string() });

const resultRef = z.strictObject({
  queryId: z.string(),
  rowCount: rowNumber.optional(),
  columnsHash: z.string(),
  check: rowCheck.optional(),
});

const counts = z.strictObject({
  read: rowNumber,
  delivered: rowNumber,
  rejected: rowNumber,
  skipped: rowNumber,
  messages: rowNumber,
  /** Of a sync with `changes`: rows that are as the snapshot has them. */
  unchanged: rowNumber.optional(),
  /** Of a sync with `changes`: rows whose key the snapshot did not have, and rows that differ from it. */
  added: rowNumber.optional(),
  changed: rowNumber.optional(),
  /** Of a sync with `changes`, for a whole run: keys whose removal was accepted, and keys whose removal is held. */
  removed: rowNumber.optional(),
  held: rowNumber.optional(),
  /** Of a sync with `changes`, where there are any: keys whose removal is in the dead letter. */
  removalsRejected: rowNumber.optional(),
});

const range = z.strictObject({ from: rowNumber, to: rowNumber });

const settled = z.strictObject({ from: rowNumber, to: rowNumber, counts });

const begun = z.strictObject({
  /** What `begin()` was given: it finds its run again by this. */
  id: z.string(),
  /** First row of its handle that was not settled. */
  firstRow: rowNumber,
});

const lease = z.strictObject({
  /** Unique to one holding of the lease. */
  holder: z.string(),
  /** Machine, its boot and its process namespace: pids mean something only within it. */
  host: z.string(),
  pid: z.int(),
  /** Start of the process, so that a reused pid is not taken for the holder. Empty where it can't be known. */
  processStart: z.string(),
  /** By the store's clock, milliseconds. */
  expiresAt: z.number(),
  ttlMs: z.number().positive(),
  /** Kept alive by the workers of a run in ranges: the end of the process that took it means nothing. */
  shared: z.boolean().optional(),
  /** Of a shared lease whose handle `begin()` gives again. */
  begun: begun.optional(),
});

/** What a run with `changes` has written of the snapshot, and how it removes. */
const runChanges = z.strictObject({
  /** Its rows: added to the snapshot when the run ends. */
  level: levelRefSchema,
  /** Of the key columns of its result. */
  keyForm: z.string(),
  /** Levels of the snapshot when it began: what a backfill beside it adds is newer than its result. */
  levels: rowNumber,
  /** Every row counts as sent without being sent, or is sent whatever the snapshot says. */
  kind: z.enum(['seed', 'resend']).optional(),
  removals: z
    .strictObject({
      /** How many may be sent; the first of `total`. */
      allowed: rowNumber,
      total: rowNumber,
      /** Why some of them are held. */
      held: z.string().optional(),
      /** How many are settled, in their order. */
      done: rowNumber,
      counts,
      level: levelRefSchema,
    })
    .optional(),
});

const heldRemovals = z.strictObject({
  count: rowNumber,
  /** Short and stable: `too-many`, `no-rows`, … */
  reason: z.string(),
  /** Since which run, Unix seconds. */
  since: rowNumber,
});

const snapshot = z.strictObject({
  present: snapshotRefSchema,
  /** The one before, whose objects may still be read. */
  previous: snapshotRefSchema.optional(),
  /** Of the key columns: other ones cannot be compared. */
  keyForm: z.string(),
  /** Version of the canonical form of messages. */
  form: z.int(),
  /** Fingerprints of the last completed run. */
  query: z.string().optional(),
  removed: z.string().optional(),
  held: heldRemovals.optional(),
});

const run = z.strictObject({
  runId: z.string(),
  /** `last_sync_time` the query was rendered with, before the lookback, Unix seconds. */
  lastSyncTime: rowNumber,
  /** Start by Snowflake's clock, Unix seconds: the next `last_sync_time` when the run completes. */
  startedAt: rowNumber,
  /** Upper end of a backfill, Unix seconds. */
  syncTime: rowNumber.optional(),
  /** Missing until the query has run. */
  ref: resultRef.optional(),
  /** The rows of a range record. */
  range: range.optional(),
  /** Settled rows, ordered, disjoint and merged: one entry from row 0 unless ranges were used. */
  settled: z.array(settled),
  /** Ranges given to a worker and not settled yet; each has its own record. */
  claimed: z.array(range),
  /** Code of the error that makes going on with this result pointless; the next run abandons it. */
  failure: z.string().optional(),
  /** Fingerprints the run was started with; a change of either abandons it. */
  queryFingerprint: z.string(),
  mapperFingerprint: z.string(),
  changes: runChanges.optional(),
  /** Of a run that applies a plan: how many removals were reviewed. */
  plan: z.strictObject({ removals: rowNumber }).optional(),
});

const runSummary = z.strictObject({
  runId: z.string(),
  startedAt: rowNumber,
  status: z.enum(['completed', 'failed', 'aborted', 'abandoned']),
  /** Code of the error that ended it. */
  reason: z.string().optional(),
  counts: counts.optional(),
  /** The handle of a completed run that `begin()` gives again. */
  begun: begun.extend({ fencingToken: rowNumber, ref: resultRef.omit({ check: true }) }).optional(),
});

const backfill = z.strictObject({
  runId: z.string(),
  /** Unix seconds. */
  from: rowNumber,
  /** Unix seconds, as asked for. */
  to: rowNumber.optional(),
  /** The last run of the sync that may have sent something when the backfill began: after another one, values are newer. */
  afterRun: z.string().optional(),
  /** When it was noted, Unix seconds by the clock of the process. */
  notedAt: rowNumber,
});

/** The current version of the record's shape. */
export const SYNC_STATE_SCHEMA = 3;

/** How many ended runs a record remembers. */
export const HISTORY_LENGTH = 20;

/** The record of one sync, moved only by compare-and-set. */
export const syncStateSchema: z.ZodType<SyncState> = z.strictObject({
  schema: z.literal(SYNC_STATE_SCHEMA),
  /** Unix seconds; start of the last completed run. */
  lastSyncTime: rowNumber,
  /** Rises each time a process takes the sync. */
  fencingToken: rowNumber,
  /** The highest fencing token that anybody was given: backfills beside the sync get theirs from the same numbers. */
  lastToken: rowNumber,
  lease: lease.optional(),
  run: run.optional(),
  /** Fingerprints of the last completed run. */
  queryFingerprint: z.string().optional(),
  mapperFingerprint: z.string().optional(),
  /** Backfills that have not ended; each has its own record. */
  backfills: z.array(backfill).optional(),
  /** Of a sync with `changes`. */
  snapshot: snapshot.optional(),
  history: z.array(runSummary).max(HISTORY_LENGTH),
});

/** Rows and messages of a run so far. */
export type RunCounts = z.infer<typeof counts>;
/** Rows from `from` up to, not including, `to`. */
export type RowRange = z.infer<typeof range>;
/** Rows that are settled, and what became of them. */
export type SettledRange = z.infer<typeof settled>;
/** What a run with `changes` has written of the snapshot, and how it removes. */
export type RunChanges = z.infer<typeof runChanges>;
/** Removals of a run, and how many of them are settled. */
export type RunRemovals = NonNullable<RunChanges['removals']>;
/** What a sync with `changes` remembers of every key it has settled. */
export type StoredSnapshot = z.infer<typeof snapshot>;
/** The right to run a sync, held by one process (or shared by the workers of one run), with an expiry. */
export type Lease = z.infer<typeof lease>;
/** By what `begin()` finds a run again. */
export type BegunRun = z.infer<typeof begun>;
/** A run that has not ended. */
export type StoredRun = z.infer<typeof run>;
/** A backfill that has not ended. */
export type StoredBackfill = z.infer<typeof backfill>;
/** A run that has ended. */
export type RunSummary = z.infer<typeof runSummary>;
/** The record of one sync (or of one range or backfill of it). */
export interface SyncState {
  schema: typeof SYNC_STATE_SCHEMA;
  /** Unix seconds; start of the last completed run, 0 before the first. */
  lastSyncTime: number;
  /** Rises each time a process takes the sync. */
  fencingToken: number;
  /** The highest fencing token that anybody was given: backfills beside the sync get theirs from the same numbers. */
  lastToken: number;
  lease?: Lease | undefined;
  run?: StoredRun | undefined;
  /** Fingerprint of the query of the last completed run. */
  queryFingerprint?: string | undefined;
  /** Fingerprint of the mapper of the last completed run. */
  mapperFingerprint?: string | undefined;
  /** Backfills that have not ended. */
  backfills?: StoredBackfill[] | undefined;
  /** What is remembered of every key, where the sync has `changes`. */
  snapshot?: StoredSnapshot | undefined;
  /** The last runs that ended, oldest first. */
  history: RunSummary[];
}
