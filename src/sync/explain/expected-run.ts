import type { RunSummary, SyncState } from '../../state/sync-state.js';

/** A run that an explanation speaks of. */
export type RunSpokenOf = Pick<RunSummary, 'runId' | 'startedAt' | 'status' | 'reason'>;

/** The runs of a sync around a moment. */
export interface RunsSince {
  /** The first completed run that began after it: it should have sent what changed then. */
  readonly completed: RunSpokenOf | undefined;
  /** The last run that began after it and was not completed. */
  readonly failed: RunSpokenOf | undefined;
  /** The run that is open, where it began after it. */
  readonly open: RunSpokenOf | undefined;
  /** Ids of all of them. */
  readonly ids: ReadonlySet<string>;
}

/** @param time - Unix seconds; `undefined` for a query without a window, of which the last run counts */
export function runsSince({ history, run }: SyncState, time: number | undefined): RunsSince {
  const since = history.filter(({ startedAt }) => time === undefined || startedAt >= time);
  const completed = since.filter(({ status }) => status === 'completed');
  // One that was given up is of the past: the next run queries anew.
  const isOpen = run !== undefined && run.failure === undefined && (time === undefined || run.startedAt >= time);
  const failed = since.findLast(({ status }) => status !== 'completed');
  return {
    completed: spokenOf(time === undefined ? completed.at(-1) : completed[0]),
    failed: spokenOf(failed),
    open: isOpen ? { runId: run.runId, startedAt: run.startedAt, status: 'aborted' } : undefined,
    ids: new Set(since.map(({ runId }) => runId)),
  };
}

/** Whether one run ended before another, as far as the history tells. */
export function isBefore({ history }: SyncState, runId: string, other: string): boolean {
  const at = history.findIndex((run) => run.runId === runId);
  return at >= 0 && at < history.findIndex((run) => run.runId === other);
}

function spokenOf(run: RunSummary | undefined): RunSpokenOf | undefined {
  if (run === undefined) return undefined;
  const { runId, startedAt, status, reason } = run;
  return { runId, startedAt, status, reason };
}
