import { usualOf } from '../../state/run-history.js';
import type { RunCounts, RunSummary } from '../../state/sync-state.js';

/** What is compared, what matters most first. */
const COMPARED = ['removed', 'held', 'rejected', 'read', 'messages', 'skipped', 'added', 'changed'] as const;

/** A number of a plan that differs from those of the runs before it. */
export interface PlannedDifference {
  /** Rows read, rejected, skipped, added or changed; messages; keys removed or held. */
  readonly of: (typeof COMPARED)[number];
  readonly planned: number;
  /** The median of the completed runs that the record remembers. */
  readonly usual: number;
  /** How many runs that are. */
  readonly runs: number;
}

/** One more than none is as far as twice one. */
function factor(one: number, other: number): number {
  return (Math.max(one, other) + 1) / (Math.min(one, other) + 1);
}

/** What cannot be taken back, or is not sent: that there is more of it comes before anything else. */
const LOSSES: ReadonlySet<string> = new Set(['removed', 'held', 'rejected']);

function isLoss({ of, planned, usual }: PlannedDifference): boolean {
  return LOSSES.has(of) && planned > usual && factor(planned, usual) >= 2;
}

/**
 * What differs most from the completed runs, removals and rejections first where there are twice as many or more;
 * `undefined` where there is no run to compare with.
 */
export function largestDifference(
  planned: Partial<RunCounts>,
  history: readonly RunSummary[],
): PlannedDifference | undefined {
  const completed = history.flatMap(({ status, counts }) => (status === 'completed' && counts ? [counts] : []));
  if (completed.length === 0) return undefined;
  const differences = COMPARED.flatMap((of): PlannedDifference[] => {
    const value = planned[of];
    if (value === undefined) return [];
    return [{ of, planned: value, usual: usualOf(completed.map((counts) => counts[of] ?? 0)), runs: completed.length }];
  });
  const losses = differences.filter(isLoss);
  return (losses.length > 0 ? losses : differences).reduce((most, each) =>
    factor(each.planned, each.usual) > factor(most.planned, most.usual) ? each : most,
  );
}
