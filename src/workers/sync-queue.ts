import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ConfigError } from '../errors/errors.js';
import { checkOptions } from '../options/check-options.js';
import { anAbortSignal } from '../options/option-checks.js';
import type { RunReport } from '../sync/journal/run-report.js';
import type { Desk } from './jobs/desk.js';
import { JOB_VERSION, jobOptions, type RunJobData } from './queue/job-data.js';
import { openBackend, type QueueBackend } from './queue/queue-backend.js';
import { QueueEmitter, type SyncQueueEvents } from './queue/queue-emitter.js';
import {
  knownSyncs,
  queueSettings,
  type KnownSync,
  type QueueSettings,
  type SyncQueueOptions,
} from './queue/queue-options.js';
import { repeatOf, type QueueSchedule } from './queue/queue-schedule.js';
import { reportOfJob, unlessAborted } from './wait-for-run.js';
import { workUntilStopped } from './jobs/work-until-stopped.js';

/** Options of `SyncQueue.work`. */
export interface WorkOptions {
  /** Jobs at a time in this process. Each writes with the sync's own `concurrency` besides. @default 1 */
  readonly concurrency?: number | undefined;
  /** Stops the worker: its jobs end within the time of one batch and go back into the queue. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `SyncQueue.run`. */
export interface QueueRunOptions {
  /** Ends the waiting, not the run. */
  readonly signal?: AbortSignal | undefined;
}

/** Syncs whose runs are shared by many processes. */
export interface SyncQueue {
  /**
   * A run now: adds it to the queue, where it is one with a run that was added this way and has not ended, and waits
   * for its end. Never throws for a failed delivery: see the report.
   *
   * @throws ConfigError `CONFIG_INVALID`; SnowmeltError `ABORTED`, and `QUEUE_JOB_FAILED` when the queue has lost it
   */
  readonly run: (name: string, options?: QueueRunOptions) => Promise<RunReport>;
  /** Runs a sync again and again; called again, also by another process, it replaces the times. @throws ConfigError `CONFIG_INVALID` */
  readonly schedule: (name: string, times: QueueSchedule) => Promise<void>;
  /** Ends the schedule of a sync. */
  readonly unschedule: (name: string) => Promise<void>;
  /** Works on jobs until it is stopped by the signal or by `close()`. @throws ConfigError `CONFIG_INVALID`, `PEER_MISSING` */
  readonly work: (options?: WorkOptions) => Promise<void>;
  /** No worker, in whatever process, takes another job before `resume()`. */
  readonly pause: () => Promise<void>;
  /** Goes on after `pause()`. */
  readonly resume: () => Promise<void>;
  /** Stops the workers of this process as the signal of `work` does, and closes the connections that were opened. */
  readonly close: () => Promise<void>;
  /** Listens to an event. Returns the function that ends the listening. */
  readonly on: <K extends keyof SyncQueueEvents>(
    event: K,
    listener: (event: SyncQueueEvents[K]) => unknown,
  ) => () => void;
}

/**
 * Shares the runs of syncs among processes on many machines: BullMQ hands out ranges of their rows. Nothing is
 * connected before a method needs it.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function syncQueue(options: SyncQueueOptions): SyncQueue {
  return new QueueOfSyncs(queueSettings(options));
}

const workShape = { concurrency: z.int().positive().default(1), signal: anAbortSignal.optional() };

class QueueOfSyncs implements SyncQueue {
  readonly #settings: QueueSettings;
  readonly #syncs: ReadonlyMap<string, KnownSync>;
  readonly #emitter = new QueueEmitter();
  readonly #closing = new AbortController();
  readonly #working = new Set<Promise<void>>();
  #backend: Promise<QueueBackend> | undefined;
  readonly on: SyncQueue['on'] = this.#emitter.on;

  constructor(settings: QueueSettings) {
    this.#settings = settings;
    this.#syncs = knownSyncs(settings);
  }

  readonly run: SyncQueue['run'] = async (name, wanted = {}) => {
    const { signal } = checkOptions('SyncQueue.run()', { signal: anAbortSignal.optional() }, wanted);
    this.#check(name);
    const { queue } = await this.#open();
    const options = { ...jobOptions(this.#settings), jobId: `${name}-${randomUUID()}`, deduplication: { id: name } };
    // BullMQ waits for a server that is away as long as it takes.
    const job = await unlessAborted(queue.add(name, this.#jobOf(name), options), signal);
    return reportOfJob(queue, job, signal);
  };

  readonly schedule: SyncQueue['schedule'] = async (name, times) => {
    this.#check(name);
    const repeat = repeatOf(times);
    const { queue } = await this.#open();
    await queue.upsertJobScheduler(name, repeat, { name, data: this.#jobOf(name), opts: jobOptions(this.#settings) });
  };

  readonly unschedule: SyncQueue['unschedule'] = async (name) => {
    this.#check(name);
    await (await this.#open()).queue.removeJobScheduler(name);
  };

  readonly work: SyncQueue['work'] = async (options = {}) => {
    const { concurrency, signal } = checkOptions('SyncQueue.work()', workShape, options);
    const desk: Desk = {
      settings: this.#settings,
      syncs: this.#syncs,
      backend: await this.#open(),
      emitter: this.#emitter,
    };
    const stop = AbortSignal.any([this.#closing.signal, signal].filter((each) => each !== undefined));
    const working = workUntilStopped(desk, concurrency, stop);
    this.#working.add(working);
    try {
      await working;
    } finally {
      this.#working.delete(working);
    }
  };

  readonly pause: SyncQueue['pause'] = async () => (await this.#open()).queue.pause();

  readonly resume: SyncQueue['resume'] = async () => (await this.#open()).queue.resume();

  readonly close: SyncQueue['close'] = async () => {
    this.#closing.abort();
    await Promise.allSettled(this.#working);
    const backend = await this.#backend?.catch(() => undefined);
    this.#backend = undefined;
    await backend?.queue.close();
  };

  #jobOf(sync: string): RunJobData {
    return { version: JOB_VERSION, kind: 'run', sync };
  }

  #check(name: string): void {
    if (this.#syncs.has(name)) return;
    throw new ConfigError('CONFIG_INVALID', 'This queue has no sync of that name.', {
      hint: `Its syncs are ${[...this.#syncs.keys()].map((known) => `"${known}"`).join(', ')}.`,
    });
  }

  async #open(): Promise<QueueBackend> {
    if (this.#closing.signal.aborted) {
      throw new ConfigError('CONFIG_INVALID', 'The queue was closed.', { hint: 'Make another one with syncQueue().' });
    }
    this.#backend ??= openBackend(this.#settings, (error) => {
      const reason = error.name;
      this.#emitter.emit('warning', { code: 'QUEUE_UNAVAILABLE', reason });
    });
    try {
      return await this.#backend;
    } catch (error) {
      // A package that is missing may be installed, in a process that goes on.
      this.#backend = undefined;
      throw error;
    }
  }
}
