import { isSnowmeltError, SnowmeltError, type ErrorCode } from '../../errors/errors.js';
import { runStanding } from '../../sync/ranges/run-standing.js';
import type { RunHandle } from '../../sync/ranges/run-handle.js';
import { beginJob } from './begin-job.js';
import {
  BUSY_MS,
  failureText,
  hasCode,
  hasTriesLeft,
  isFinal,
  isTold,
  MOST_STARTS,
  ownError,
  putBack,
} from './desk.js';
import type { Desk, JobAtWork } from './desk.js';
import { isRangeOf, JOB_VERSION, type RangeJobData, type RunJobData } from '../queue/job-data.js';
import { probeRange, rangesFrom, rowsForAMinute } from './range-cuts.js';
import { addRanges } from './range-job.js';
import type { ReportJson } from '../report/report-json.js';
import { sumOfParts } from '../report/report-parts.js';
import { completedReport, failedReport, shownReport } from './run-report.js';

/** Times as many ranges as may be in the queue at a time are delivered before the run's own job adds more. */
const WAVE = 10;

type RunAtWork = JobAtWork<RunJobData>;
type BegunAtWork = JobAtWork<RunJobData & { readonly handle: RunHandle }>;

/**
 * Begins a run, adds its ranges as children of its job, and finishes it when they are done. Each time that it is called
 * it goes by what the state store says, so that it may be cut off anywhere.
 *
 * @returns the report of the whole run
 * @throws what tells BullMQ to wait for the ranges, to put the job back, to try it again, or to give it up
 */
export async function workOnRun(desk: Desk, work: RunAtWork): Promise<ReportJson> {
  const { handle } = work.data;
  let atWork: RunAtWork = work;
  try {
    if (handle !== undefined) return await goOn(desk, { ...work, data: { ...work.data, handle } });
    const begun = await beginJob(desk, work);
    if ('skipped' in begun) return begun.skipped;
    atWork = { ...work, data: begun.data };
    return await goOn(desk, { ...work, data: begun.data });
  } catch (error) {
    if (!isSnowmeltError(error)) throw error;
    throw await failed(desk, atWork, error);
  }
}

/** Looks how far the run is, and does what comes next. */
async function goOn(desk: Desk, work: BegunAtWork): Promise<ReportJson> {
  const { job, data, known, token, signal } = work;
  const { handle } = data;
  const standing = await runStanding(known.context, handle);
  if (standing.is === 'given-up') {
    if (standing.code === 'RESULT_EXPIRED' && data.isAnew !== true) return beginAnew(desk, work);
    throw await failureOf(work, standing.code);
  }
  if (standing.is === 'taken') {
    throw new SnowmeltError('LEASE_LOST', `The run ${handle.runId} was taken over by another process.`, {
      hint: 'Nothing to do: whoever has it goes on with what is left.',
    });
  }
  const failure = standing.is === 'open' ? await failureOf(work) : undefined;
  if (failure !== undefined) throw failure;
  try {
    const report = await known.sync.finish(handle, { signal });
    // Ranges of a run that was begun anew, or jobs that were handed out twice: BullMQ completes no job before its children.
    if (await job.moveToWaitingChildren(token)) throw new desk.backend.bull.WaitingChildrenError();
    const json = await completedReport(work, report);
    desk.emitter.emit('run:complete', { sync: data.sync, report: shownReport(json) });
    return json;
  } catch (error) {
    if (isTold(error)) throw error;
    const own = ownError(error);
    if (signal.aborted) throw await putBack(desk, job, token, 0);
    // What has become of it is looked up again.
    if (hasCode(own, 'LEASE_LOST')) throw await putBack(desk, job, token, BUSY_MS);
    if (hasCode(own, 'WORKER_DIFFERS') && job.attemptsStarted < MOST_STARTS) {
      throw await putBack(desk, job, token, BUSY_MS);
    }
    if (!hasCode(own, 'RUN_UNFINISHED')) throw await whyOver(work, own);
    return addMore(desk, work, Number(own.details['from']));
  }
}

/** What `finish` failed with; of a run that it has given up another try would know no more than the code. */
async function whyOver({ known, data }: BegunAtWork, own: SnowmeltError): Promise<SnowmeltError> {
  const { is } = await runStanding(known.context, data.handle);
  if (is !== 'given-up' || own.code === 'RESULT_EXPIRED') return own;
  const { code, message, hint, details, cause } = own;
  return new SnowmeltError(code, message, { hint, cause, details: { ...details, isOver: true } });
}

