import type { SyncPlan } from './plan.js';
import { bytesText, syncTimeText, textTable } from './text-table.js';

/** A plan as text for a terminal. */
export function planText(plan: Omit<SyncPlan, 'toString'>): string {
  const { sync, rowsRead, rowsSkipped, rowsRejected, calls, timestamps, rejections, warnings } = plan;
  const parts = [
    `Plan of "${sync}", last_sync_time ${syncTimeText(plan.lastSyncTime)}: nothing was sent or stored.`,
    `${rowsRead} rows: ${rowsSkipped} skipped, ${rowsRejected} rejected; ${plan.messages} messages, ${bytesText(plan.bytes)}.`,
  ];
  if (calls.length > 0) {
    const rows = calls.map(({ type, event, messages }) => [type, event ?? '', String(messages)]);
    parts.push(textTable([['call', 'event', 'messages'], ...rows]));
  }
  parts.push(`Deletes ${plan.deletes}, suppressions ${plan.suppressions}, aliases ${plan.aliases}.`);
  if (timestamps !== undefined) {
    parts.push(`Timestamps from ${timestamps.first.toISOString()} to ${timestamps.last.toISOString()}.`);
  }
  parts.push(`About ${plan.requests} requests and ${plan.durationSeconds.toFixed(1)} s. ${plan.assumption}`);
  if (rejections.length > 0) {
    parts.push('Rejected rows', rejections.map(({ code, reason }) => `  ${code}: ${reason}`).join('\n'));
  }
  if (warnings.length > 0) {
    const lines = warnings.map(({ code, message, count }) => `  ${code}: ${message} (${count} times)`);
    parts.push('Warnings', lines.join('\n'));
  }
  return `${parts.join('\n')}\n`;
}
