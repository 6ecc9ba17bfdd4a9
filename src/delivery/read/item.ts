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