/** The result of the run has expired: the next query is this job's as well, once. The old ranges end by themselves. */
async function beginAnew(desk: Desk, work: BegunAtWork): Promise<ReportJson> {
  const { sync, kind, version, begunAt } = work.data;
  const data: RunJobData = { sync, kind, version, begunAt, isAnew: true };
  await work.job.updateData(data);
  return workOnRun(desk, { ...work, data });
}

/** Adds the next ranges from a row on that is not settled, and waits for them. */
async function addMore(desk: Desk, work: BegunAtWork, row: number): Promise<never> {
  const { job, token, data } = work;
  const { handle, sync } = data;
  const { maxJobs } = desk.settings;
  const { rowCount } = handle;
  const probe = desk.settings.rowsPerJob === undefined ? probeRange(handle) : undefined;
  const origin = probe?.to ?? handle.firstRow;
  const common = {
    version: JOB_VERSION,
    kind: 'range',
    sync,
    handle,
    from: 0,
    to: 0,
    at: 0,
    until: rowCount,
    parent: { id: job.id ?? '', queue: job.queueQualifiedName },
  } as const satisfies Partial<RangeJobData>;
  if (probe !== undefined && row < probe.to) {
    await addRanges(desk, { ...common, step: 0, rowsPerJob: probe.to - probe.from }, [probe]);
  } else {
    const rowsPerJob = data.rowsPerJob ?? (await sizeOf(desk, work, rowCount - origin));
    const ranges = rangesFrom({ origin, rowsPerJob, rowCount }, row, maxJobs);
    // While one range takes long, others get ahead of it, up to here: the record names every gap between them.
    const until = Math.min(rowCount, (ranges[0]?.from ?? row) + WAVE * maxJobs * rowsPerJob);
    await addRanges(desk, { ...common, step: maxJobs, rowsPerJob, until }, ranges);
  }
  // All of them may be done by now: then the job looks again, but not in haste.
  if (!(await job.moveToWaitingChildren(token))) throw await putBack(desk, job, token, BUSY_MS / 2);
  throw new desk.backend.bull.WaitingChildrenError();
}

/** Rows of a job, stored before the first of that size is added: all of a run are cut in the same way. */
async function sizeOf({ settings }: Desk, { job, data }: BegunAtWork, left: number): Promise<number> {
  const { rows, ms } = sumOfParts(Object.values(await job.getChildrenValues<unknown>()));
  const rowsPerJob = settings.rowsPerJob ?? rowsForAMinute({ rows, ms }, left);
  await job.updateData({ ...data, rowsPerJob });
  return rowsPerJob;
}

/** What a range of the run has failed with, or else the code. */
async function failureOf({ job, data }: BegunAtWork, code: string): Promise<SnowmeltError>;
async function failureOf({ job, data }: BegunAtWork): Promise<SnowmeltError | undefined>;
async function failureOf({ job, data }: BegunAtWork, code?: string): Promise<SnowmeltError | undefined> {
  const failures = Object.entries(await job.getIgnoredChildrenFailures());
  const texts = failures.filter(([key]) => isRangeOf(data.handle, key)).map(([, text]) => text);
  const text = texts.find((each) => code === undefined || each.startsWith(`${code}: `)) ?? texts[0];
  if (text === undefined && code === undefined) return undefined;
  const [, said, message] = /^([A-Z_]+): (.*)$/s.exec(text ?? '') ?? [];
  const about = message ?? text ?? `The run ${data.handle.runId} was given up.`;
  return new SnowmeltError((code ?? said ?? 'QUEUE_JOB_FAILED') as ErrorCode, about, {
    hint: 'See docs/errors.md for the code. The next run goes on, or queries again.',
    details: { isOver: true },
  });
}

async function failed(desk: Desk, work: RunAtWork, error: SnowmeltError): Promise<Error> {
  const { job, data, known } = work;
  const isOver = isFinal(error) || error.code === 'LEASE_LOST' || error.details['isOver'] === true;
  if (!isOver && hasTriesLeft(job)) return new Error(failureText(error));
  if (data.handle !== undefined) {
    await job.removeUnprocessedChildren();
    await known.sync.release(data.handle).catch(() => undefined);
  }
  const report = await failedReport(work, error);
  await job.updateData({ ...data, report });
  desk.emitter.emit('run:fail', { sync: data.sync, report: shownReport(report) });
  return new desk.backend.bull.UnrecoverableError(failureText(error));
}
