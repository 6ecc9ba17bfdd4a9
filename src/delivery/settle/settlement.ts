import { NO_COUNTS } from '../../state/settled-ranges.js';
import type { RunCounts } from '../../state/sync-state.js';

const DELIVERED = 0;
const REJECTED = 1;
const SKIPPED = 2;

/**
 * Which rows are settled. Rows are opened in order and settled in any order; what counts is the longest settled prefix.
 * A ring over the window between the first unsettled row and the next one to read, so that its size is the bound of
 * rows in flight and each row costs O(1) amortised.
 */
export class Settlement {
  readonly #maxRows: number;
  readonly #mask: number;
  readonly #unsettled: Int32Array;
  readonly #accepted: Int32Array;
  readonly #outcome: Uint8Array;
  #below: number;
  #next: number;
  readonly #settled: RunCounts;
  readonly #seen: RunCounts;

  constructor(firstRow: number, maxRows: number, counts: RunCounts = NO_COUNTS) {
    const size = 2 ** Math.ceil(Math.log2(maxRows));
    this.#maxRows = maxRows;
    this.#mask = size - 1;
    this.#unsettled = new Int32Array(size);
    this.#accepted = new Int32Array(size);
    this.#outcome = new Uint8Array(size);
    this.#below = firstRow;
    this.#next = firstRow;
    this.#settled = { ...counts };
    this.#seen = { ...counts };
  }

  /** Every row below is settled. */
  get below(): number {
    return this.#below;
  }

  /** The row to open next. */
  get next(): number {
    return this.#next;
  }

  /** Whether another row may be opened. */
  get hasRoom(): boolean {
    return this.#next - this.#below < this.#maxRows;
  }

  /** Counts of the rows below {@link below}. */
  get settled(): RunCounts {
    return { ...this.#settled };
  }

  /** Counts of all rows so far, in any order. */
  get seen(): RunCounts {
    return { ...this.#seen };
  }

  /** Opens the next row with so many messages to settle; a row without any is skipped. */
  open(messages: number): void {
    const slot = this.#next & this.#mask;
    this.#next += 1;
    this.#seen.read += 1;
    this.#unsettled[slot] = messages;
    this.#accepted[slot] = 0;
    if (messages > 0) {
      this.#outcome[slot] = DELIVERED;
      return;
    }
    this.#outcome[slot] = SKIPPED;
    this.#seen.skipped += 1;
    if (this.#next - 1 === this.#below) this.#advance();
  }

  /** One message of the row was accepted. */
  accept(row: number): void {
    const slot = row & this.#mask;
    this.#accepted[slot] = (this.#accepted[slot] ?? 0) + 1;
    this.#seen.messages += 1;
    this.#settleOne(row);
  }

  /** Notes that the row has a rejected message; says whether it is the first. The message is settled by {@link reject}. */
  markRejected(row: number): boolean {
    const slot = row & this.#mask;
    const first = this.#outcome[slot] !== REJECTED;
    this.#outcome[slot] = REJECTED;
    return first;
  }

  /** One rejected message of the row is kept in the dead letter. */
  reject(row: number): void {
    this.#settleOne(row);
  }

  #settleOne(row: number): void {
    const slot = row & this.#mask;
    const left = (this.#unsettled[slot] ?? 0) - 1;
    this.#unsettled[slot] = left;
    if (left > 0) return;
    if (this.#outcome[slot] === REJECTED) this.#seen.rejected += 1;
    else this.#seen.delivered += 1;
    if (row === this.#below) this.#advance();
  }

  #advance(): void {
    const counts = this.#settled;
    while (this.#below < this.#next) {
      const slot = this.#below & this.#mask;
      if (this.#unsettled[slot] !== 0) return;
      counts.read += 1;
      counts.messages += this.#accepted[slot] ?? 0;
      const outcome = this.#outcome[slot];
      if (outcome === DELIVERED) counts.delivered += 1;
      else if (outcome === REJECTED) counts.rejected += 1;
      else counts.skipped += 1;
      this.#below += 1;
    }
  }
}
