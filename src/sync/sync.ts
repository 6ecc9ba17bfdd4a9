import type * as z from 'zod';
import { checkOptions } from '../options/check-options.js';
import { ConfigError } from '../errors/errors.js';
import type { Message } from '../mapping/message.js';
import type { RowRange } from '../state/sync-state.js';
import { backfill } from './run/backfill.js';
import type { BackfillOptions } from './run/backfill.js';
import { beginRun } from './ranges/begin-run.js';
import { finishRun } from './ranges/finish-run.js';
import { releaseRun } from './ranges/release-run.js';
import { takeLeaseForRun } from './run/take-lease.js';
import { systemClock } from './record/clock.js';
import { deliverRange } from './ranges/deliver-range.js';
import { processIdentity } from './record/process-identity.js';
import { checkHandle, checkRange } from './ranges/run-handle.js';
import type { RunHandle } from './ranges/run-handle.js';
import { plannedRun, type PlannedRun } from './apply/planned-run.js';
import { incrementalRun } from './run/run-kind.js';
import { planSync } from './plan/plan.js';
import type { PlanOptions } from './plan/plan.js';
import type { SyncPlan } from './plan/plan-report.js';
import { previewSync } from './dry/preview.js';
import type { PreviewOptions, SyncPreview } from './dry/preview-report.js';
import type { RunKind } from './run/run-kind.js';
import type { RunReport } from './journal/run-report.js';
import { runSync } from './run/run-sync.js';
import { explainKey, type ExplainOptions } from './explain/explain.js';
import type { ExplainKey, Explanation } from './explain/explanation.js';
import { readStatus, resetSync } from './sync-status.js';
import type { SyncStatus } from './sync-status.js';
import { unixSeconds } from '../options/unix-seconds.js';
import { shareContext, SURROUNDINGS, syncContext } from './options/sync-context.js';
import type { SyncContext, SyncSurroundings } from './options/sync-context.js';
import { SyncEmitter } from './journal/sync-emitter.js';
import type { SyncEventName, SyncListener } from './journal/sync-event.js';
import { beginShape, callShape, runShape } from './options/call-options.js';
import type { BeginOptions, CallOptions, ResetOptions, RunOptions } from './options/call-options.js';
import type { SyncOptions } from './options/sync-options.js';
import { syncSettings } from './options/sync-settings.js';

/**
 * One sync: where its rows come from, what they become, where they go, and where it keeps how far it is. Each `run()`
 * sends what has changed since the last completed run, and goes on with one that was cut off.
 *
 * @example
 * ```ts
 * import { FileStateStore, identify, QueryTemplate, SnowflakeSource, Sync } from 'snowmelt';
 * import { CustomerIoSink } from 'snowmelt/customerio';
 *
 * const sync = new Sync({
 *   name: 'people',
 *   source: new SnowflakeSource({ account: 'myorg-myaccount', username: 'SNOWMELT', privateKeyPath: './rsa_key.p8' }),
 *   query: new QueryTemplate('SELECT ID AS "userId" FROM shop.public.people WHERE LAST_UPDATED >= {{last_sync_time}}'),
 *   mapper: identify(),
 *   sink: new CustomerIoSink({ writeKey: process.env['CUSTOMERIO_WRITE_KEY'] ?? '', region: 'us' }),
 *   state: new FileStateStore('./.snowmelt'),
 * });
 * const report = await sync.run();
 * report.throwIfFailed();
 * ```
 */
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
   * With `plan` it delivers the result of that plan and nothing else.
   *
   * @throws ConfigError `CONFIG_INVALID` for wrong options, `PLAN_INVALID` for what is no plan of this sync
   */
  async run(options: RunOptions = {}): Promise<RunReport> {
    const { signal, resend, removals } = this.#check('run', runShape, options);
    if (resend) this.#needChanges('run({ resend })');
    if (removals !== undefined) this.#needChanges('run({ removals })', 'mirror');
    const plan = this.#planned(options);
    if (plan === undefined) return this.#run({ changes: resend ? 'resend' : undefined, upTo: removals?.upTo }, signal);
    if (resend || removals !== undefined) throw this.#withPlan(resend ? 'resend' : 'removals');
    return this.#run({ plan }, signal);
  }

  /**
   * Of a sync with `changes`: queries, and takes the result as sent without sending anything. For a destination that has
   * the rows already, and after the key columns changed.
   *
   * @throws ConfigError `CONFIG_INVALID`
   */
  async seed(options: CallOptions = {}): Promise<RunReport> {
    const { signal } = this.#check('seed', callShape, options);
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

  /**
   * Why the rows with a key were sent, or were not: what they are now, what they become, where they lie in the window,
   * what the snapshot, the dead letter and the delivery log say of them. Only reads. The answer holds values of rows.
   *
   * @param key - columns of the query and their values: `{ userId: 42 }`
   * @throws ConfigError `CONFIG_INVALID`; SourceError, StateError; MappingError `MAPPING_COLUMNS`; what a reader throws
   */
  async explain(key: ExplainKey, options: ExplainOptions = {}): Promise<Explanation<M>> {
    return explainKey(this.#context, key, options);
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
   * @throws SnowmeltError `LEASE_HELD`, `PLAN_STALE`, and whatever the query fails with; ConfigError `PLAN_INVALID`
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
    return beginRun(this.#context, this.#kind({ plan: this.#planned(options) }), { id, leaseMs, signal });
  }

  /**
   * Delivers the rows of a range that are not settled yet, with a lease and a checkpoint of its own. Delivered twice it
   * settles once. `skipped` with `lease-held`: another job is busy with these rows, try again later.
   *
   * @throws ConfigError `CONFIG_INVALID` for a wrong handle or range, `WORKER_DIFFERS` when the run was begun by another version
   */
  async deliverRange(handle: RunHandle, range: RowRange, options: CallOptions = {}): Promise<RunReport> {
    const { signal } = this.#check('deliverRange', callShape, options);
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
    const { signal } = this.#check('finish', callShape, options);
    return finishRun(this.#context, this.#kind(), checkHandle(this.name, handle), signal);
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

  /** A plan without a token has none to pass: that is no reason to run without it. */
  #planned(options: Pick<RunOptions, 'plan'>): PlannedRun | undefined {
    return 'plan' in options ? plannedRun(this.#context, options.plan) : undefined;
  }

  #withPlan(option: string): ConfigError {
    return new ConfigError('CONFIG_INVALID', `Sync "${this.name}": run() takes either \`plan\` or \`${option}\`.`, {
      hint: 'A plan delivers what was reviewed and nothing else: leave the other option out, or run without the plan.',
    });
  }

  async #run(how: Parameters<typeof incrementalRun>[1], signal: AbortSignal | undefined): Promise<RunReport> {
    const kind = this.#kind(how);
    const hold = (): ReturnType<typeof takeLeaseForRun> => takeLeaseForRun(this.#context, kind, signal);
    return runSync(this.#context, { kind, hold, signal });
  }

  #kind(how?: Parameters<typeof incrementalRun>[1]): RunKind {
    return incrementalRun(this.#context.settings.lookbackSeconds, how);
  }
}
