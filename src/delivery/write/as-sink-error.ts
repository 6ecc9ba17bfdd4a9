import { isSnowmeltError, SinkError, type SnowmeltError } from '../../errors/errors.js';

/**
 * What a sink threw, as something the engine can decide on. An exception that is not of snowmelt may be passing, so it
 * is tried again within the retry budget.
 */
export function asSinkError(thrown: unknown, sink: string, messages: number): SnowmeltError {
  if (isSnowmeltError(thrown)) return thrown;
  const what = thrown instanceof Error ? `an error of type ${thrown.name}` : `a ${typeof thrown} instead of an Error`;
  // The text of a foreign error may quote what was written, so it stays in `cause`.
  return new SinkError('SINK_FAILED', `The sink "${sink}" threw ${what} while it wrote ${messages} messages.`, {
    retryable: true,
    hint: 'Throw a SinkError that says whether trying again can help.',
    cause: thrown instanceof Error ? thrown : undefined,
  });
}

/** Whether an error is a sink's own, whichever build of the package made it. */
export function isSinkError(error: SnowmeltError): error is SinkError {
  return 'retryable' in error && 'splittable' in error;
}
