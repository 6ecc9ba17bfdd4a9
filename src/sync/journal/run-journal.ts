import type { DeliveryEvent, DeliveryWarning, RowRejectedEvent } from '../../delivery/report/delivery-event.js';
import type { DeliveryReport } from '../../delivery/report/delivery-report.js';
import type { SnowmeltError } from '../../errors/errors.js';
import type { RunCounts } from '../../state/sync-state.js';
import type { EndedRun } from '../../state/run-history.js';
import type { Clock } from '../record/clock.js';
import type { ChangesCounts, RunDurations, RunReport, RunStatus, SkipReason } from './run-report.js';
import { RunTimeline } from './run-timeline.js';
import { NO_COUNTS, subtractCounts } from '../../state/settled-ranges.js';
import type { SyncEmitter } from './sync-emitter.js';
import type { SyncLogger } from './safe-logger.js';

type Phase = 'leaseMs' | 'queryMs' | 'deliveryMs' | 'commitMs';

interface Why {
  readonly error?: SnowmeltError;
  readonly skipReason?: SkipReason;
}

const LISTED = 20;

/** Gathers what a run's report will say, and tells its events. */
export class RunJournal {
  runId: string | undefined;
  /** Whether the sync has `changes`, whose counts the report then tells. */
  hasChanges = false;
  queryId: string | undefined;
  rowCount: number | undefined;
  resumedFromRow: number | undefined;
  lastSyncTime = { before: 0, after: 0 };
  counts = NO_COUNTS;
  /** Counts that are not this report's: rows of the same run outside of a range. */
  outside = NO_COUNTS;
  readonly #sync: string;
  readonly #emitter: SyncEmitter;
  readonly #clock: Clock;
  readonly #logger: SyncLogger | undefined;
  readonly #startedAt = new Date();
  readonly #start: number;
  #phaseStart: number;
  readonly #durations: Record<Phase | 'sourceWaitMs', number> = {
    leaseMs: 0,
    queryMs: 0,
    deliveryMs: 0,
    sourceWaitMs: 0,
    commitMs: 0,
  };
  #totals = { batches: 0, retries: 0, bytes: 0 };
  readonly #warnings = new Map<string, DeliveryWarning>();
  readonly #rejections: RowRejectedEvent[] = [];
  readonly #timeline = new RunTimeline();

  constructor(sync: string, emitter: SyncEmitter, clock: Clock, logger: SyncLogger | undefined) {
    this.#sync = sync;
    this.#emitter = emitter;
    this.#clock = clock;
    this.#logger = logger;
    this.#start = clock.monotonic();
    this.#phaseStart = this.#start;
  }

  /** What every event begins with. */
  get base(): { readonly sync: string; readonly runId: string | undefined } {
    return { sync: this.#sync, runId: this.runId };
  }

  /** A run that has no result: this machine's clock stands for the source's, which was perhaps not even asked. */
  get runWithoutResult(): EndedRun | undefined {
    const { runId } = this;
    return runId === undefined ? undefined : { runId, startedAt: Math.floor(this.#startedAt.getTime() / 1000) };
  }

  /** By this machine's clock. */
  get startedAt(): Date {
    return this.#startedAt;
  }

  get emitter(): SyncEmitter {
    return this.#emitter;
  }

  /** Ends a phase: the time since the last one ended goes to it. */
  endPhase(phase: Phase): number {
    const now = this.#clock.monotonic();
    const took = now - this.#phaseStart;
    this.#durations[phase] += took;
    this.#phaseStart = now;
    return took;
  }

  /** Counts a warning; the first of each code is told. */
  warn(code: string, message: string): void {
    const count = (this.#warnings.get(code)?.count ?? 0) + 1;
    this.#warnings.set(code, { code, message, count });
    if (count > 1) return;
    this.#logger?.warn({ ...this.base, code }, message);
    this.#emitter.emit('warning', { ...this.base, code, message, count });
  }

  /** Passes an event of the delivery on. */
  tell(event: DeliveryEvent): void {
    const { base } = this;
    this.#timeline.add(event, Math.round(this.#clock.monotonic() - this.#start));
    if (event.type === 'progress') {
      // The delivery knows its own part only.
      this.#emitter.emit('progress', { ...event, ...base, totalRows: this.rowCount });
    } else if (event.type === 'warning') {
      this.#logger?.warn({ ...base, code: event.code }, event.message);
      this.#emitter.emit('warning', { ...event, ...base });
    } else if (event.type === 'batch:delivered') this.#emitter.emit('batch:delivered', { ...event, ...base });
    else if (event.type === 'retry') this.#emitter.emit('retry', { ...event, ...base });
    else this.#emitter.emit('row:rejected', { ...event, ...base });
  }

  /** Notes what a delivery came to. */
  add(report: DeliveryReport): void {
    const { batches, retries, bytes } = report;
    this.counts = report.counts;
    this.#totals = {
      batches: this.#totals.batches + batches,
      retries: this.#totals.retries + retries,
      bytes: this.#totals.bytes + bytes,
    };
    this.#durations.sourceWaitMs += report.sourceWaitMs;
    for (const warning of report.warnings) this.#addWarning(warning);
    this.#rejections.push(...report.rejections.slice(0, LISTED - this.#rejections.length));
  }

  /** The report as of now. */
  report(status: RunStatus, why: Why = {}): RunReport {
    const { error, skipReason } = why;
    const counts = subtractCounts(this.counts, this.outside);
    const { read, delivered, rejected, skipped, messages } = counts;
    const durations = wholeDurations({ ...this.#durations, totalMs: this.#clock.monotonic() - this.#start });
    return {
      sync: this.#sync,
      status,
      skipReason,
      error,
      runId: this.runId,
      queryId: this.queryId,
      rowCount: this.rowCount,
      rowsRead: read,
      rowsDelivered: delivered,
      rowsRejected: rejected,
      rowsSkipped: skipped,
      messages,
      changes: this.hasChanges ? changesCounts(counts) : undefined,
      ...this.#totals,
      resumedFromRow: this.resumedFromRow,
      lastSyncTime: { ...this.lastSyncTime },
      startedAt: this.#startedAt,
      durations,
      warnings: [...this.#warnings.values()],
      rejections: [...this.#rejections],
      timeline: this.#timeline.points(),
      throwIfFailed: () => {
        if (error !== undefined) throw error;
      },
    };
  }

  /** The report of the end, which is told. */
  end(status: RunStatus, why?: Why): RunReport {
    const report = this.report(status, why);
    this.#tellEnd(report);
    return report;
  }

  #addWarning(warning: DeliveryWarning): void {
    const key = `${warning.code} ${warning.column ?? ''}`;
    const count = (this.#warnings.get(key)?.count ?? 0) + warning.count;
    this.#warnings.set(key, { ...warning, count });
  }

  #tellEnd(report: RunReport): void {
    const { base } = this;
    const { error, skipReason, status } = report;
    if (skipReason !== undefined) {
      this.#logger?.info({ ...base, reason: skipReason }, 'run skipped');
      this.#emitter.emit('run:skip', { ...base, report, reason: skipReason });
    } else if (error !== undefined) {
      this.#logger?.error({ ...base, code: error.code, status }, error.message);
      this.#emitter.emit('run:fail', { ...base, report, error });
    } else {
      const { rowsRead, rowsRejected, messages } = report;
      this.#logger?.info({ ...base, rowsRead, rowsRejected, messages }, 'run completed');
      this.#emitter.emit('run:complete', { ...base, report });
    }
  }
}

/** What the counts of a run say of its changes. */
export function changesCounts(counts: RunCounts): ChangesCounts {
  const { added = 0, changed = 0, unchanged = 0, removed = 0, held = 0, removalsRejected } = counts;
  return { added, changed, unchanged, removed, held, removalsRejected };
}

/** Rounded where they are told, and not where they add up. */
function wholeDurations(durations: RunDurations): RunDurations {
  const { leaseMs, queryMs, deliveryMs, sourceWaitMs, commitMs, totalMs } = durations;
  return {
    leaseMs: Math.round(leaseMs),
    queryMs: Math.round(queryMs),
    deliveryMs: Math.round(deliveryMs),
    sourceWaitMs: Math.round(sourceWaitMs),
    commitMs: Math.round(commitMs),
    totalMs: Math.round(totalMs),
  };
}
