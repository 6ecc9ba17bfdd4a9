import { HISTORY_LENGTH } from './sync-state.js';
import type { RunSummary, StoredRun } from './sync-state.js';
import { countsOfRun } from './settled-ranges.js';

/** What a record remembers of a run. */
export type EndedRun = Pick<StoredRun, 'runId' | 'startedAt'> & Partial<Pick<StoredRun, 'settled' | 'changes'>>;

/** Adds how a run ended; what was known of the same run before is replaced. */
export function withHistory(
  history: readonly RunSummary[],
  run: EndedRun,
  status: RunSummary['status'],
  reason?: string,
  begun?: RunSummary['begun'],
): RunSummary[] {
  const { runId, startedAt, settled, changes } = run;
  const counts = settled && countsOfRun({ settled, changes });
  const entry: RunSummary = { runId, startedAt, status, reason, counts, begun };
  return shortened([...history.filter((other) => other.runId !== runId), entry]);
}

/**
 * The newest entries. Half of them are kept for completed runs: they tell the circuit breaker what is usual, and runs
 * that it stops again and again must not make it forget that.
 */
function shortened(history: readonly RunSummary[]): RunSummary[] {
  const usual = new Set(history.filter(({ status }) => status === 'completed').slice(-HISTORY_LENGTH / 2));
  let tooMany = history.length - HISTORY_LENGTH;
  return history.filter((entry) => {
    if (tooMany <= 0 || usual.has(entry)) return true;
    tooMany -= 1;
    return false;
  });
}

/** The median of what runs had: what is usual. Of two in the middle the larger; 0 of none. */
export function usualOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
