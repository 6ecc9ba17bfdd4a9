import { shownLine } from '../../options/shown-text.js';
import { whyText } from '../changes/judge-removals.js';
import { bytesText, syncTimeText, textTable } from '../dry/text-table.js';
import type { PlannedDifference } from './largest-difference.js';
import type { PlannedChanges, SyncPlan } from './plan-report.js';

/** For how long Snowflake keeps a result ("Using persisted query results"). */
const RESULT_SECONDS = 24 * 3600;

const WORDS: Readonly<Record<PlannedDifference['of'], string>> = {
  removed: 'keys removed',
  held: 'removals held',
  rejected: 'rows rejected',
  read: 'rows',
  messages: 'messages',
  skipped: 'rows skipped',
  added: 'rows added',
  changed: 'rows changed',
};

function changesText(sync: string, changes: PlannedChanges): string {
  const { added, changed, unchanged, removed, held, reason, removedKeys } = changes;
  const lines = [
    `Against the snapshot: ${added} added, ${changed} changed, ${unchanged} unchanged, ${removed} removed.`,
  ];
  if (held > 0) {
    const how = `snowmelt run ${sync} --remove-up-to ${held}`;
    lines.push(`${held} removals would be held: ${whyText(reason)}. To let them go: ${how}`);
  }
  const [first] = removedKeys;
  if (first !== undefined) {
    const names = Object.keys(first);
    const shown = removedKeys.map((key) => names.map((name) => String(key[name])));
    lines.push(`Removals, ${removedKeys.length} of ${removed + held}:`, textTable([names, ...shown]));
  }
  return lines.join('\n');
}

function differenceText(difference: PlannedDifference | undefined): string {
  if (difference === undefined) return 'No completed run is remembered to compare with.';
  const { of, planned, usual, runs } = difference;
  const before = runs === 1 ? 'the last completed run' : `the last ${runs} completed runs`;
  if (planned === usual) return `As in ${before}.`;
  return `Largest change against ${before}: ${planned} ${WORDS[of]}, usually ${usual}.`;
}

function applyText({ token, notApplicable = '', changes }: SyncPlan, how: string): string[] {
  if (token === undefined) return [`No run can apply this plan. ${shownLine(notApplicable)}`];
  const lines = [shownLine(how)];
  if (changes?.removalsUntil !== undefined) {
    lines.push(`Its removals go until ${changes.removalsUntil.toISOString()}; later they are held.`);
  }
  if (token.user !== undefined) {
    const end = new Date((token.startedAt + RESULT_SECONDS) * 1000).toISOString();
    lines.push(`Snowflake keeps its result until ${end}, for the user ${shownLine(token.user)}.`);
  }
  return lines;
}

/** In code; the command line has a command. */
const IN_CODE = 'To send exactly this: run({ plan: plan.token })';

/**
 * A plan as text for a terminal.
 *
 * @param how - a line that tells how it is applied
 */
export function planText(plan: SyncPlan, how = IN_CODE): string {
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
  parts.push(differenceText(plan.largestDifference), ...applyText(plan, how));
  return `${parts.join('\n')}\n`;
}
