import type { LaneKey } from '../../mapping/row-mapper.js';
import { textAt, type JsonPlace } from './json-store.js';

/** A message on its way through the engine. */
export interface Item<M> {
  /** Zero-based row number it was made from. */
  readonly row: number;
  /** Missing when only its text was made: see `messageOf`. */
  readonly message: M | undefined;
  /** Its text on the wire, when the sink's limits made it necessary to measure it. */
  readonly text: string | undefined;
  /** Where its text stands instead, when it was made straight from the row. */
  readonly json?: JsonPlace | undefined;
  /** UTF-8 bytes of the text, 0 without one. */
  readonly bytes: number;
  readonly keys: LaneKey;
}

/** The message of an item, read back from its text when only that was made. */
export function messageOf<M>({ message, json }: Item<M>): M {
  return json === undefined ? (message as M) : (JSON.parse(textAt(json)) as M);
}

/** More than the last member of a text takes when that is the message id, which has at most 64 characters. */
const TAIL_BYTES = 90;
const LAST_MEMBER = /,"messageId":"([A-Za-z0-9._-]{1,64})"}$/;

/** The id of an item's message, if it has one. */
export function messageIdOf<M>(item: Item<M>): string | undefined {
  const { json } = item;
  if (json !== undefined) {
    // Mappers write it last: then the text need not be parsed.
    const tail = json.page.toString('latin1', Math.max(json.start, json.end - TAIL_BYTES), json.end);
    const id = LAST_MEMBER.exec(tail)?.[1];
    if (id !== undefined) return id;
  }
  return idIn(messageOf(item));
}

/** The message id that a message says of itself. */
export function idIn(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const id: unknown = Reflect.get(message, 'messageId');
  return typeof id === 'string' ? id : undefined;
}

/** A row, or a message of it, that is rejected. */
export interface RejectedRow<M> {
  readonly row: number;
  readonly code: string;
  /** Safe to show anywhere. */
  readonly reason: string;
  /** Goes to the dead letter in place of `reason` where it may quote the row. */
  readonly detail?: string | undefined;
  /** What to do about it, in a sentence. */
  readonly hint?: string | undefined;
  /** Missing when the row could not be mapped. */
  readonly sink?: string | undefined;
  readonly message?: M | undefined;
  /** The row itself, when there is no message. */
  readonly values?: readonly unknown[] | undefined;
}
