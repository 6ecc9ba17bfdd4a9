import { shownText } from '../options/shown-text.js';
import type { RunReport } from '../sync/journal/run-report.js';
import { durationText, timelineSvg, whole } from './timeline-svg.js';

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;margin:0;background:#f6f8fa;color:#1f2328}
main{max-width:920px;margin:0 auto;padding:32px 24px}
h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:32px 0 8px}
p{margin:4px 0}.quiet{color:#59636e}
.badge{display:inline-block;padding:2px 10px;border-radius:12px;color:#fff;font-size:14px;vertical-align:3px;margin-left:8px}
.completed{background:#1a7f37}.failed{background:#cf222e}.aborted{background:#9a6700}.skipped{background:#59636e}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px;margin:20px 0}
.card{background:#fff;border:1px solid #d1d9e0;border-radius:8px;padding:12px 14px}
.card b{display:block;font-size:21px;font-weight:600}
figure{margin:0;background:#fff;border:1px solid #d1d9e0;border-radius:8px;padding:12px}
svg{width:100%;height:auto;display:block}
.rule{stroke:#d1d9e0}.batch{stroke:#1f7a8c}.axis{font-size:12px;fill:#59636e}
polyline{fill:none;stroke-width:2}.read{stroke:#8c959f}.delivered{stroke:#1f7a8c}
.retry{fill:#bf8700}.reject{fill:#cf222e}
.key span{display:inline-block;width:12px;height:12px;border-radius:3px;margin:0 6px 0 16px;vertical-align:-1px}
table{width:100%;border-collapse:collapse;background:#fff;border:1px solid #d1d9e0}
th,td{text-align:left;padding:6px 10px;border-top:1px solid #d1d9e0;vertical-align:top}
td:last-child{overflow-wrap:anywhere;min-width:12em}.wide{overflow-x:auto}
.error{background:#fff;border-left:4px solid #cf222e;padding:10px 14px}
`;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
// A page that shows text in another order than it is written would deceive its reader as a terminal would.
const escape = (text: string): string =>
  shownText(text).replace(/[&<>"']/g, (character) => escapes[character] ?? character);

const card = (title: string, value: string): string => `<div class="card">${title}<b>${value}</b></div>`;

function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`;
  // Only the last cell, free text, may break inside a word: a code that is cut in two is searched for in vain.
  return `<div class="wide"><table>${cells('th', head)}${body.map((row) => cells('td', row)).join('')}</table></div>`;
}

/** A run that a breaker stopped has delivered nothing, of a result whose size was the reason. */
function rowCountCard({ rowCount, rowsRead }: RunReport): readonly string[] {
  return rowCount === undefined || rowCount === rowsRead ? [] : [card('Rows of the query', whole(rowCount))];
}

function changesCards({ changes }: RunReport): readonly string[] {
  if (changes === undefined) return [];
  const { added, changed, unchanged, removed, held, removalsRejected } = changes;
  const titles: [string, number][] = [
    ['Added', added],
    ['Changed', changed],
    ['Unchanged', unchanged],
    ['Removed', removed],
    ['Removals held', held],
  ];
  if (removalsRejected !== undefined) titles.push(['Removals rejected', removalsRejected]);
  return titles.map(([title, count]) => card(title, whole(count)));
}

const moment = (unixSeconds: number): string =>
  unixSeconds === 0 ? 'the beginning' : new Date(unixSeconds * 1000).toISOString().replace('.000Z', 'Z');

function fault(report: RunReport): string {
  if (report.skipReason !== undefined) return `<p class="error">Skipped: ${escape(report.skipReason)}</p>`;
  if (report.error === undefined) return '';
  const { code, message, hint } = report.error;
  return `<div class="error"><b>${escape(code)}</b><p>${escape(message)}</p>${hint === undefined ? '' : `<p class="quiet">${escape(hint)}</p>`}</div>`;
}

/**
 * Writes a run's report as one self-contained page: what came of it, a timeline of rows, retries and rejects, where
 * the time went, warnings and the first rejections. It holds no row values and loads nothing.
 */
export function runReportHtml(report: RunReport): string {
  const { durations, lastSyncTime } = report;
  const seconds = durations.deliveryMs / 1000;
  const rate = seconds > 0 ? report.rowsRead / seconds : 0;
  const phases: [string, number][] = [
    ['Waiting for the lease', durations.leaseMs],
    ['Query', durations.queryMs],
    ['Delivery', durations.deliveryMs],
    ['… of it waiting for rows', durations.sourceWaitMs],
    ['Commit', durations.commitMs],
  ];
  const title = `${escape(report.sync)} – ${report.status}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head>
<body><main>
<h1>${escape(report.sync)}<span class="badge ${report.status}">${report.status}</span></h1>
<p class="quiet">${report.startedAt.toISOString()} · ${durationText(durations.totalMs)} · run ${escape(report.runId ?? '–')} · query ${escape(report.queryId ?? '–')}</p>
<p class="quiet">last_sync_time: ${moment(lastSyncTime.before)} → ${moment(lastSyncTime.after)}${report.resumedFromRow === undefined ? '' : ` · resumed at row ${whole(report.resumedFromRow)}`}</p>
${fault(report)}
<div class="cards">${[
    ...rowCountCard(report),
    card('Rows read', whole(report.rowsRead)),
    card('Delivered', whole(report.rowsDelivered)),
    card('Rejected', whole(report.rowsRejected)),
    card('Skipped', whole(report.rowsSkipped)),
    ...changesCards(report),
    card('Batches', whole(report.batches)),
    card('Retries', whole(report.retries)),
    card('Megabytes', report.bytes === 0 ? '–' : (report.bytes / 1e6).toFixed(1)),
    card('Rows/s', whole(rate)),
  ].join('')}</div>
<h2>Timeline</h2>
<figure>${timelineSvg(report.timeline, durations.totalMs)}<p class="key quiet"><span style="background:#8c959f"></span>read<span style="background:#1f7a8c"></span>delivered (ticks: batches)<span style="background:#bf8700"></span>retries<span style="background:#cf222e"></span>rejects</p></figure>
<h2>Where the time went</h2>
${rows(
  ['Phase', 'Time'],
  phases.map(([phase, ms]) => [phase, durationText(ms)]),
)}
${
  report.warnings.length === 0
    ? ''
    : `<h2>Warnings</h2>${rows(
        ['Code', 'Column', 'Times', 'Meaning'],
        report.warnings.map(({ code, column, count, message }) => [code, column ?? '', whole(count), message]),
      )}`
}
${
  report.rejections.length === 0
    ? ''
    : `<h2>First rejections</h2>${rows(
        ['Row', 'Code', 'Sink', 'Reason'],
        report.rejections.map(({ row, code, sink, reason }) => [whole(row), code, sink ?? 'mapping', reason]),
      )}`
}
</main></body></html>
`;
}
