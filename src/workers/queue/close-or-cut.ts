import type { IQueueBackend, Queue, Worker } from 'bullmq';
import type { JobData } from './job-data.js';

/** How long a server may take to say goodbye: it may be away, and BullMQ waits as long as it takes. */
export const GOODBYE_MS = 5_000;

/**
 * Closes a queue; where that takes too long, its connections are cut.
 *
 * @param isShared - whether the connection is the host's own client, which stays
 */
export async function closeOrCut(queue: Queue<JobData>, isShared: boolean): Promise<void> {
  if (!(await isDoneWithin(GOODBYE_MS, queue.close()))) cut(queue, isShared);
}

/** Ends the connections at once, and with them whatever waits for an answer. */
export function cut(what: Queue<JobData> | Worker<JobData>, isShared: boolean): void {
  const backend: IQueueBackend = what.getBackend();
  const calls = [
    // The first one does all, unless it has been called before and hangs.
    () => backend.close(true),
    () => backend.disconnectBlocking(false),
    () => (isShared ? Promise.resolve() : backend.disconnect()),
  ];
  for (const call of calls) void call().catch(() => undefined);
}

/** Whether a promise is settled in time, in whatever way. */
export async function isDoneWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const done = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
