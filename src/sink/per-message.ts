import { AsyncCodeError } from '../errors/async-code-error.js';
import { hiddenTextOf, isSnowmeltError, SinkError, SnowmeltError } from '../errors/errors.js';
import { isPromiseLike } from '../async/is-promise-like.js';
import type { Rejection } from './sink.js';

/** Why a message is rejected, wherever it stands in a batch. */
export type WhyRejected = Omit<Rejection, 'index'>;

/** Code of the host stumbled over one message: that message is rejected, the others are delivered. */
class MessageFault extends SnowmeltError {
  constructor(reason: string, cause?: unknown) {
    super('CALLBACK_FAILED', reason, { hint: 'Repair that code, then replay the dead letter.', cause });
  }
}

/**
 * Calls code of the host for one message.
 *
 * @param what names the code in errors, as in "the filter of the sink "x""
 * @throws SnowmeltError to be judged by {@link hostRejection}; AsyncCodeError when the code returns a promise
 */
export function perMessage<T>(what: string, call: () => T): T {
  let value: T;
  try {
    value = call();
  } catch (error) {
    // A SinkError says itself what to do about it.
    if (isSnowmeltError(error)) throw error;
    const kind = error instanceof Error ? error.name : `a ${typeof error}`;
    throw new MessageFault(`${what} threw ${kind}`, error);
  }
  if (!isPromiseLike(value)) return value;
  // Nobody else looks after it, and one that rejects would end the process.
  value.then(undefined, () => undefined);
  throw new AsyncCodeError(what, 'It is called for each message and not waited for: look things up before the run.');
}

/**
 * The same for code that makes a text.
 *
 * @throws SnowmeltError as {@link perMessage}; also for what is no text
 */
export function textPerMessage(what: string, call: () => string): string {
  // JSON.stringify gives undefined for what JSON does not know, against its type.
  const text: unknown = perMessage(what, call);
  if (typeof text === 'string') return text;
  throw new MessageFault(
    `${what} gave ${text === null ? 'null' : `a value of type ${typeof text}`} in place of a text`,
  );
}

/**
 * Why one message is rejected, from what {@link perMessage} threw for it.
 *
 * @throws what it was given when that is not about one message: a SinkError, a mistake in the code
 */
export function hostRejection(error: unknown): WhyRejected {
  if (!isSnowmeltError(error) || error instanceof SinkError || error instanceof AsyncCodeError) throw error;
  const { code, message: reason } = error;
  return { code, reason, detail: hiddenTextOf(error) };
}

/** What code of the host made of the messages of a batch. */
export interface PerMessage<T> {
  /** Places of the messages that it could deal with. */
  readonly places: readonly number[];
  /** What it made of those, in their order. */
  readonly values: readonly T[];
  readonly rejected: readonly Rejection[];
}

/**
 * Calls code of the host for each message of a batch, by {@link perMessage} or {@link textPerMessage}.
 *
 * @throws SinkError, AsyncCodeError
 */
export function eachMessage<M, T>(batch: readonly M[], call: (message: M) => T): PerMessage<T> {
  const places: number[] = [];
  const values: T[] = [];
  const rejected: Rejection[] = [];
  for (const [index, message] of batch.entries()) {
    try {
      values.push(call(message));
      places.push(index);
    } catch (error) {
      rejected.push({ index, ...hostRejection(error) });
    }
  }
  return { places, values, rejected };
}
