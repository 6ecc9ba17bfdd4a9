import { progressBar } from '../report/progress-bar.js';
import type { RunReport } from '../sync/run-report.js';
import type { Sync } from '../sync/sync.js';
import { EXIT } from './exit-code.js';
import type { Output } from './output.js';
import type { StopSignal } from './stop-signal.js';

/** Begins what is to be run of a sync. */
export type StartRun = (sync: Sync<unknown>) => Promise<RunReport>;

/** `snowmelt run` and `backfill`: one after the other; one that fails does not keep the others from running. */
export async function runSyncs(
  syncs: readonly Sync<unknown>[],
  start: StartRun,
  stop: StopSignal,
  output: Output,
): Promise<number> {
  let code: number = EXIT.ok;
  for (const sync of syncs) {
    if (stop.exitCode !== undefined) break;
    const endBar = progressBar(sync);
    const report = await start(sync);
    endBar();
    output.result(report, reportText(report));
    if (report.status === 'failed' || report.status === 'aborted') code = EXIT.failed;
    else if (report.status === 'skipped' && code === EXIT.ok) code = EXIT.skipped;
  }
  return stop.exitCode ?? code;
}

function reportText(report: RunReport): string {
  const { sync, status, skipReason, error, rowsDelivered, rowsRejected, rowsSkipped, warnings } = report;
  const counts = `${rowsDelivered} rows delivered, ${rowsRejected} rejected, ${rowsSkipped} skipped`;
  const seconds = (report.durations.totalMs / 1000).toFixed(1);
  const resumed = report.resumedFromRow === undefined ? '' : `, resumed at row ${report.resumedFromRow}`;
  const what = status === 'skipped' ? (skipReason ?? '') : `${counts}, ${seconds} s${resumed}`;
  const lines = [`${sync}: ${status}: ${what}`];
  if (error !== undefined) lines.push(`  ${error.code}: ${error.message}`);
  if (error?.hint !== undefined) lines.push(`  ${error.hint}`);
  lines.push(...warnings.map(({ code, message }) => `  warning ${code}: ${message}`));
  return `${lines.join('\n')}\n`;
}
