import type { Queue } from 'bullmq';
import { orAborted } from '../async/or-aborted.js';
import { sleep } from '../async/sleep.js';
import { SnowmeltError } from '../errors/errors.js';
import type { RunReport } from '../sync/journal/run-report.js';
import { parseJobData, type JobData } from './queue/job-data.js';
import type { QueueJob } from './queue/queue-backend.js';
import { reportFromJson } from './report/report-json.js';

const FIRST_LOOK_MS = 50;
const MOST_MS = 250;
/** How long the queue may be out of reach. */
const PATIENCE_MS = 120_000;

/**
 * Waits for the end of a run's job by looking at it now and then: events of a queue may be missed, and a queue that has
 * lost the job tells nothing.
 *
 * @throws SnowmeltError `ABORTED`, `QUEUE_JOB_FAILED`
 */
export async function reportOfJob(
  queue: Queue<JobData>,
  { id = '' }: QueueJob,
  signal: AbortSignal | undefined,
): Promise<RunReport> {
  let seenAt = performance.now();
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(MOST_MS, wait * 1.3)) {
    const job = await unlessAborted(queue.getJob(id), signal).catch((error: unknown) => {
      if (signal?.aborted === true) throw error;
      return 'out of reach' as const;
    });
    if (job === 'out of reach') {
      if (performance.now() - seenAt > PATIENCE_MS) throw lost(id, 'cannot be looked at: the queue is out of reach');
      await unlessAborted(sleep(wait, signal), signal);
      continue;
    }
    seenAt = performance.now();
    if (job === undefined) throw lost(id, 'is no longer in the queue');
    const data = parseJobData(job.data);
    // Both are written before the job has ended: a look at its state first would be one more way to be wrong.
    const own = reportFromJson(job.returnvalue) ?? reportFromJson(data?.kind === 'run' ? data.report : undefined);
    if (own !== undefined) return own;
    if (job.finishedOn !== undefined && job.failedReason !== '') throw lost(id, `failed: ${job.failedReason}`);
    await unlessAborted(sleep(wait, signal), signal);
  }
}

/** Waits for what the queue does, as long as the caller wants. @throws SnowmeltError `ABORTED` */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await orAborted(work, signal);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new SnowmeltError('ABORTED', 'The waiting for a run in the queue was aborted.', {
      hint: 'The run goes on in the workers.',
    });
  }
}

function lost(id: string, why: string): SnowmeltError {
  return new SnowmeltError('QUEUE_JOB_FAILED', `The job ${id} ${why}.`, {
    hint: 'Nothing is lost: the state store knows what is settled, and the next run goes on with it.',
  });
}
