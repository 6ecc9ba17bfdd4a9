/** The destination has accepted a message of this key at some time, and no removal since. */
export const ACCEPTED = 1;
/** The row of the hash was rejected. */
export const REJECTED = 2;
/** The row of the hash has no messages: the mapper left it out. */
export const SKIPPED = 4;
/** The run's result has no row of this key, or one without messages. It means something in the level of that run only. */
export const ABSENT = 8;
/** A tombstone: the removal of this key was accepted, whatever older levels say of it. */
export const GONE = 16;

/**
 * With `REJECTED`: some messages of the row were accepted all the same. Without it: the row, or its removal, may have
 * been sent, and nobody knows what became of it; `ACCEPTED` then tells whether the snapshot had its key as accepted.
 */
export const PARTLY = 32;

/** With `ABSENT`: the result has a row of this key, but the mapper left it out. */
export const LEFT_OUT = 64;

/** Whether a removal of this entry has to be sent: it was accepted once, and the run has not seen it. */
export function isRemovable(flags: number): boolean {
  return (flags & (ACCEPTED | ABSENT)) === (ACCEPTED | ABSENT);
}
