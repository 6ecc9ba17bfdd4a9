import type { SnowmeltError } from '../errors/errors.js';
import { SourceError, isSnowmeltError } from '../errors/errors.js';
import type { ResultSet, RowBatch } from './source.js';
import { orAborted } from '../async/or-aborted.js';

/** What a foreign error of a source becomes: its name only, because its text may hold values or secrets. */
function asSourceError(error: unknown, what: string): SnowmeltError {
  if (isSnowmeltError(error)) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return new SourceError('SOURCE_FAILED', `${what} failed with ${name}.`, {
    retryable: true,
    cause: error,
    hint: 'See `cause`. The next run resumes.',
  });
}

/** Calls a source; ends with the signal even when the source does not. @throws the signal's reason, SnowmeltError */
export async function callSource<T>(what: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  try {
    return await orAborted(call(), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw asSourceError(error, what);
  }
}

/** The rows of a result. @throws the signal's reason, SnowmeltError */
export async function* readRows(
  result: ResultSet,
  signal: AbortSignal | undefined,
): AsyncGenerator<RowBatch, void, undefined> {
  try {
    yield* result.read({ signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw asSourceError(error, 'Reading the rows');
  }
}
