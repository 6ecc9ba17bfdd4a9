import { HISTORY_LENGTH } from '../state/sync-state.js';
import type { RunSummary, StoredRun, SyncState } from '../state/sync-state.js';
import { totalCounts } from './settled-ranges.js';

/** Adds how a run ended; what was known of the same run before is replaced. */
export function withHistory(
  state: SyncState,
  run: StoredRun,
  status: RunSummary['status'],
  reason?: string,
): RunSummary[] {
  const { runId, startedAt } = run;
  const entry: RunSummary = { runId, startedAt, status, reason, counts: totalCounts(run.settled) };
  return [...state.history.filter((other) => other.runId !== runId), entry].slice(-HISTORY_LENGTH);
}
