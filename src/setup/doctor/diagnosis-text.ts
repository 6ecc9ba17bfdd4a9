import type { CheckResult, Diagnosis } from './diagnosis.js';

const MARKS: Readonly<Record<CheckResult, string>> = {
  ok: 'ok     ',
  warning: 'warning',
  failed: 'FAILED ',
  skipped: '-      ',
};

/** A diagnosis as text for a terminal. */
export function diagnosisText({ checks, problem, ok }: Omit<Diagnosis, 'toString'>): string {
  const lines = checks.flatMap(({ result, title, reason, repair }) => [
    `${MARKS[result]}  ${title}: ${reason}`,
    ...(repair === undefined ? [] : repair.split('\n').map((line) => `           ${line}`)),
  ]);
  const end = problem === undefined ? 'Nothing to repair.' : `${ok ? 'Look at' : 'Repair'} first: ${problem.title}.`;
  return `${lines.join('\n')}\n${end}\n`;
}
