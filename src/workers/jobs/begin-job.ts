import type { SnowmeltError } from '../../errors/errors.js';
import type { RunHandle } from '../../sync/ranges/run-handle.js';
import { openHandle } from '../../sync/ranges/begun-handle.js';
import { BUSY_MS, hasCode, MOST_STARTS, ownError, putBack } from './desk.js';
import type { Desk, JobAtWork } from './desk.js';
import type { RunJobData } from '../queue/job-data.js';
import type { ReportJson } from '../report/report-json.js';
import { shownReport, skippedReport } from './run-report.js';

type RunAtWork = JobAtWork<RunJobData>;

/** A begun run with the data of its job, or the report of one that did not begin. */
export type BegunJob =
  { readonly data: RunJobData & { readonly handle: RunHandle } } | { readonly skipped: ReportJson };

/**
 * Begins the run of a job. The job's id makes it idempotent: a job whose worker died goes on with the run that it had
 * begun.
 *
 * @throws SnowmeltError why the run did not begin; what tells BullMQ to put the job back
 */
export async function beginJob(desk: Desk, work: RunAtWork): Promise<BegunJob> {
  const { job, known, signal, token } = work;
  const begunAt = work.data.begunAt ?? Date.now();
  const startedAt = performance.now();
  let handle: RunHandle;
  try {
    const { leaseSeconds = shortestLease(known.context.settings.shortestTtlMs) } = desk.settings;
    handle = await known.sync.begin({ id: `${idPrefix(desk)}${job.id ?? ''}`, leaseSeconds, signal });
  } catch (error) {
    return notBegun(desk, work, ownError(error));
  }
  const queryMs = Math.round(performance.now() - startedAt);
  const data = { ...work.data, handle, begunAt, queryMs };
  await job.updateData(data);
  if (signal.aborted) throw await putBack(desk, job, token, 0);
  const { runId, rowCount, firstRow } = handle;
  desk.emitter.emit('run:begin', { sync: data.sync, runId, rowCount, firstRow });
  return { data };
}

async function notBegun(desk: Desk, work: RunAtWork, error: SnowmeltError): Promise<BegunJob> {
  const { job, token, signal, known } = work;
  if (signal.aborted) throw await putBack(desk, job, token, 0);
  if (error.code === 'WORKER_DIFFERS' && job.attemptsStarted < MOST_STARTS) {
    throw await putBack(desk, job, token, BUSY_MS);
  }
  // This process was away for long, and another job may have begun meanwhile.
  if (hasCode(error, 'LEASE_LOST')) throw await putBack(desk, job, token, BUSY_MS);
  if (error.code === 'SYNC_DISABLED') return skip(desk, work, 'disabled');
  if (!hasCode(error, 'LEASE_HELD')) throw error;
  const orphan = await orphanOf(desk, work);
  if (orphan !== undefined) await known.sync.release(orphan);
  // The lease may be of this job's own worker that died, or of workers that are about to stop.
  const mayBeOwn = job.attemptsStarted > 1 && job.attemptsStarted * BUSY_MS < 3 * known.context.settings.ttlMs;
  if (orphan !== undefined || mayBeOwn || work.data.isAnew === true) throw await putBack(desk, job, token, BUSY_MS);
  return skip(desk, work, 'lease-held');
}

function skip(desk: Desk, work: RunAtWork, reason: 'disabled' | 'lease-held'): BegunJob {
  const skipped = skippedReport(work, reason);
  desk.emitter.emit('run:skip', { sync: work.data.sync, report: shownReport(skipped) });
  return { skipped };
}

/** The run of a job that the queue has lost or given up, so that nobody will finish it. */
async function orphanOf(desk: Desk, { known }: RunAtWork): Promise<RunHandle | undefined> {
  const state = (await known.context.record.read())?.value;
  const id = state?.lease?.begun?.id;
  if (id?.startsWith(idPrefix(desk)) !== true) return undefined;
  const other = await desk.backend.queue.getJob(id.slice(idPrefix(desk).length));
  const status = await other?.getState();
  const isGone = status === undefined || ['completed', 'failed', 'unknown'].includes(status);
  return isGone ? openHandle(known.sync.name, state, id) : undefined;
}

function idPrefix({ settings }: Desk): string {
  return `${settings.prefix ?? 'bull'}:${settings.name}:`;
}

function shortestLease(shortestTtlMs: number): number {
  return Math.max(300_000, shortestTtlMs) / 1000;
}
