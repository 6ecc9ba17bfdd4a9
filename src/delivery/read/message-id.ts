import { isCall } from '../../sink/wire-message.js';
import type { Message } from '../../mapping/message.js';

/** Run ids fit into message ids of 64 characters with the largest row number and a message number. */
export const RUN_ID = /^[A-Za-z0-9._-]{1,40}$/;

/**
 * Gives a call without a message id one made of run id and row number, so that a resumed run repeats it. Messages
 * that are no calls are left as they are. The mapper's object is copied: it may be one object for many rows.
 */
export function withMessageId<M>(message: M, runId: string, row: number, index: number): M {
  if (!isCall(message) || (message as Message).messageId !== undefined) return message;
  return { ...message, messageId: runMessageId(runId, row, index) };
}

/** The id of a message whose mapping gives none. */
export function runMessageId(runId: string, row: number, index: number): string {
  return index === 0 ? `${runId}-${row}` : `${runId}-${row}-${index}`;
}
