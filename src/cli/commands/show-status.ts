import { shownLine } from '../../options/shown-text.js';
import type { SnapshotStatus, SyncStatus } from '../../sync/sync-status.js';
import type { ResetOptions } from '../../sync/options/call-options.js';
import type { Sync } from '../../sync/sync.js';
import type { Output } from '../output.js';

/** `snowmelt status`: what the state store holds; asks nothing of Snowflake. */
export async function showStatus(syncs: readonly Sync<unknown>[], output: Output): Promise<void> {
  for (const sync of syncs) {
    const status = await sync.status();
    output.result(status, statusText(status));
  }
}

const isoTime = (unixSeconds: number): string => new Date(unixSeconds * 1000).toISOString().replace('.000Z', 'Z');

/** As `--from` takes it. */
const timeText = (unixSeconds: number): string => (unixSeconds === 0 ? '0' : isoTime(unixSeconds));

function statusText({ sync, lastSyncTime, holder, run, snapshot, history, backfills }: SyncStatus): string {
  const hasCompleted = history.some(({ status }) => status === 'completed');
  const fromZero = hasCompleted ? 'the next run sends everything' : 'never completed';
  const since = lastSyncTime === 0 ? fromZero : isoTime(lastSyncTime);
  const lines = [`${sync}: last_sync_time ${lastSyncTime} (${since})`];
  if (holder !== undefined) lines.push(`  running on ${holder.host}, process ${holder.pid}`);
  if (run !== undefined) {
    const { delivered, rejected, skipped, unchanged = 0 } = run.counts;
    const settled = delivered + rejected + skipped + unchanged;
    const what = run.kind === undefined ? 'run' : `${run.kind} run`;
    lines.push(
      `  unfinished ${what} ${run.runId}: ${settled} of ${run.rowCount ?? 'an unknown number of'} rows settled`,
    );
  }
  if (snapshot !== undefined) lines.push(...snapshotLines(sync, snapshot));
  for (const { from, to } of backfills) {
    const times = `--from ${timeText(from)}${to === undefined ? '' : ` --to ${timeText(to)}`}`;
    lines.push(`  unfinished backfill; to resume it: snowmelt backfill ${sync} ${times}`);
  }
  const last = history.at(-1);
  if (last !== undefined) {
    const why = last.reason === undefined ? '' : ` with ${last.reason}`;
    lines.push(`  last run: ${last.status}${why}, started ${isoTime(last.startedAt)}`);
  }
  return `${lines.map(shownLine).join('\n')}\n`;
}

function snapshotLines(sync: string, { keys, unreadable, held }: SnapshotStatus): string[] {
  const lines =
    unreadable === undefined
      ? [`  snapshot: ${keys ?? 0} keys`]
      : [`  snapshot: ${unreadable.code}: ${unreadable.message}`];
  if (held !== undefined) {
    const { count, reason, since } = held;
    lines.push(
      `  ${count} removals held (${reason}) since ${isoTime(since.getTime() / 1000)}; look at them: snowmelt plan ${sync}; to let them go: snowmelt run ${sync} --remove-up-to ${count}`,
    );
  }
  return lines;
}

/** `snowmelt reset`: the next run queries from the given time, or sends everything again. */
export async function resetState(sync: Sync<unknown>, options: ResetOptions, output: Output): Promise<void> {
  await sync.reset(options);
  await showStatus([sync], output);
}
