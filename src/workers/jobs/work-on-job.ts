import { MOST_STARTS, BUSY_MS, failureText, isTold, ownError, putBack, type Desk } from './desk.js';
import { parseJobData } from '../queue/job-data.js';
import type { QueueJob } from '../queue/queue-backend.js';
import { workOnRange } from './range-job.js';
import { workOnRun } from './run-job.js';

/** Works on one job of the queue. What is thrown holds no values of rows. */
export async function workOnJob(desk: Desk, job: QueueJob, token: string, signal: AbortSignal): Promise<unknown> {
  try {
    if (signal.aborted) throw await putBack(desk, job, token, 0);
    const data = parseJobData(job.data);
    const known = data && desk.syncs.get(data.sync);
    if (data === undefined || known === undefined) throw await notForThis(desk, job, token);
    const work = { job, known, token, signal };
    return data.kind === 'run' ? await workOnRun(desk, { ...work, data }) : await workOnRange(desk, { ...work, data });
  } catch (error) {
    if (isTold(error) || (error instanceof Error && error.constructor === Error)) throw error;
    // Without its cause, whose text would be kept in the queue.
    // eslint-disable-next-line preserve-caught-error -- see above
    throw new Error(failureText(ownError(error)));
  }
}

/** A job of a newer release, or of a sync that only other workers know, is left to them. */
async function notForThis(desk: Desk, job: QueueJob, token: string): Promise<Error> {
  if (job.attemptsStarted < MOST_STARTS) return putBack(desk, job, token, BUSY_MS);
  const { UnrecoverableError } = desk.backend.bull;
  return new UnrecoverableError(
    'WORKER_DIFFERS: No worker knows this sync, or the release of snowmelt that made the job.',
  );
}
