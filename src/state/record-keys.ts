import type { RowRange } from './sync-state.js';

/** Key of a backfill's own record. */
export function backfillKey(sync: string, runId: string): string {
  return `${sync}/${runId}`;
}

/** Key of the own record of a range of a run. `key` is that of the record that holds the run. */
export function rangeKey(key: string, runId: string, { from, to }: RowRange): string {
  return `${key}/${runId}/${from}-${to}`;
}
