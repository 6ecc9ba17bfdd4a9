import { isCall } from './wire-message.js';
import type { Message } from '../mapping/message.js';
import type { Rejection } from './sink.js';

/** Why a destination would refuse a message, or the whole batch because of it. */
export type Rejects = (message: Message) => Omit<Rejection, 'index'> | undefined;

const notACall = { code: 'CALL_UNKNOWN', reason: 'its `type` is none of the six calls' };

/**
 * What an API of the six calls would refuse, or take and ignore: it is not even sent.
 *
 * @param refused messages that are known to be refused
 */
export function rejectedUnsent(
  batch: readonly Message[],
  refused: readonly Rejection[],
  refuses?: Rejects,
): readonly Rejection[] {
  const known = new Map(refused.map((entry) => [entry.index, entry]));
  return batch.flatMap((message, index) => {
    const before = known.get(index);
    if (before !== undefined) return [before];
    const why = isCall(message) ? refuses?.(message) : notACall;
    return why === undefined ? [] : [{ index, ...why }];
  });
}
