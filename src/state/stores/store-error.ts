import { codeOf } from '../../errors/code-of.js';
import { StateConflictError, StateError, isSnowmeltError, type ErrorCode } from '../../errors/errors.js';

/** The conflict of a compare-and-set, the same from every store. */
export function stateConflict(key: string, expected: number | undefined): StateConflictError {
  return new StateConflictError(`The state of "${key}" is no longer at version ${expected ?? 'none'}.`);
}

/** What a store knows of its client's errors. */
export interface StoreErrors {
  /** Names the store in messages. */
  readonly store: string;
  /** What its failure is called. @default "STATE_UNAVAILABLE" */
  readonly code?: ErrorCode | undefined;
  /** What to check by the reason; the reason is the client's code, else the name of its error. */
  readonly hint: (reason: string) => string;
  /** Whether another try cannot help: a refused password, a missing right. */
  readonly isFinal: (reason: string) => boolean;
  /** A better reason than the code or the name, from the error itself. */
  readonly reasonOf?: ((error: unknown) => string | undefined) | undefined;
}

/**
 * Runs a call of a client library; its error becomes one of ours with the library's code. Its text stays out of
 * the message, because it may hold a connection string.
 */
export async function storeCall<T>(about: StoreErrors, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isSnowmeltError(error)) throw error;
    const { store, code = 'STATE_UNAVAILABLE', hint, isFinal, reasonOf } = about;
    const reason = reasonOf?.(error) ?? codeOf(error) ?? (error instanceof Error ? error.name : typeof error);
    throw new StateError(code, `${store} could not be read or written (${reason}).`, {
      hint: hint(reason),
      retryable: !isFinal(reason),
      cause: error,
      details: { reason },
    });
  }
}
