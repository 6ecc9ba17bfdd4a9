import { shownLine } from '../../options/shown-text.js';
import { bytesText, syncTimeText, textTable } from './text-table.js';
import type { DeliveryWarning } from '../../delivery/report/delivery-event.js';
import type { ChangesCounts } from '../journal/run-report.js';
import { whyText } from '../changes/judge-removals.js';
import type { PreviewRejection } from './preview-report.js';
import type { PlannedCalls } from './plan-counts.js';

/** What a run of a sync with `changes` would find against the snapshot. */
export interface PlannedChanges extends ChangesCounts {
  /** Why removals would be held, when they would; short and stable: `too-many`, `no-rows`, … */
  readonly reason?: string | undefined;
}

/** What a run of the whole window would do. */
export interface SyncPlan {
  readonly sync: string;
  /** Unix seconds; 0 before the first completed run. */
  readonly lastSyncTime: number;
  /** `lastSyncTime` less the lookback. */
  readonly windowStart: number;
  readonly queryId: string;
  readonly rowsRead: number;
  /** Rows that the mapper leaves out. */
  readonly rowsSkipped: number;
  /** Rows that can't be mapped, or are too large for the destination. */
  readonly rowsRejected: number;
  /** The first 20 of them. */
  readonly rejections: readonly PreviewRejection[];
  /** Present where the sync has `changes`. Rows read = sent + rejected + skipped + unchanged. */
  readonly changes?: PlannedChanges | undefined;
  /** All messages, deletions and suppressions among them. */
  readonly messages: number;
  /** By call type and event, most messages first. */
  readonly calls: readonly PlannedCalls[];
  /** Deletions of people, devices, objects and relationships by semantic events. */
  readonly deletes: number;
  readonly suppressions: number;
  readonly aliases: number;
  /** The earliest and the latest `timestamp` of the messages, when there is any. */
  readonly timestamps: { readonly first: Date; readonly last: Date } | undefined;
  /** UTF-8 bytes of the messages, uncompressed. */
  readonly bytes: number;
  /** Expected requests: full batches, nothing sent twice. */
  readonly requests: number;
  /** Expected duration of the run, seconds. */
  readonly durationSeconds: number;
  /** What the duration rests on, one sentence. */
  readonly assumption: string;
  readonly warnings: readonly DeliveryWarning[];
  /** All of it as text for a terminal, without row values. */
  readonly toString: () => string;
}

function changesText(sync: string, { added, changed, unchanged, removed, held, reason }: PlannedChanges): string {
  const found = `Against the snapshot: ${added} added, ${changed} changed, ${unchanged} unchanged, ${removed} removed.`;
  if (held === 0) return found;
  return `${found}\n${held} removals would be held: ${whyText(reason)}. To let them go: snowmelt run ${sync} --remove-up-to ${held}`;
}

/** A plan as text for a terminal. */
export function planText(plan: Omit<SyncPlan, 'toString'>): string {
  const { sync, rowsRead, rowsSkipped, rowsRejected, calls, timestamps, rejections, warnings } = plan;
  const parts = [
    `Plan of "${shownLine(sync)}", last_sync_time ${syncTimeText(plan.lastSyncTime)}: nothing was sent or stored.`,
    `${rowsRead} rows: ${rowsSkipped} skipped, ${rowsRejected} rejected; ${plan.messages} messages, ${bytesText(plan.bytes)}.`,
  ];
  if (plan.changes !== undefined) parts.push(changesText(shownLine(sync), plan.changes));
  if (calls.length > 0) {
    const rows = calls.map(({ type, event, messages }) => [type, event ?? '', String(messages)]);
    parts.push(textTable([['call', 'event', 'messages'], ...rows]));
  }
  parts.push(`Deletes ${plan.deletes}, suppressions ${plan.suppressions}, aliases ${plan.aliases}.`);
  if (timestamps !== undefined) {
    parts.push(`Timestamps from ${timestamps.first.toISOString()} to ${timestamps.last.toISOString()}.`);
  }
  parts.push(`About ${plan.requests} requests and ${plan.durationSeconds.toFixed(1)} s. ${shownLine(plan.assumption)}`);
  if (rejections.length > 0) {
    parts.push('Rejected rows', rejections.map(({ code, reason }) => shownLine(`  ${code}: ${reason}`)).join('\n'));
  }
  if (warnings.length > 0) {
    const lines = warnings.map(({ code, message, count }) => shownLine(`  ${code}: ${message} (${count} times)`));
    parts.push('Warnings', lines.join('\n'));
  }
  return `${parts.join('\n')}\n`;
}
