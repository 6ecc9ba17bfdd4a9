import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import * as z from 'zod';
import { ConfigError } from '../errors/errors.js';
import { checkOptions } from '../options/check-options.js';
import { anAbortSignal } from '../options/option-checks.js';
import type { RunReport } from '../sync/journal/run-report.js';
import type { Desk } from './jobs/desk.js';
import { JOB_VERSION, jobOptions, type JobData, type RunJobData } from './queue/job-data.js';
import type { QueueBackend, QueueJob } from './queue/queue-backend.js';
import { QueueClient } from './queue/queue-client.js';
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
   * @throws ConfigError `CONFIG_INVALID`; SnowmeltError `ABORTED`, `QUEUE_UNAVAILABLE` when the queue cannot be asked,
   * and `QUEUE_JOB_FAILED` when it has lost the run
   */
  readonly run: (name: string, options?: QueueRunOptions) => Promise<RunReport>;
  /**
   * Runs a sync again and again; called again, also by another process, it replaces the times.
   *
   * @throws ConfigError `CONFIG_INVALID`; SnowmeltError `QUEUE_UNAVAILABLE`
   */
  readonly schedule: (name: string, times: QueueSchedule) => Promise<void>;
  /** Ends the schedule of a sync. @throws ConfigError `CONFIG_INVALID`; SnowmeltError `QUEUE_UNAVAILABLE` */
  readonly unschedule: (name: string) => Promise<void>;
  /** Works on jobs until it is stopped by the signal or by `close()`. @throws ConfigError `CONFIG_INVALID`, `PEER_MISSING` */
  readonly work: (options?: WorkOptions) => Promise<void>;
  /** No worker, in whatever process, takes another job before `resume()`. @throws SnowmeltError `QUEUE_UNAVAILABLE` */
  readonly pause: () => Promise<void>;
  /** Goes on after `pause()`. @throws SnowmeltError `QUEUE_UNAVAILABLE` */
  readonly resume: () => Promise<void>;
  /**
   * Stops the workers of this process as the signal of `work` does, ends what waits, and closes the connections that were
   * opened; those of a server that is away are cut.
   */
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
 * @example
 * ```ts
 * import type { Sync } from 'snowmelt';
 * import { syncQueue } from 'snowmelt/bullmq';
 *
 * declare const people: Sync;
 * const queue = syncQueue({ connection: { host: 'redis.internal', port: 6379 }, syncs: [people] });
 * await queue.schedule('people', { every: '15m' });
 * ```
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
  readonly #client: QueueClient;
  readonly #working = new Set<Promise<void>>();
  readonly on: SyncQueue['on'] = this.#emitter.on;

  constructor(settings: QueueSettings) {
    this.#settings = settings;
    this.#syncs = knownSyncs(settings);
    this.#client = new QueueClient(settings, (reason) => {
      this.#emitter.emit('warning', { code: 'QUEUE_UNAVAILABLE', reason });
    });
  }

  readonly run: SyncQueue['run'] = async (name, wanted = {}) => {
    const { signal } = checkOptions('SyncQueue.run()', { signal: anAbortSignal.optional() }, wanted);
    this.#check(name);
    const options = { ...jobOptions(this.#settings), jobId: `${name}-${randomUUID()}`, deduplication: { id: name } };
    const add = (queue: Queue<JobData>): Promise<QueueJob> => queue.add(name, this.#jobOf(name), options);
    const { closing } = this.#client;
    closing.throwIfAborted();
    const ending = signal === undefined ? closing : AbortSignal.any([signal, closing]);
    const job = await unlessAborted(this.#client.ask(`run("${name}")`, add, ending), ending);
    return reportOfJob(this.#client, job, ending);
  };

  readonly schedule: SyncQueue['schedule'] = async (name, times) => {
    this.#check(name);
    const repeat = repeatOf(times);
    const job = { name, data: this.#jobOf(name), opts: jobOptions(this.#settings) };
    await this.#client.ask(`schedule("${name}")`, (queue) => queue.upsertJobScheduler(name, repeat, job));
  };

  readonly unschedule: SyncQueue['unschedule'] = async (name) => {
    this.#check(name);
    await this.#client.ask(`unschedule("${name}")`, (queue) => queue.removeJobScheduler(name));
  };

  readonly work: SyncQueue['work'] = async (options = {}) => {
    const { concurrency, signal } = checkOptions('SyncQueue.work()', workShape, options);
    const { closing } = this.#client;
    closing.throwIfAborted();
    const stop = AbortSignal.any([closing, signal].filter((each) => each !== undefined));
    const working = this.#work(concurrency, stop);
    this.#working.add(working);
    try {
      await working;
    } finally {
      this.#working.delete(working);
    }
  };

  readonly pause: SyncQueue['pause'] = () => this.#client.ask('pause()', (queue) => queue.pause());

  readonly resume: SyncQueue['resume'] = () => this.#client.ask('resume()', (queue) => queue.resume());

  readonly close: SyncQueue['close'] = async () => {
    this.#client.stop();
    await Promise.allSettled(this.#working);
    await this.#client.close();
  };

  async #work(concurrency: number, stop: AbortSignal): Promise<void> {
    let backend: QueueBackend;
    try {
      backend = await this.#client.whenReady(stop);
    } catch (error) {
      if (stop.aborted) return;
      throw error;
    }
    const desk: Desk = { settings: this.#settings, syncs: this.#syncs, backend, emitter: this.#emitter };
    await workUntilStopped(desk, concurrency, stop);
  }

  #jobOf(sync: string): RunJobData {
    return { version: JOB_VERSION, kind: 'run', sync };
  }

  #check(name: string): void {
    if (this.#syncs.has(name)) return;
    throw new ConfigError('CONFIG_INVALID', 'This queue has no sync of that name.', {
      hint: `Its syncs are ${[...this.#syncs.keys()].map((known) => `"${known}"`).join(', ')}.`,
    });
  }
}
