import type { RowRange, RunCounts, SettledRange, StoredRun } from './sync-state.js';

/** Rows without anything settled. */
export const NO_COUNTS: RunCounts = { read: 0, delivered: 0, rejected: 0, skipped: 0, messages: 0 };

/** Counts that only a sync with `changes` has; missing means 0. */
const OF_CHANGES = ['unchanged', 'added', 'changed', 'removed', 'held', 'removalsRejected'] as const;

/** The sum of two counts. */
export function addCounts(a: RunCounts, b: RunCounts): RunCounts {
  return combined(a, b, 1);
}

/** What `total` has over `base`. */
export function subtractCounts(total: RunCounts, base: RunCounts): RunCounts {
  return combined(total, base, -1);
}

function combined(a: RunCounts, b: RunCounts, sign: 1 | -1): RunCounts {
  const counts: RunCounts = {
    read: a.read + sign * b.read,
    delivered: a.delivered + sign * b.delivered,
    rejected: a.rejected + sign * b.rejected,
    skipped: a.skipped + sign * b.skipped,
    messages: a.messages + sign * b.messages,
  };
  for (const key of OF_CHANGES) {
    if (a[key] !== undefined || b[key] !== undefined) counts[key] = (a[key] ?? 0) + sign * (b[key] ?? 0);
  }
  return counts;
}

/** Counts of all settled rows. */
export function totalCounts(settled: readonly SettledRange[]): RunCounts {
  return settled.reduce((sum, { counts }) => addCounts(sum, counts), NO_COUNTS);
}

/** Counts of a whole run so far: its settled rows, and its removals. */
export function countsOfRun({ settled, changes }: Pick<StoredRun, 'settled' | 'changes'>): RunCounts {
  const rows = totalCounts(settled);
  const { removals } = changes ?? {};
  if (removals === undefined) return rows;
  const { counts, total, allowed } = removals;
  const { messages, delivered, rejected } = counts;
  const found = { ...rows, messages: rows.messages + messages, removed: delivered, held: total - allowed };
  return rejected === 0 ? found : { ...found, removalsRejected: rejected };
}

/** Whether two ranges are of the same rows. */
export function isSameRange(one: RowRange, other: RowRange): boolean {
  return one.from === other.from && one.to === other.to;
}

/** Whether two ranges share rows. */
export function overlaps(one: RowRange, other: RowRange): boolean {
  return one.from < other.to && other.from < one.to;
}

/** Adds settled rows and merges neighbours. Rows that are settled already are not counted twice. */
export function addSettled(settled: readonly SettledRange[], added: SettledRange): SettledRange[] {
  if (added.to <= added.from) return [...settled];
  // Told again: a job that was delivered twice, or a write whose answer was lost.
  if (settled.some((other) => overlaps(other, added))) return [...settled];
  const merged: SettledRange[] = [];
  for (const range of [...settled, added].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last?.to === range.from) {
      merged[merged.length - 1] = { from: last.from, to: range.to, counts: addCounts(last.counts, range.counts) };
    } else merged.push(range);
  }
  return merged;
}

/** The rows of `range` that are not settled. */
export function unsettled(settled: readonly SettledRange[], range: RowRange): RowRange[] {
  const left: RowRange[] = [];
  let from = range.from;
  for (const done of settled) {
    if (done.to <= from || done.from >= range.to) continue;
    if (done.from > from) left.push({ from, to: done.from });
    from = done.to;
  }
  if (from < range.to) left.push({ from, to: range.to });
  return left;
}
