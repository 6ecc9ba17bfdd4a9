import * as z from 'zod';
import { checkOptions } from '../options/check-options.js';
import { ConfigError } from '../errors/errors.js';
import type { Message } from '../mapping/message.js';
import { anAbortSignal } from '../options/option-checks.js';
import type { RowRange } from '../state/sync-state.js';
import { backfill } from './run/backfill.js';
import type { BackfillOptions } from './run/backfill.js';
import { beginRun } from './ranges/begin-run.js';
import { finishRun } from './ranges/finish-run.js';
import { releaseRun } from './ranges/release-run.js';
import { takeLease } from './run/take-lease.js';
import { systemClock } from './record/clock.js';
import { deliverRange } from './ranges/deliver-range.js';
import { processIdentity } from './record/process-identity.js';
import { checkHandle, checkRange } from './ranges/run-handle.js';
import type { RunHandle } from './ranges/run-handle.js';
import { incrementalRun } from './run/run-kind.js';
import { planSync } from './dry/plan.js';
import type { PlanOptions } from './dry/plan.js';
import type { SyncPlan } from './dry/plan-report.js';
import { previewSync } from './dry/preview.js';
import type { PreviewOptions, SyncPreview } from './dry/preview-report.js';
import type { RunKind } from './run/run-kind.js';
import type { RunReport } from './journal/run-report.js';
import { runSync } from './run/run-sync.js';
import { readStatus, resetSync } from './sync-status.js';
import type { SyncStatus } from './sync-status.js';
import { unixSeconds } from '../options/unix-seconds.js';
import { shareContext, SURROUNDINGS, syncContext } from './options/sync-context.js';
import type { SyncContext, SyncSurroundings } from './options/sync-context.js';
import { SyncEmitter } from './journal/sync-emitter.js';
import type { SyncEventName, SyncListener } from './journal/sync-event.js';
import type { SyncOptions } from './options/sync-options.js';
import { syncSettings } from './options/sync-settings.js';

/** Options of {@link Sync.run}. */
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
}

/** Options of {@link Sync.deliverRange}, {@link Sync.finish} and {@link Sync.seed}. */
export interface CallOptions {
  /** Ends it within the time of one batch. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link Sync.reset}. */
export interface ResetOptions {
  /** Unix seconds or a date. @default 0 */
  readonly lastSyncTime?: number | Date | undefined;
}

/** Options of {@link Sync.begin}. */
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
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

const runShape = {
  signal: anAbortSignal.optional(),
  resend: z.boolean().default(false),
  removals: z.strictObject({ upTo: z.int().nonnegative() }).optional(),
};

const beginShape = {
  id: z.string().min(1).max(200).optional(),
  // Timers of Node take 32 bits.
  leaseSeconds: z.number().positive().max(2_000_000).optional(),
  signal: anAbortSignal.optional(),
};

/** A named composition of source, query, mapper, sink and state that can be run again and again. */
export class Sync<M = Message> {
  /** The name that identifies the state. */
  readonly name: string;
  /** As given. */
  readonly description: string | undefined;
  readonly #context: SyncContext<M>;

