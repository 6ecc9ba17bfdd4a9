import { shownLine } from '../../options/shown-text.js';

/** A step of `diagnose`. */
export type CheckName =
  | 'options'
  | 'key'
  | 'reachable'
  | 'clock'
  | 'login'
  | 'expiry'
  | 'role'
  | 'warehouse'
  | 'privileges'
  | 'identifiers'
  | 'json'
  | 'parameters'
  | 'state'
  | 'tables'
  | 'query'
  | 'lastSyncTime'
  | 'columns'
  | 'rows'
  | 'destination';

/**
 * What a step came to. `warning`: a sync can run, but something should be repaired. `skipped`: it depends on a step that
 * failed, or cannot be checked.
 */
export type CheckResult = 'ok' | 'warning' | 'failed' | 'skipped';

/** One step of a diagnosis. */
export interface Check {
  readonly name: CheckName;
  /** What is claimed: `The warehouse can be used`. */
  readonly title: string;
  readonly result: CheckResult;
  /** Why, in a sentence or two. */
  readonly reason: string;
  /** What repairs it: SQL, a shell command, or an option to set. */
  readonly repair?: string | undefined;
}

/** What `diagnose` found. */
export interface Diagnosis {
  /** Whether nothing failed. Warnings and skipped steps are no failures. */
  readonly ok: boolean;
  /** Every step, in order. */
  readonly checks: readonly Check[];
  /** The first step that failed, or else the first with a warning: where to begin. */
  readonly problem: Check | undefined;
  /** All of it as text for a terminal. */
  readonly toString: () => string;
}

const MARKS: Readonly<Record<CheckResult, string>> = {
  ok: 'ok     ',
  warning: 'warning',
  failed: 'FAILED ',
  skipped: '-      ',
};

/** A diagnosis as text for a terminal. */
export function diagnosisText({ checks, problem, ok }: Omit<Diagnosis, 'toString'>): string {
  const lines = checks.flatMap(({ result, title, reason, repair }) => [
    `${MARKS[result]}  ${title}: ${shownLine(reason)}`,
    ...(repair === undefined ? [] : repair.split('\n').map((line) => `           ${shownLine(line)}`)),
  ]);
  const end = problem === undefined ? 'Nothing to repair.' : `${ok ? 'Look at' : 'Repair'} first: ${problem.title}.`;
  return `${lines.join('\n')}\n${end}\n`;
}
