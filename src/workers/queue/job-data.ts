import type { JobsOptions } from 'bullmq';
import * as z from 'zod';
import type { RunHandle } from '../../sync/ranges/run-handle.js';
import type { QueueSettings } from './queue-options.js';

/** Of the jobs that this release makes. A worker of an older one leaves those of a newer one to others. */
export const JOB_VERSION = 1;

const rows = z.int().nonnegative();
const handle = z.custom<RunHandle>((value) => typeof value === 'object' && value !== null);
const common = { version: z.literal(JOB_VERSION), sync: z.string() };

const runJob = z.object({
  ...common,
  kind: z.literal('run'),
  /** Of the begun run. */
  handle: handle.optional(),
  /** Milliseconds of the Unix time at which it was begun. */
  begunAt: z.number().optional(),
  /** Until there was a result. */
  queryMs: z.number().optional(),
  rowsPerJob: z.int().positive().optional(),
  /** Whether the run was begun anew because its result had expired: once only. */
  isAnew: z.boolean().optional(),
  /** Of a run that failed; that of a completed one is what the job returns. */
  report: z.unknown().optional(),
});

const rangeJob = z.object({
  ...common,
  kind: z.literal('range'),
  handle,
  from: rows,
  to: rows,
  /** Which of the run's ranges it is. */
  at: rows,
  /** The job that the range is added by when this one is settled begins so many ranges later; 0 for none. */
  step: rows,
  /** End of the wave: rows behind it are added by the run's own job. */
  until: rows,
  rowsPerJob: z.int().positive(),
  parent: z.object({ id: z.string(), queue: z.string() }),
});

const jobData = z.discriminatedUnion('kind', [runJob, rangeJob]);

/** What a job carries: nothing secret, and no values of rows. */
export type JobData = z.infer<typeof jobData>;
/** Of the job that begins and finishes a run. */
export type RunJobData = z.infer<typeof runJob>;
/** Of the job that delivers a range. */
export type RangeJobData = z.infer<typeof rangeJob>;

/** The data of a job; `undefined` when a worker of another release has to look at it. */
export function parseJobData(data: unknown): JobData | undefined {
  return jobData.safeParse(data).data;
}

/** How jobs are kept and tried again. */
export function jobOptions({ attempts, retryDelaySeconds }: QueueSettings): JobsOptions {
  return {
    attempts,
    backoff: { type: 'exponential', delay: retryDelaySeconds * 1000 },
    removeOnComplete: { count: 100 },
    removeOnFail: { count: 100 },
  };
}

/** The job of a range: the same for the same range of the same handle, so that it is added once. */
export function rangeJobId({ handle: { runId, fencingToken }, from, to }: RangeJobData): string {
  return `${runId}.${fencingToken}.${from}-${to}`;
}

/** How the jobs of one run are told from those of an earlier one of the same job. */
export function isRangeOf({ runId, fencingToken }: RunHandle, jobKey: string): boolean {
  return jobKey.includes(`${runId}.${fencingToken}.`);
}

// A job without a priority goes first: the begin and the end of a run do not wait behind the ranges of others. Of
// ranges the earlier ones of each run go first, so that two runs share the workers (BullMQ documentation, "Prioritized").
const LOWEST_PRIORITY = 2_097_151;

/** Options of the job of a range. */
export function rangeJobOptions(settings: QueueSettings, data: RangeJobData): JobsOptions {
  return {
    ...jobOptions(settings),
    jobId: rangeJobId(data),
    priority: Math.min(data.at + 1, LOWEST_PRIORITY),
    parent: data.parent,
    // The run's own job looks at once what a range has failed with.
    continueParentOnFailure: true,
    removeOnComplete: true,
  };
}