  /** @throws ConfigError `CONFIG_INVALID`, `CONFIG_NAME_INVALID` */
  constructor(options: SyncOptions<M>) {
    const settings = syncSettings(options);
    this.name = settings.name;
    this.description = settings.description;
    const emitter = new SyncEmitter((event, error) => {
      const reason = error instanceof Error ? error.name : typeof error;
      settings.logger?.warn({ sync: settings.name, event, reason }, 'A listener failed; the run went on.');
    });
    const surroundings = SURROUNDINGS in options ? (options[SURROUNDINGS] as SyncSurroundings) : undefined;
    this.#context = syncContext(settings, emitter, surroundings ?? { clock: systemClock, identity: processIdentity });
    shareContext(this, this.#context);
  }

  /** Adds a listener. What it throws never touches a run. */
  on<K extends SyncEventName>(event: K, listener: SyncListener<K>): this {
    this.#context.emitter.on(event, listener);
    return this;
  }

  /** Adds a listener for the next event of that name only. */
  once<K extends SyncEventName>(event: K, listener: SyncListener<K>): this {
    this.#context.emitter.on(event, listener, true);
    return this;
  }

  /** Removes a listener. */
  off<K extends SyncEventName>(event: K, listener: SyncListener<K>): this {
    this.#context.emitter.off(event, listener);
    return this;
  }

  /**
   * One run: takes the lease, queries what changed since the last completed run (or resumes the one that was cut
   * off), delivers every row and stores the new `last_sync_time`. Never throws for a failed delivery: see the report.
   *
   * @throws ConfigError `CONFIG_INVALID` for wrong options
   */
  async run(options: RunOptions = {}): Promise<RunReport> {
    const { signal, resend, removals } = this.#check('run', runShape, options);
    if (resend) this.#needChanges('run({ resend })');
    if (removals !== undefined) this.#needChanges('run({ removals })', 'mirror');
    return this.#run({ changes: resend ? 'resend' : undefined, upTo: removals?.upTo }, signal);
  }

  /**
   * Of a sync with `changes`: queries, and takes the result as sent without sending anything. For a destination that has
   * the rows already, and after the key columns changed.
   *
   * @throws ConfigError `CONFIG_INVALID`
   */
  async seed(options: CallOptions = {}): Promise<RunReport> {
    const { signal } = this.#check('seed', { signal: anAbortSignal.optional() }, options);
    this.#needChanges('seed()');
    return this.#run({ changes: 'seed' }, signal);
  }

  /**
   * Sends history again without moving `last_sync_time`, with its own checkpoint: called again with the same times it
   * resumes. Calls that hold state (identify, group, alias, custom) hold the lease of the sync meanwhile, so that old
   * values can't overwrite newer ones; events run beside it.
   *
   * @throws ConfigError `CONFIG_INVALID`
   */
  async backfill(options: BackfillOptions): Promise<RunReport> {
    return backfill(this.#context, options);
  }

  /**
   * Runs the query limited to a few rows and shows what would become of them, with warnings about the query. Sends and
   * stores nothing, and takes no lease. Besides the limited query it asks for counts over the whole window, and for the
   * largest value of the column that is compared with `{{last_sync_time}}`.
   *
   * @throws ConfigError, SourceError, StateError; MappingError `MAPPING_COLUMNS` when the columns do not fit the mapper
   */
  async preview(options: PreviewOptions = {}): Promise<SyncPreview<M>> {
    return previewSync(this.#context, options);
  }

  /**
   * A whole run without sending: reads and maps every row of the window and counts what would be sent. Stores nothing
   * and takes no lease.
   *
   * @throws ConfigError, SourceError, StateError; MappingError `MAPPING_COLUMNS` when the columns do not fit the mapper
   */
  async plan(options: PlanOptions = {}): Promise<SyncPlan> {
    return planSync(this.#context, options);
  }

  /** What is stored of the sync. @throws StateError */
  async status(): Promise<SyncStatus> {
    return readStatus(this.#context);
  }

  /**
   * Sets `last_sync_time`, 0 when left out, and gives up a run that has not ended.
   *
   * @throws ConfigError `CONFIG_INVALID`; SnowmeltError `LEASE_HELD` while a run is going on
   */
  async reset(options: ResetOptions = {}): Promise<void> {
    const { lastSyncTime = 0 } = this.#check('reset', { lastSyncTime: unixSeconds.optional() }, options);
    await resetSync(this.#context, lastSyncTime);
  }

  /**
   * Begins a run whose rows are delivered by {@link Sync.deliverRange}, in this or other processes.
   *
   * @returns plain JSON for the jobs of a queue
   * @throws SnowmeltError `LEASE_HELD`, and whatever the query fails with
   */
  async begin(options: BeginOptions = {}): Promise<RunHandle> {
    const { shortestTtlMs } = this.#context.settings;
    const { id, leaseSeconds, signal } = this.#check('begin', beginShape, options);
    const leaseMs = leaseSeconds === undefined ? Math.max(900_000, shortestTtlMs) : leaseSeconds * 1000;
    if (leaseMs < shortestTtlMs) {
      throw new ConfigError('CONFIG_INVALID', `Sync "${this.name}": leaseSeconds is too short for its state store.`, {
        hint: `Pass at least ${shortestTtlMs / 1000}.`,
      });
    }
    return beginRun(this.#context, this.#kind, { id, leaseMs, signal });
  }

  /**
   * Delivers the rows of a range that are not settled yet, with a lease and a checkpoint of its own. Delivered twice it
   * settles once. `skipped` with `lease-held`: another job is busy with these rows, try again later.
   *
   * @throws ConfigError `CONFIG_INVALID` for a wrong handle or range, `WORKER_DIFFERS` when the run was begun by another version
   */
  async deliverRange(handle: RunHandle, range: RowRange, options: CallOptions = {}): Promise<RunReport> {
    const { signal } = this.#check('deliverRange', { signal: anAbortSignal.optional() }, options);
    const checked = checkHandle(this.name, handle);
    return deliverRange(this.#context, checked, checkRange(checked, range), signal);
  }

  /**
   * Gives a begun run back that its workers will not deliver: the next `begin()` or `run()` goes on with it at once
   * instead of waiting for the end of its lease. Workers that are busy with its ranges stop, with `LEASE_LOST`.
   *
   * @throws ConfigError `CONFIG_INVALID` for a wrong handle; StateError
   */
  async release(handle: RunHandle): Promise<void> {
    await releaseRun(this.#context, checkHandle(this.name, handle));
  }

  /**
   * Completes a run when every row is settled, and moves `last_sync_time`. Finishing twice is no error.
   *
   * @throws SnowmeltError `RUN_UNFINISHED` while rows are unsettled, `LEASE_LOST` when the run was taken over
   */
  async finish(handle: RunHandle, options: CallOptions = {}): Promise<RunReport> {
    const { signal } = this.#check('finish', { signal: anAbortSignal.optional() }, options);
    return finishRun(this.#context, this.#kind, checkHandle(this.name, handle), signal);
  }

  #check<S extends z.ZodRawShape>(method: string, shape: S, options: unknown): z.output<z.ZodObject<S>> {
    return checkOptions(`Sync "${this.name}".${method}()`, shape, options);
  }

  #needChanges(what: string, mode?: string): void {
    const { changes } = this.#context.settings;
    if (changes !== undefined && (mode === undefined || changes.mode === mode)) return;
    const option = mode === undefined ? '`changes`' : `\`changes\` with mode "${mode}"`;
    throw new ConfigError('CONFIG_INVALID', `Sync "${this.name}": ${what} needs ${option}.`, {
      hint: `Add changes: snapshotDiff({ … }) to new Sync({ … }), or leave the option out.`,
    });
  }

  async #run(how: Pick<RunKind, 'changes' | 'upTo'>, signal: AbortSignal | undefined): Promise<RunReport> {
    const { record, settings } = this.#context;
    const hold = (): ReturnType<typeof takeLease> => takeLease(this.#context, record, signal);
    return runSync(this.#context, { kind: incrementalRun(settings.lookbackSeconds, how), hold, signal });
  }

  get #kind(): RunKind {
    return incrementalRun(this.#context.settings.lookbackSeconds);
  }
}
