import * as z from 'zod';
import { anAbortSignal } from '../../options/option-checks.js';
import type { PlanToken } from './plan-token.js';

/** Options of `Sync.run`. */
export interface RunOptions {
  /** Ends the run within the time of one batch; what is settled is stored and the lease given back. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Of a sync with `changes`: sends every row, whatever the snapshot says, and updates it. For a new destination.
   *
   * @default false
   */
  readonly resend?: boolean | undefined;
  /**
   * Of a sync with `changes`: lets at most `upTo` removals go that would be held, always out of a fresh query.
   *
   * @default what the guards allow
   */
  readonly removals?: { readonly upTo: number } | undefined;
  /**
   * The `token` of a plan: delivers the very result that was reviewed and nothing else, or fails with `PLAN_STALE`.
   *
   * @default a result of its own
   */
  readonly plan?: PlanToken | undefined;
}

/** Options of `Sync.deliverRange`, `Sync.finish` and `Sync.seed`. */
export interface CallOptions {
  /** Ends it within the time of one batch. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `Sync.reset`. */
export interface ResetOptions {
  /** Unix seconds or a date. @default 0 */
  readonly lastSyncTime?: number | Date | undefined;
}

/** Options of `Sync.begin`. */
export interface BeginOptions {
  /**
   * Makes it idempotent: called again with the same id, by any process, it gives the same handle, also when the run is
   * completed. A run that was given up is begun anew.
   */
  readonly id?: string | undefined;
  /**
   * How long the run stays reserved while no worker is busy with it, seconds.
   *
   * @default 900, or three times the store's `minWriteIntervalMs`
   */
  readonly leaseSeconds?: number | undefined;
  /** The `token` of a plan, as for `run()`. @default a result of its own */
  readonly plan?: PlanToken | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** The shape of {@link CallOptions}. */
export const callShape = { signal: anAbortSignal.optional() };

/** The shape of {@link RunOptions}. The plan is checked with what it is checked against. */
export const runShape = {
  ...callShape,
  resend: z.boolean().default(false),
  removals: z.strictObject({ upTo: z.int().nonnegative() }).optional(),
  plan: z.unknown().optional(),
};

/** The shape of {@link BeginOptions}. */
export const beginShape = {
  ...callShape,
  id: z.string().min(1).max(200).optional(),
  // Timers of Node take 32 bits.
  leaseSeconds: z.number().positive().max(2_000_000).optional(),
  plan: z.unknown().optional(),
};
