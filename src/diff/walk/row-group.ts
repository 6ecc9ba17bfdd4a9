import { isSame16 } from '../segment/compare-keys.js';
import type { WalkRow } from './verdict.js';

/** How many rows of a key with different messages are named. */
const NAMED_ROWS = 5;

/** How many rows of one key may wait for the key after them. A key that has more is rejected, also when all are equal. */
export const MAX_ROWS_OF_KEY = 10_000;

const NONE: readonly number[] = [];

/** Neighbouring rows of one key. What becomes of them is known only when the key after them, or another message, is seen. */
export class RowGroup {
  /** The first row; it stands for all while their messages are equal. */
  readonly first: WalkRow;
  readonly key: Uint8Array;
  /** Names rows of the key when all of them are rejected: their messages are different, or they are too many. */
  conflict: readonly number[] | undefined;
  /** Whether they are rejected for their number. */
  isTooMany = false;
  #followers: number[] | undefined;

  constructor(first: WalkRow, key: Uint8Array) {
    this.first = first;
    this.key = key;
  }

  /** Rows behind the first with the same messages. */
  get followers(): readonly number[] {
    return this.#followers ?? NONE;
  }

  /** Takes the next row of the key. @returns the rows that are known to be rejected by it */
  add({ row, hash }: WalkRow): readonly number[] {
    if (this.conflict !== undefined) return [row];
    const isSame = isSame16(hash, 0, this.first.hash, 0);
    if (isSame && this.followers.length + 1 < MAX_ROWS_OF_KEY) {
      // Most keys have one row.
      (this.#followers ??= []).push(row);
      return NONE;
    }
    this.isTooMany = isSame;
    const known = [this.first.row, ...this.followers];
    this.conflict = [...known.slice(0, NAMED_ROWS - 1), row];
    this.#followers = undefined;
    known.push(row);
    return known;
  }
}
