import { copy16, HASH_BYTES, hexOf16, KEY_BYTES } from '../segment/compare-keys.js';
import type { SegmentWriter } from './segment-writer.js';

/** An entry as it is recorded; key and hash begin at their offsets and are copied, as the text is. */
export interface RecordedEntry {
  /** The row it belongs to, or in front of which its key stands. */
  readonly row: number;
  readonly keys: Uint8Array;
  readonly keyAt: number;
  readonly hashes: Uint8Array;
  readonly hashAt: number;
  readonly flags: number;
  readonly text: Uint8Array | undefined;
  /** Its key text for as long as it is on its way, where it is to be kept no longer. @default `text` */
  readonly textToSend?: Uint8Array | undefined;
  /** Whether the snapshot has its key as accepted. */
  readonly wasAccepted: boolean;
  /** Whether what becomes of it is still to be told by `settle()`. */
  readonly isOpen: boolean;
}

const CAPACITY = 256;

const OPEN = 1;
const WAS_ACCEPTED = 2;
const DROPPED = 4;

/** Entries that wait for a checkpoint, in columns: a quarter of a million of them may be on their way. */
export class PendingChunk {
  /** The row of the first entry it ever had. */
  readonly firstRow: number;
  readonly #rows = new Float64Array(CAPACITY);
  readonly #keys = new Uint8Array(CAPACITY * KEY_BYTES);
  readonly #hashes = new Uint8Array(CAPACITY * HASH_BYTES);
  readonly #flags = new Uint8Array(CAPACITY);
  readonly #marks = new Uint8Array(CAPACITY);
  /** Key texts, one behind the other, and where each ends. */
  #texts = new Uint8Array(0);
  readonly #textEnds = new Uint32Array(CAPACITY + 1);
  /** Entries before this one are written. */
  start = 0;
  /** Where the entries end. */
  count = 0;

  constructor(firstRow: number) {
    this.firstRow = firstRow;
  }

  /** Whether there is room for no other. */
  get isFull(): boolean {
    return this.count === CAPACITY;
  }

  /** Takes an entry, copied: a view would hold its whole segment. */
  add({ row, keys, keyAt, hashes, hashAt, flags, text, wasAccepted, isOpen }: RecordedEntry): void {
    const at = this.count;
    this.#rows[at] = row;
    copy16(keys, keyAt, this.#keys, at * KEY_BYTES);
    copy16(hashes, hashAt, this.#hashes, at * HASH_BYTES);
    this.#flags[at] = flags;
    this.#marks[at] = (wasAccepted ? WAS_ACCEPTED : 0) | (isOpen ? OPEN : 0);
    this.#textEnds[at + 1] = this.#textEnds[at] as number;
    if (text !== undefined) this.#addText(at, text);
    this.count = at + 1;
  }

  /** Tells what became of the row's own entry, which is the last with its number. */
  settle(row: number, flagsOf: (wasAccepted: boolean) => number | undefined): void {
    const index = this.endBelow(row + 1) - 1;
    if (index < this.start || this.#rows[index] !== row || !this.isOpen(index)) return;
    const flags = flagsOf(this.wasAccepted(index));
    const mark = this.#marks[index] as number;
    this.#marks[index] = (mark & ~OPEN) | (flags === undefined ? DROPPED : 0);
    this.#flags[index] = flags ?? 0;
  }

  /** Where the entries of rows below `row` end. */
  endBelow(row: number): number {
    let [low, high] = [this.start, this.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle] as number) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether it is not known yet what became of an entry. */
  isOpen(index: number): boolean {
    return ((this.#marks[index] as number) & OPEN) !== 0;
  }

  /** Whether an entry is not to be written. */
  isDropped(index: number): boolean {
    return ((this.#marks[index] as number) & DROPPED) !== 0;
  }

  /** Whether the snapshot has the key of an entry as accepted. */
  wasAccepted(index: number): boolean {
    return ((this.#marks[index] as number) & WAS_ACCEPTED) !== 0;
  }

  /** The key of an entry, in hexadecimal digits. */
  keyOf(index: number): string {
    return hexOf16(this.#keys, index * KEY_BYTES);
  }

  /** The flags of an entry. */
  flagsOf(index: number): number {
    return this.#flags[index] as number;
  }

  /** Hands an entry to a writer. */
  writeTo(writer: SegmentWriter, index: number): void {
    const [from, to] = [this.#textEnds[index] as number, this.#textEnds[index + 1] as number];
    const text = from === to ? undefined : this.#texts.subarray(from, to);
    writer.add(this.#keys, index * KEY_BYTES, this.#hashes, index * HASH_BYTES, this.flagsOf(index), text);
  }

  #addText(at: number, text: Uint8Array): void {
    const from = this.#textEnds[at] as number;
    const to = from + text.length;
    if (to > this.#texts.length) {
      const wider = new Uint8Array(to * 2);
      wider.set(this.#texts.subarray(0, from));
      this.#texts = wider;
    }
    this.#texts.set(text, from);
    this.#textEnds[at + 1] = to;
  }
}
