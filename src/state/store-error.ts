import { codeOf } from '../code-of.js';
import { StateConflictError, StateError, isSnowmeltError } from '../errors.js';

/** The conflict of a compare-and-set, the same from every store. */
export function stateConflict(key: string, expected: number | undefined): StateConflictError {
  return new StateConflictError(`The state of "${key}" is no longer at version ${expected ?? 'none'}.`);
}

/**
 * Runs a call of a client library; its error becomes `STATE_UNAVAILABLE` with the library's code. Its text stays out of
 * the message, because it may hold a connection string.
 */
export async function storeCall<T>(store: string, hint: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isSnowmeltError(error)) throw error;
    const code = codeOf(error);
    const reason = code ?? (error instanceof Error ? error.name : typeof error);
    throw new StateError('STATE_UNAVAILABLE', `${store} could not be read or written (${reason}).`, {
      hint,
      cause: error,
      details: { reason },
    });
  }
}
