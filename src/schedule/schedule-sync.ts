import { EventEmitter } from 'eventemitter3';
import * as z from 'zod';
import { checkOptions } from '../options/check-options.js';
import { ConfigError } from '../errors/errors.js';
import { aTimeZone, isDate, withMethod } from '../options/option-checks.js';
import { duration, parseDuration } from '../options/duration.js';
import type { RunSlots } from './run-slots.js';
import { FrequencyWatch, type ScheduledReport, type ScheduleWarning } from './frequency-watch.js';
import { cronTicks, intervalTicks, type TickTimes } from './tick-times.js';

/** What can be scheduled: a `Sync`, or anything with its `run`. */
export interface Schedulable<R extends ScheduledReport> {
  readonly name: string;
  /** One run; aborting the signal ends it. */
  run(options: { readonly signal: AbortSignal }): Promise<R>;
}

/** Options of {@link scheduleSync}. */
export interface ScheduleOptions {
  /** A duration (`'15m'`, `'1h'`, `'1d'`; at least a minute) or a cron expression (`'0 6 * * *'`, by croner). */
  readonly every: string;
  /** No run before this moment; intervals are counted from it. @default now */
  readonly startAt?: Date | string | undefined;
  /** IANA time zone of a cron expression. @default the machine's */
  readonly timeZone?: string | undefined;
  /** Run once right away (or at `startAt`) instead of waiting for the first tick. @default false */
  readonly runImmediately?: boolean | undefined;
  /** Up to so long (a duration) is waited at random before each run, so that many schedules do not start together. */
  readonly jitter?: string | undefined;
  /** A limit shared with other schedules; see `runSlots`. */
  readonly slots?: RunSlots | undefined;
  /** `false` makes the schedule without starting it; `resume()` does. @default true */
  readonly enabled?: boolean | undefined;
}

/** Events of a schedule. A listener that throws never touches it. */
export interface ScheduleEvents<R> {
  /** A run ended; look at `report.status`. */
  readonly run: (report: R) => void;
  /** A tick came while the last run was still going; the next run catches up. */
  readonly skip: (info: { readonly inARow: number; readonly total: number }) => void;
  /** Several ticks skipped in a row, or large runs too often. */
  readonly warning: (warning: ScheduleWarning) => void;
  /** `run` threw, which a `Sync` does only for misuse. The schedule goes on. */
  readonly error: (error: unknown) => void;
}

/** A running schedule. */
export interface SyncSchedule<R> {
  /** Ticks that found the last run still going. */
  readonly skips: number;
  /** The next tick; `undefined` while paused or stopped. */
  readonly nextRun: () => Date | undefined;
  /** No further ticks; a run in progress goes on. */
  readonly pause: () => void;
  /** Starts the schedule, or goes on after `pause()`. */
  readonly resume: () => void;
  /**
   * Ends the schedule for good and waits for the run in progress. One that still waits for jitter or a slot is not begun.
   *
   * @param options - `abort` ends the run in progress as its signal does: what is settled is kept
   */
  readonly stop: (options?: { readonly abort?: boolean }) => Promise<void>;
  /** Listens to an event. Returns the function that ends the listening. */
  readonly on: <E extends keyof ScheduleEvents<R>>(event: E, listener: ScheduleEvents<R>[E]) => () => void;
}

const shape = {
  every: z.string(),
  startAt: z
    .custom<Date | string>(
      (value) => (isDate(value) || typeof value === 'string') && !Number.isNaN(new Date(value).getTime()),
      'expected a Date or an ISO-8601 text',
    )
    .transform((value) => new Date(value).getTime())
    .optional(),
  timeZone: aTimeZone.optional(),
  runImmediately: z.boolean().default(false),
  jitter: duration.default(0),
  slots: withMethod<RunSlots>('take', 'expected what runSlots() returns').optional(),
  enabled: z.boolean().default(true),
};

// Timers do not count the time that a machine sleeps, and know nothing of a clock that is set: it is looked at again.
const LONGEST_TIMER_MS = 30_000;

/**
 * Runs a sync again and again in this process. A tick that finds the last run still going is skipped and counted: the
 * next run catches up, because `last_sync_time` did not move. After the machine slept, one run follows, not many.
 *
 * @throws ConfigError `CONFIG_INVALID` when an option is wrong, `PEER_MISSING` when a cron expression needs croner
 */
