import { orAborted } from '../async/or-aborted.js';
import { sleep } from '../async/sleep.js';
import { SnowmeltError } from '../errors/errors.js';
import type { RunReport } from '../sync/journal/run-report.js';
import { parseJobData } from './queue/job-data.js';
import type { QueueJob } from './queue/queue-backend.js';
import type { QueueClient } from './queue/queue-client.js';
import { reportFromJson } from './report/report-json.js';

const FIRST_LOOK_MS = 50;
const MOST_MS = 250;

/**
 * Waits for the end of a run's job by looking at it now and then: events of a queue may be missed, and a queue that has
 * lost the job tells nothing.
 *
 * @throws SnowmeltError `ABORTED`, `QUEUE_JOB_FAILED`, `QUEUE_UNAVAILABLE`
 */
export async function reportOfJob(client: QueueClient, { id = '' }: QueueJob, signal: AbortSignal): Promise<RunReport> {
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(MOST_MS, wait * 1.3)) {
    const job = await unlessAborted(
      client.ask(`A look at the job ${id}`, (queue) => queue.getJob(id), signal),
      signal,
    );
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
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await orAborted(work, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
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
