import { NO_COUNTS } from '../../state/settled-ranges.js';
import type { RunCounts } from '../../state/sync-state.js';

const DELIVERED = 0;
const REJECTED = 1;
const SKIPPED = 2;

/** What became of a row. */
export type RowOutcome = 'delivered' | 'rejected' | 'skipped';
const OUTCOMES = ['delivered', 'rejected', 'skipped'] as const;

/** What a sync with `changes` knows of a row: that its key is new, or that it is another than before. */
export type RowChange = 'added' | 'changed';

type Values = readonly unknown[];
/** Told of a row that joined the settled prefix. */
export type OnRow = (row: number, outcome: RowOutcome, acceptedMessages: number) => void;

/**
 * Which rows are settled. Rows are opened in order and settled in any order; what counts is the longest settled prefix.
 * A ring of the rows between the first unsettled one and the next one to read, so that its size is the bound of rows in
 * flight and each row costs O(1) amortised. Unchanged rows take no place in it: they go with the row before them.
 */
export class Settlement {
  readonly #maxRows: number;
  readonly #mask: number;
  readonly #rows: Float64Array;
  readonly #unsettled: Int32Array;
  readonly #accepted: Int32Array;
  readonly #outcome: Uint8Array;
  readonly #change: (RowChange | undefined)[];
  // Unchanged rows behind each row, and the values of the last of them, or of the row itself.
  readonly #after: Float64Array;
  readonly #values: (Values | undefined)[];
  // Counts of places taken and freed in the ring since the beginning.
  #first = 0;
  #end = 0;
  #below: number;
  #next: number;
  #lastValues: Values | undefined;
  readonly #settled: RunCounts;
  readonly #seen: RunCounts;
  readonly #onRow: OnRow | undefined;

  /** `onRow` is told of the rows that joined the settled prefix, in their order, but not of unchanged ones. */
  constructor(firstRow: number, maxRows: number, counts: RunCounts = NO_COUNTS, onRow?: OnRow) {
    const size = 2 ** Math.ceil(Math.log2(maxRows));
    this.#maxRows = maxRows;
    this.#mask = size - 1;
    this.#rows = new Float64Array(size);
    this.#unsettled = new Int32Array(size);
    this.#accepted = new Int32Array(size);
    this.#outcome = new Uint8Array(size);
    this.#change = new Array<RowChange | undefined>(size);
    this.#after = new Float64Array(size);
    this.#values = new Array<Values | undefined>(size);
    this.#below = firstRow;
    this.#next = firstRow;
    this.#settled = { ...counts };
    this.#seen = { ...counts };
    this.#onRow = onRow;
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
    return this.#end - this.#first < this.#maxRows;
  }

  /** Counts of the rows below {@link below}. */
  get settled(): RunCounts {
    return { ...this.#settled };
  }

  /** Counts of all rows so far, in any order. */
  get seen(): RunCounts {
    return { ...this.#seen };
  }

  /** Values of the last row below {@link below}; `undefined` while no row is. */
  get lastValues(): Values | undefined {
    return this.#lastValues;
  }

  /** Opens the next row with so many messages to settle; a row without any is skipped. */
  open(messages: number, values: Values, change?: RowChange): void {
    const row = this.#next;
    const slot = this.#end & this.#mask;
    this.#next += 1;
    this.#end += 1;
    this.#seen.read += 1;
    if (change !== undefined) addOne(this.#seen, change);
    this.#rows[slot] = row;
    this.#unsettled[slot] = messages;
    this.#accepted[slot] = 0;
    this.#after[slot] = 0;
    this.#values[slot] = values;
    this.#change[slot] = change;
    if (messages > 0) {
      this.#outcome[slot] = DELIVERED;
      return;
    }
    this.#outcome[slot] = SKIPPED;
    this.#seen.skipped += 1;
    if (row === this.#below) this.#advance();
  }

  /** The next row is as it was: nothing of it has to be settled. */
  pass(values: Values): void {
    this.#next += 1;
    this.#seen.read += 1;
    addOne(this.#seen, 'unchanged');
    if (this.#first < this.#end) {
      const slot = (this.#end - 1) & this.#mask;
      this.#after[slot] = (this.#after[slot] ?? 0) + 1;
      this.#values[slot] = values;
      return;
    }
    this.#below += 1;
    this.#settled.read += 1;
    addOne(this.#settled, 'unchanged');
    this.#lastValues = values;
  }

  /** One message of the row was accepted. */
  accept(row: number): void {
    const slot = this.#slotOf(row);
    this.#accepted[slot] = (this.#accepted[slot] ?? 0) + 1;
    this.#seen.messages += 1;
    this.#settleOne(row, slot);
  }

  /** Notes that the row has a rejected message; says whether it is the first. The message is settled by {@link reject}. */
  markRejected(row: number): boolean {
    const slot = this.#slotOf(row);
    const first = this.#outcome[slot] !== REJECTED;
    this.#outcome[slot] = REJECTED;
    return first;
  }

  /** One rejected message of the row is kept in the dead letter. */
  reject(row: number): void {
    this.#settleOne(row, this.#slotOf(row));
  }

  /** The place of a row: right where it would be without unchanged rows, or before that. */
  #slotOf(row: number): number {
    const first = this.#first;
    let high = Math.min(first + (row - (this.#rows[first & this.#mask] ?? 0)), this.#end - 1);
    if (this.#rows[high & this.#mask] === row) return high & this.#mask;
    let low = first;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#rows[middle & this.#mask] ?? 0) < row) low = middle + 1;
      else high = middle;
    }
    return low & this.#mask;
  }

  #settleOne(row: number, slot: number): void {
    const left = (this.#unsettled[slot] ?? 0) - 1;
    this.#unsettled[slot] = left;
    if (left > 0) return;
    if (this.#outcome[slot] === REJECTED) this.#seen.rejected += 1;
    else this.#seen.delivered += 1;
    if (row === this.#below) this.#advance();
  }

  #advance(): void {
    const counts = this.#settled;
    while (this.#first < this.#end) {
      const slot = this.#first & this.#mask;
      if (this.#unsettled[slot] !== 0) return;
      const after = this.#after[slot] ?? 0;
      const outcome = OUTCOMES[this.#outcome[slot] ?? DELIVERED] ?? 'delivered';
      const change = this.#change[slot];
      counts.read += 1 + after;
      counts.messages += this.#accepted[slot] ?? 0;
      counts[outcome] += 1;
      if (after > 0) counts.unchanged = (counts.unchanged ?? 0) + after;
      if (change !== undefined) addOne(counts, change);
      this.#onRow?.(this.#rows[slot] ?? 0, outcome, this.#accepted[slot] ?? 0);
      this.#below += 1 + after;
      this.#lastValues = this.#values[slot];
      this.#values[slot] = undefined;
      this.#first += 1;
    }
  }
}

function addOne(counts: RunCounts, what: RowChange | 'unchanged'): void {
  counts[what] = (counts[what] ?? 0) + 1;
}
