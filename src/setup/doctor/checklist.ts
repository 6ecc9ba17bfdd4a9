import { isSnowmeltError, type SnowmeltError } from '../../errors/errors.js';
import { type Check, type CheckName, type CheckResult, type Diagnosis, diagnosisText } from './diagnosis.js';

/** What each step claims; the steps in their order. */
const checkTitles: Readonly<Record<CheckName, string>> = {
  options: 'The options are valid',
  key: 'The key or token can be read',
  reachable: 'Snowflake can be reached',
  clock: "This machine's clock is right",
  login: 'Snowflake takes the key or token',
  expiry: 'The key or token is good for two weeks',
  role: 'The role can be used',
  warehouse: 'The warehouse can be used',
  privileges: 'The role may read, and nothing else',
  identifiers: 'Quoted names keep their case',
  json: 'VARIANT values are strict JSON',
  parameters: 'No parameter changes what queries return',
  state: 'The state can be read',
  tables: 'The tables can be selected from',
  query: 'The query compiles',
  lastSyncTime: 'The query asks for changes only',
  columns: 'The columns fit the mapper',
  rows: 'The first rows can be mapped',
  destination: 'The destination takes the key',
};
const NAMES = Object.keys(checkTitles) as CheckName[];

/** An error as one of ours; of a foreign one only its name, because its text may hold secrets. */
export function asKnownError(error: unknown): Pick<SnowmeltError, 'message' | 'hint' | 'details'> & { code: string } {
  if (isSnowmeltError(error)) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return { code: 'UNKNOWN', message: `It failed with ${name}.`, hint: undefined, details: {} };
}

/** Results of the steps so far; a step can be judged anew when a later one shows more. */
export class Checklist {
  readonly #results = new Map<CheckName, Omit<Check, 'name' | 'title'>>();

  ok(name: CheckName, reason: string): void {
    this.set(name, 'ok', reason);
  }

  warn(name: CheckName, reason: string, repair: string | undefined): void {
    this.set(name, 'warning', reason, repair);
  }

  fail(name: CheckName, reason: string, repair: string | undefined): void {
    this.set(name, 'failed', reason, repair);
  }

  failWith(name: CheckName, error: unknown): void {
    const { message, hint } = asKnownError(error);
    this.set(name, 'failed', message, hint);
  }

  skip(name: CheckName, reason: string): void {
    this.set(name, 'skipped', reason);
  }

  set(name: CheckName, result: CheckResult, reason: string, repair?: string): void {
    this.#results.set(name, { result, reason, repair });
  }

  /** Whether none of these steps failed or could not be made. */
  passed(...names: CheckName[]): boolean {
    return names.every((name) => ['ok', 'warning'].includes(this.#results.get(name)?.result ?? ''));
  }

  /** Steps without a result depend on one that failed. */
  finish(): Diagnosis {
    const failed = NAMES.find((name) => this.#results.get(name)?.result === 'failed');
    const checks = NAMES.map((name): Check => {
      const result = this.#results.get(name);
      const title = checkTitles[name];
      if (result !== undefined) return { name, title, ...result };
      const reason = failed === undefined ? 'Not checked.' : `Not checked: "${checkTitles[failed]}" failed.`;
      return { name, title, result: 'skipped', reason };
    });
    const problem =
      checks.find(({ result }) => result === 'failed') ?? checks.find(({ result }) => result === 'warning');
    const report = { ok: failed === undefined, checks, problem };
    return { ...report, toString: () => diagnosisText(report) };
  }
}
