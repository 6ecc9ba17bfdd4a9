import { isSame16 } from '../segment/compare-keys.js';
import type { WalkRow } from './verdict.js';

/** How many rows of a key with different messages are named. */
const NAMED_ROWS = 5;

const NONE: readonly number[] = [];

/** Neighbouring rows of one key. What becomes of them is known only when the key after them, or another message, is seen. */
export class RowGroup {
  /** The first row; it stands for all while their messages are equal. */
  readonly first: WalkRow;
  readonly key: Uint8Array;
  /** The first rows whose messages are different, when there are any: then all rows of the key are rejected. */
  conflict: readonly number[] | undefined;
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
    if (isSame16(hash, 0, this.first.hash, 0)) {
      // Most keys have one row.
      (this.#followers ??= []).push(row);
      return NONE;
    }
    const known = [this.first.row, ...this.followers];
    this.conflict = [...known.slice(0, NAMED_ROWS - 1), row];
    this.#followers = undefined;
    known.push(row);
    return known;
  }
}
