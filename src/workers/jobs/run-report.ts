import type { SnowmeltError } from '../../errors/errors.js';
import { countsOfRun, NO_COUNTS } from '../../state/settled-ranges.js';
import { changesCounts } from '../../sync/journal/run-journal.js';
import type { RunReport, SkipReason } from '../../sync/journal/run-report.js';
import type { JobAtWork } from './desk.js';
import type { RunJobData } from '../queue/job-data.js';
import { reportFromJson, reportToJson, type ReportJson } from '../report/report-json.js';
import { LISTED, sumOfParts } from '../report/report-parts.js';

type RunAtWork = JobAtWork<RunJobData>;

/** The report of a completed run: that of `finish`, with what the workers have added. */
export async function completedReport({ job, data }: RunAtWork, finished: RunReport): Promise<ReportJson> {
  const { sourceWaitMs, batches, retries, bytes, warnings, rejections } = sumOfParts(
    Object.values(await job.getChildrenValues<unknown>()),
  );
  const { firstRow = 0 } = data.handle ?? {};
  return reportToJson({
    ...finished,
    // Removals are delivered by `finish`.
    batches: batches + finished.batches,
    retries: retries + finished.retries,
    bytes: bytes + finished.bytes,
    warnings: [...finished.warnings, ...warnings],
    rejections: [...rejections, ...finished.rejections].slice(0, LISTED),
    resumedFromRow: firstRow > 0 ? firstRow : undefined,
    ...times(data, { sourceWaitMs, commitMs: finished.durations.totalMs }),
  });
}

/** The report of a run that did not begin. */
export function skippedReport({ data }: RunAtWork, skipReason: SkipReason): ReportJson {
  return { ...emptyReport(data), status: 'skipped', skipReason };
}

/** The report of a run that failed, with what is settled of it. */
export async function failedReport({ data, known }: RunAtWork, error: SnowmeltError): Promise<ReportJson> {
  const { code, message, hint } = error;
  const state = await known.context.record.read().then(
    (stored) => stored?.value,
    () => undefined,
  );
  const { handle } = data;
  const ended = state?.history.find(({ runId }) => runId === handle?.runId)?.counts;
  const run = state?.run?.runId === handle?.runId ? state?.run : undefined;
  const counts = (run && countsOfRun(run)) ?? ended ?? NO_COUNTS;
  const { read, delivered, rejected, skipped, messages } = counts;
  const lastSyncTime = state?.lastSyncTime ?? 0;
  return {
    ...emptyReport(data),
    status: 'failed',
    error: { code, message, hint },
    runId: handle?.runId,
    queryId: handle?.ref.queryId,
    rowsRead: read,
    rowsDelivered: delivered,
    rowsRejected: rejected,
    rowsSkipped: skipped,
    messages,
    changes: known.context.settings.changes && changesCounts(counts),
    lastSyncTime: { before: lastSyncTime, after: lastSyncTime },
  };
}

/** For those who listen in this process. */
export function shownReport(json: ReportJson): RunReport {
  const report = reportFromJson(json);
  if (report === undefined) throw new TypeError('A report that was just made is none.');
  return report;
}

function emptyReport(data: RunJobData): ReportJson {
  const { startedAt, durations } = times(data, { sourceWaitMs: 0, commitMs: 0 });
  return {
    sync: data.sync,
    status: 'failed',
    rowsRead: 0,
    rowsDelivered: 0,
    rowsRejected: 0,
    rowsSkipped: 0,
    messages: 0,
    batches: 0,
    retries: 0,
    bytes: 0,
    lastSyncTime: { before: 0, after: 0 },
    startedAt: startedAt.getTime(),
    durations,
    warnings: [],
    rejections: [],
  };
}

/** From the beginning to now, as the clocks of the workers tell. */
function times({ begunAt = Date.now(), queryMs = 0 }: RunJobData, known: { sourceWaitMs: number; commitMs: number }) {
  const totalMs = Math.max(0, Date.now() - begunAt);
  const deliveryMs = Math.max(0, totalMs - queryMs - known.commitMs);
  return { startedAt: new Date(begunAt), durations: { leaseMs: 0, queryMs, deliveryMs, totalMs, ...known } };
}
