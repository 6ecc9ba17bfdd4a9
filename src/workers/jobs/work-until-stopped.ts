import type { Worker } from 'bullmq';
import { cut, GOODBYE_MS, isDoneWithin } from '../queue/close-or-cut.js';
import type { JobData } from '../queue/job-data.js';
import type { Desk } from './desk.js';
import { SyncCalls } from './sync-calls.js';
import { workOnJob } from './work-on-job.js';

/** Works on jobs until the signal is aborted: then those under way end within one batch and go back into the queue. */
export async function workUntilStopped(desk: Desk, concurrency: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const calls = new SyncCalls();
  const own: Desk = { ...desk, syncs: calls.watched(desk.syncs) };
  const stopping = new AbortController();
  const worker = desk.backend.worker((job, token = '') => workOnJob(own, job, token, stopping.signal), concurrency);
  const stopped = new Promise<void>((resolve) => {
    const stop = (): void => {
      // First, so that it does not take a job again that it puts back.
      const closed = worker.close();
      stopping.abort();
      void closedOrCut(own, worker, { closed, calls }).then(resolve);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  worker.run().catch(() => undefined);
  await stopped;
}

/**
 * A worker whose queue is away cannot put its jobs back, and BullMQ would wait for it for ever. What the syncs have to
 * end is waited for; the queue only for a moment: it gives jobs that stay behind to other workers by itself.
 */
async function closedOrCut(
  { backend, emitter }: Desk,
  worker: Worker<JobData>,
  { closed, calls }: { readonly closed: Promise<void>; readonly calls: SyncCalls },
): Promise<void> {
  let seen: number;
  do {
    seen = calls.count;
    if (await isDoneWithin(GOODBYE_MS, closed)) return;
    await calls.whenIdle();
  } while (seen !== calls.count);
  cut(worker, backend.isShared);
  emitter.emit('warning', { code: 'QUEUE_UNAVAILABLE', reason: 'A worker could not put its jobs back.' });
}
