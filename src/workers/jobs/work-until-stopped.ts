import type { Desk } from './desk.js';
import { workOnJob } from './work-on-job.js';

/** Works on jobs until the signal is aborted: then those under way end within one batch and go back into the queue. */
export async function workUntilStopped(desk: Desk, concurrency: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const stopping = new AbortController();
  const worker = desk.backend.worker((job, token = '') => workOnJob(desk, job, token, stopping.signal), concurrency);
  const stopped = new Promise<void>((resolve) => {
    const stop = (): void => {
      // First, so that it does not take a job again that it puts back.
      const closed = worker.close();
      stopping.abort();
      void closed.catch(() => undefined).then(resolve);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  worker.run().catch(() => undefined);
  await stopped;
}
