import { progressBar } from '../../report/progress-bar.js';
import { shownLine } from '../../options/shown-text.js';
import type { RunReport } from '../../sync/journal/run-report.js';
import type { SyncListener } from '../../sync/journal/sync-event.js';
import type { Sync } from '../../sync/sync.js';
import { EXIT, tell, tellError, type Output } from '../output.js';
import type { StopSignal } from '../stop-signal.js';

/** Begins what is to be run of a sync. */
export type StartRun = (sync: Sync<unknown>) => Promise<RunReport>;

/** `snowmelt run`, `seed` and `backfill`: one after the other; one that fails does not keep the others from running. */
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
    const endRetries = tellRetries(sync);
    const report = await start(sync);
    endBar();
    endRetries();
    output.result(report, reportText(report));
    if (report.error !== undefined) tellError(report.error, sync.name);
    if (report.status === 'failed' || report.status === 'aborted') code = EXIT.failed;
    else if (report.status === 'skipped' && code === EXIT.ok) code = EXIT.skipped;
  }
  return stop.exitCode ?? code;
}

/** Rejections that are printed. */
const SHOWN = 5;

/** Says once per run and reason why it takes longer: a destination may be away for minutes. */
function tellRetries(sync: Sync<unknown>): () => void {
  const told = new Set<string>();
  const listener: SyncListener<'retry'> = ({ code, reason }) => {
    if (told.has(code)) return;
    told.add(code);
    tell(shownLine(`${sync.name}: ${code}: ${reason} Trying again …`));
  };
  sync.on('retry', listener);
  return () => void sync.off('retry', listener);
}

function changesText(changes: RunReport['changes']): string {
  if (changes === undefined) return '';
  const { added, changed, unchanged, removed, held, removalsRejected } = changes;
  const rejected = removalsRejected === undefined ? '' : `, ${removalsRejected} removals rejected`;
  return `, ${unchanged} unchanged; ${added} added, ${changed} changed, ${removed} removed, ${held} held${rejected}`;
}

function reportText(report: RunReport): string {
  const { sync, status, skipReason, rowsDelivered, rowsRejected, rowsSkipped, rejections, warnings, changes } = report;
  const counts = `${rowsDelivered} rows delivered, ${rowsRejected} rejected, ${rowsSkipped} skipped`;
  const seconds = (report.durations.totalMs / 1000).toFixed(1);
  const resumed = report.resumedFromRow === undefined ? '' : `, resumed at row ${report.resumedFromRow}`;
  const what = status === 'skipped' ? (skipReason ?? '') : `${counts}${changesText(changes)}, ${seconds} s${resumed}`;
  const lines = [`${sync}: ${status}: ${what}`];
  lines.push(...rejections.slice(0, SHOWN).map(({ row, code, reason }) => `  rejected row ${row}: ${code}: ${reason}`));
  if (rowsRejected > SHOWN) lines.push(`  and others: all rejected rows are in the dead letter`);
  lines.push(...warnings.map(({ code, message }) => `  warning ${code}: ${message}`));
  return `${lines.map(shownLine).join('\n')}\n`;
}