export async function scheduleSync<R extends ScheduledReport>(
  sync: Schedulable<R>,
  options: ScheduleOptions,
): Promise<SyncSchedule<R>> {
  const { every, timeZone, jitter, slots, ...checked } = checkOptions('scheduleSync', shape, options);
  if (typeof (sync as Partial<typeof sync> | undefined)?.run !== 'function') {
    throw new ConfigError('CONFIG_INVALID', 'scheduleSync: there is no sync to run.', {
      hint: "Write scheduleSync(sync, { every: '15m' }).",
    });
  }
  const startAt = checked.startAt ?? Date.now();
  const start = { anchor: startAt, notBefore: checked.startAt };
  const interval = parseDuration(every);
  const ticks =
    interval === undefined ? await cronTicks(every, timeZone, start) : intervalTicks(every, interval, start);
  const schedule = new Schedule(sync, ticks, jitter, slots);
  if (checked.runImmediately) schedule.runFirstAt(startAt);
  if (checked.enabled) schedule.resume();
  return schedule;
}

class Schedule<R extends ScheduledReport> implements SyncSchedule<R> {
  readonly #sync: Schedulable<R>;
  readonly #ticks: TickTimes;
  readonly #jitterMs: number;
  readonly #slots: RunSlots | undefined;
  readonly #watch = new FrequencyWatch();
  readonly #abort = new AbortController();
  /** Ends the waits before a run. */
  readonly #noMore = new AbortController();
  readonly #emitter = new EventEmitter();
  #timer: NodeJS.Timeout | undefined;
  #next: number | undefined;
  #first: number | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;
  skips = 0;

  constructor(sync: Schedulable<R>, ticks: TickTimes, jitterMs: number, slots: RunSlots | undefined) {
    this.#sync = sync;
    this.#ticks = ticks;
    this.#jitterMs = jitterMs;
    this.#slots = slots;
  }

  runFirstAt(moment: number): void {
    this.#first = moment;
  }

  readonly nextRun = (): Date | undefined => (this.#next === undefined ? undefined : new Date(this.#next));

  readonly pause = (): void => {
    clearTimeout(this.#timer);
    this.#next = undefined;
  };

  readonly resume = (): void => {
    if (this.#stopped || this.#next !== undefined) return;
    this.#next = this.#first ?? this.#ticks(Date.now());
    this.#first = undefined;
    this.#wait();
  };

  readonly stop = async (options: { readonly abort?: boolean } = {}): Promise<void> => {
    this.#stopped = true;
    this.pause();
    this.#noMore.abort();
    if (options.abort === true) this.#abort.abort();
    await this.#running;
  };

  readonly on = <E extends keyof ScheduleEvents<R>>(event: E, listener: ScheduleEvents<R>[E]): (() => void) => {
    // A listener is the host's affair: its fault, thrown or rejected, must not end the schedule.
    const guarded = (value: unknown): void => {
      void (async () => (listener as (value: unknown) => unknown)(value))().catch(() => undefined);
    };
    this.#emitter.on(event, guarded);
    return () => this.#emitter.off(event, guarded);
  };

  #wait(): void {
    if (this.#next === undefined) return;
    const delay = Math.min(Math.max(0, this.#next - Date.now()), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#look(), delay);
  }

  #look(): void {
    const now = Date.now();
    // A timer may come a millisecond before its time.
    if (this.#next === undefined || now >= this.#next) {
      this.#tick();
      return;
    }
    // Nearer than before when the clock was set back.
    this.#next = Math.min(this.#next, this.#ticks(now) ?? Infinity);
    this.#wait();
  }

  #tick(): void {
    // Computed from now, not from the last tick: ticks missed while the machine slept are one run.
    this.#next = this.#ticks(Date.now());
    this.#wait();
    if (this.#running !== undefined) {
      this.skips++;
      const warning = this.#watch.skipped();
      this.#emitter.emit('skip', { inARow: this.#watch.skipsInARow, total: this.skips });
      if (warning !== undefined) this.#emitter.emit('warning', warning);
      return;
    }
    this.#running = this.#run().finally(() => (this.#running = undefined));
  }

  async #run(): Promise<void> {
    let release: (() => void) | undefined;
    let { signal } = this.#noMore;
    try {
      if (this.#jitterMs > 0) await this.#pauseFor(Math.random() * this.#jitterMs);
      release = await this.#slots?.take(signal);
      signal.throwIfAborted();
      ({ signal } = this.#abort);
      const report = await this.#sync.run({ signal });
      const warning = this.#watch.ended(report, Date.now());
      this.#emitter.emit('run', report);
      if (warning !== undefined) this.#emitter.emit('warning', warning);
    } catch (error) {
      if (!signal.aborted) this.#emitter.emit('error', error);
    } finally {
      release?.();
    }
  }

  async #pauseFor(ms: number): Promise<void> {
    const { signal } = this.#noMore;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
    });
    signal.throwIfAborted();
  }
}
