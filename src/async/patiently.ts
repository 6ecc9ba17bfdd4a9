import pRetry from 'p-retry';
import { orAborted } from './or-aborted.js';

/** How long what fails is tried again. */
export interface Patience {
  /** One call that takes longer counts as failed, milliseconds. */
  readonly callMs: number;
  /** All tries together, milliseconds. */
  readonly totalMs: number;
}

/** What {@link patiently} needs besides the work. */
export interface PatientOptions {
  readonly patience: Patience;
  /** Ends everything at once. */
  readonly signal?: AbortSignal | undefined;
  /** The error of a call that takes too long. */
  readonly late: (ms: number) => Error;
  /** Whether the same try would meet the error again. */
  readonly isFinal: (error: unknown) => boolean;
  /** Told of every failed try. */
  readonly onFailure?: ((error: Error, attempt: number) => void) | undefined;
}

/**
 * Calls until a call succeeds, with growing waits. Only for what may be done twice: a call that failed or was late may
 * have done its work all the same.
 *
 * @throws the reason of the signal, the first final error, or the last of the others
 */
export async function patiently<T>(call: (signal: AbortSignal) => Promise<T>, options: PatientOptions): Promise<T> {
  const { patience, signal, late, isFinal, onFailure } = options;
  const ended = new AbortController();
  const stop = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
  let last: unknown;
  const timer = setTimeout(() => ended.abort(last), patience.totalMs);
  try {
    return await pRetry(() => within(patience.callMs, stop, late, call), {
      retries: 1_000,
      minTimeout: 50,
      maxTimeout: 2_000,
      randomize: true,
      signal: stop,
      shouldRetry: ({ error }) => !isFinal(error),
      onFailedAttempt: ({ error, attemptNumber }) => {
        last = error;
        onFailure?.(error, attemptNumber);
      },
    });
  } catch (error) {
    if (isFinal(error) || (signal?.aborted === true && error === signal.reason)) throw error;
    throw last ?? error;
  } finally {
    clearTimeout(timer);
  }
}

async function within<T>(
  ms: number,
  signal: AbortSignal,
  late: (ms: number) => Error,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const tooLate = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = late(ms);
      reject(error);
      tooLate.abort(error);
    }, ms);
  });
  try {
    return await orAborted(Promise.race([call(AbortSignal.any([signal, tooLate.signal])), timeout]), signal);
  } finally {
    clearTimeout(timer);
  }
}
