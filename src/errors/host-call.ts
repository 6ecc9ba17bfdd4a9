import { isSnowmeltError, SnowmeltError } from './errors.js';

/** What code of the host threw, as an error of ours: its name only, because its text may hold values or secrets. */
export function asHostError(thrown: unknown, what = 'A callback passed to the delivery'): SnowmeltError {
  if (isSnowmeltError(thrown)) return thrown;
  const name = thrown instanceof Error ? `an error of type ${thrown.name}` : `a ${typeof thrown}`;
  return new SnowmeltError('HOOK_FAILED', `${what} threw ${name}.`, {
    hint: 'See the cause. What is settled stays settled; run again to resume.',
    cause: thrown,
  });
}

/** Calls code of the host. @throws SnowmeltError: its own, or `HOOK_FAILED` that names the part */
export function callHost<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw asHostError(error, what);
  }
}
