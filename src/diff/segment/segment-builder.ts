import { copy16, HASH_BYTES, hexOf16, KEY_BYTES } from './compare-keys.js';
import { isRemovable } from './flags.js';
import { SEGMENT_HEAD_BYTES } from './segment.js';
import { sealObject } from './stored-object.js';

/** Bytes of an entry without a key text. */
const ENTRY_BYTES = KEY_BYTES + HASH_BYTES + 1;

/** What is known of a segment without reading it, but its name. */
export interface SegmentFacts {
  readonly count: number;
  readonly bytes: number;
  readonly first: string;
  readonly last: string;
  readonly removable: number;
}

/** Collects entries in the order of their keys, column by column, and makes a segment of them. */
export class SegmentBuilder {
  #keys = new Uint8Array(64 * KEY_BYTES);
  #hashes = new Uint8Array(64 * HASH_BYTES);
  #flags = new Uint8Array(64);
  #textEnds = new Uint32Array(64);
  #texts = new Uint8Array(0);
  #textBytes = 0;
  #count = 0;
  #removable = 0;

  /** How many entries it holds. */
  get count(): number {
    return this.#count;
  }

  /** About how many bytes the segment has, were it made now. */
  get bytes(): number {
    return this.#count * (this.#textBytes > 0 ? ENTRY_BYTES + 4 : ENTRY_BYTES) + this.#textBytes;
  }

  /** Adds an entry whose key stands behind all others. Key and hash begin at their offsets; all is copied. */
  add(
    keys: Uint8Array,
    keyAt: number,
    hashes: Uint8Array,
    hashAt: number,
    flags: number,
    text: Uint8Array | undefined,
  ): void {
    if (this.#count === this.#flags.length) this.#grow();
    const at = this.#count;
    copy16(keys, keyAt, this.#keys, at * KEY_BYTES);
    copy16(hashes, hashAt, this.#hashes, at * HASH_BYTES);
    this.#flags[at] = flags;
    if (text !== undefined) this.#addText(text);
    this.#textEnds[at] = this.#textBytes;
    if (isRemovable(flags)) this.#removable += 1;
    this.#count = at + 1;
  }

  /** The segment of all that was added, under this name, and what to know of it. */
  build(name: string): { readonly sealed: Uint8Array; readonly facts: SegmentFacts } {
    const count = this.#count;
    const head = new Uint8Array(SEGMENT_HEAD_BYTES);
    const view = new DataView(head.buffer);
    view.setUint32(0, count, true);
    view.setUint8(4, this.#textBytes > 0 ? 1 : 0);
    const sealed = sealObject('segment', name, [
      head,
      this.#keys.subarray(0, count * KEY_BYTES),
      this.#hashes.subarray(0, count * HASH_BYTES),
      this.#flags.subarray(0, count),
      ...(this.#textBytes > 0 ? [this.#textOffsets(), this.#texts.subarray(0, this.#textBytes)] : []),
    ]);
    const facts = {
      count,
      bytes: sealed.length,
      first: hexOf16(this.#keys, 0),
      last: hexOf16(this.#keys, (count - 1) * KEY_BYTES),
      removable: this.#removable,
    };
    return { sealed, facts };
  }

  /** Empties it for the next segment. */
  clear(): void {
    this.#textBytes = 0;
    this.#count = 0;
    this.#removable = 0;
  }

  #textOffsets(): Uint8Array {
    const offsets = new Uint8Array(4 * (this.#count + 1));
    const view = new DataView(offsets.buffer);
    for (let index = 0; index < this.#count; index++) {
      view.setUint32(4 * (index + 1), this.#textEnds[index] as number, true);
    }
    return offsets;
  }

  #addText(text: Uint8Array): void {
    const end = this.#textBytes + text.length;
    if (end > this.#texts.length) {
      const wider = new Uint8Array(Math.max(1024, end * 2));
      wider.set(this.#texts.subarray(0, this.#textBytes));
      this.#texts = wider;
    }
    this.#texts.set(text, this.#textBytes);
    this.#textBytes = end;
  }

  #grow(): void {
    const capacity = this.#flags.length * 2;
    const grown = (column: Uint8Array, width: number): Uint8Array<ArrayBuffer> => {
      const wider = new Uint8Array(capacity * width);
      wider.set(column);
      return wider;
    };
    this.#keys = grown(this.#keys, KEY_BYTES);
    this.#hashes = grown(this.#hashes, HASH_BYTES);
    this.#flags = grown(this.#flags, 1);
    const ends = new Uint32Array(capacity);
    ends.set(this.#textEnds);
    this.#textEnds = ends;
  }
}
