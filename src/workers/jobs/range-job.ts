import type { ErrorCode, SnowmeltError } from '../../errors/errors.js';
import type { RunReport } from '../../sync/journal/run-report.js';
import { runStanding } from '../../sync/ranges/run-standing.js';
import { BUSY_MS, failureText, hasTriesLeft, isFinal, MOST_STARTS, ownError, putBack } from './desk.js';
import type { Desk, JobAtWork } from './desk.js';
import { rangeJobOptions, type RangeJobData } from '../queue/job-data.js';
import { rangeAt, type NumberedRange } from './range-cuts.js';
import { NO_PART, partOf, type PartOfReport } from '../report/report-parts.js';

type RangeAtWork = JobAtWork<RangeJobData>;

/**
 * Delivers a range and adds the one that takes its place in the queue.
 *
 * @returns its part of the run's report
 * @throws what tells BullMQ to put the job back, to try it again, or to give it up
 */
export async function workOnRange(desk: Desk, work: RangeAtWork): Promise<PartOfReport> {
  const { data, known, signal } = work;
  const { handle, from, to } = data;
  let report: RunReport;
  try {
    report = await known.sync.deliverRange(handle, { from, to }, { signal });
  } catch (error) {
    throw await failed(desk, work, ownError(error));
  }
  const { status, skipReason, error } = report;
  if (skipReason === 'lease-held') throw await back(desk, work, skipReason, BUSY_MS);
  if (error !== undefined) {
    if (error.code !== 'LEASE_LOST') throw await failed(desk, work, error);
    // The run is completed, or somebody else's: nothing is left to do for this job. Or only this worker was away.
    const { is } = await runStanding(known.context, handle);
    if (is !== 'open') return NO_PART;
    throw await back(desk, work, 'LEASE_LOST', BUSY_MS);
  }
  if (status === 'completed') desk.emitter.emit('range:settled', { ...eventOf(data), report });
  await addNext(desk, data);
  return partOf(report, data.at);
}

/** Adds ranges of a run to the queue, as children of the run's job. Those that are there already stay one. */
export async function addRanges(
  { backend, settings }: Desk,
  data: RangeJobData,
  ranges: readonly NumberedRange[],
): Promise<void> {
  const jobs = ranges.map((range) => {
    const own = { ...data, ...range };
    return { name: `${data.sync} ${range.from}-${range.to}`, data: own, opts: rangeJobOptions(settings, own) };
  });
  await backend.queue.addBulk(jobs);
}

/** So that as many jobs of the run as before are in the queue. Where it fails, the run's own job adds what is missing. */
async function addNext(desk: Desk, data: RangeJobData): Promise<void> {
  const { at, from, step, rowsPerJob, until } = data;
  const cuts = { origin: from - at * rowsPerJob, rowsPerJob, rowCount: until };
  const next = step === 0 ? undefined : rangeAt(cuts, at + step);
  if (next === undefined) return;
  try {
    await addRanges(desk, data, [next]);
  } catch {
    desk.emitter.emit('warning', { code: 'QUEUE_UNAVAILABLE', reason: 'The next range could not be added.' });
  }
}

async function failed(desk: Desk, work: RangeAtWork, error: SnowmeltError): Promise<Error> {
  const { job, data, known, signal } = work;
  const { code } = error;
  if (signal.aborted) return back(desk, work, 'ABORTED', 0);
  if (code === 'WORKER_DIFFERS' && job.attemptsStarted < MOST_STARTS) return back(desk, work, code, BUSY_MS);
  const isOver = isFinal(error) || (await runStanding(known.context, data.handle)).is !== 'open';
  if (!isOver && hasTriesLeft(job)) {
    desk.emitter.emit('range:retry', { ...eventOf(data), reason: code });
    return new Error(failureText(error));
  }
  desk.emitter.emit('range:fail', { ...eventOf(data), reason: code });
  return new desk.backend.bull.UnrecoverableError(failureText(error));
}

async function back(
  desk: Desk,
  { job, data, token }: RangeAtWork,
  reason: ErrorCode | 'lease-held',
  ms: number,
): Promise<Error> {
  desk.emitter.emit('range:retry', { ...eventOf(data), reason });
  return putBack(desk, job, token, ms);
}

function eventOf({ sync, handle, from, to }: RangeJobData) {
  return { sync, runId: handle.runId, from, to };
}
