import { isSame16 } from '../segment/compare-keys.js';
import type { WalkRow } from './verdict.js';

/** How many rows of a key with different messages are named. */
const NAMED_ROWS = 5;

/** Neighbouring rows of one key. What becomes of them is known only when the key after them, or another message, is seen. */
export class RowGroup {
  /** The first row; it stands for all while their messages are equal. */
  readonly first: WalkRow;
  readonly key: Uint8Array;
  /** The first rows whose messages are different, when there are any: then all rows of the key are rejected. */
  conflict: readonly number[] | undefined;
  #waiting: number[];

  constructor(first: WalkRow, key: Uint8Array) {
    this.first = first;
    this.key = key;
    this.#waiting = [first.row];
  }

  /** Rows behind the first with the same messages. */
  get followers(): readonly number[] {
    return this.#waiting.slice(1);
  }

  /** Takes the next row of the key. @returns the rows that are known to be rejected by it */
  add({ row, hash }: WalkRow): readonly number[] {
    this.#waiting.push(row);
    if (this.conflict === undefined) {
      if (isSame16(hash, 0, this.first.hash, 0)) return [];
      this.conflict = [...this.#waiting.slice(0, -1).slice(0, NAMED_ROWS - 1), row];
    }
    const known = this.#waiting;
    this.#waiting = [];
    return known;
  }
}
