import type { SnapshotCursor } from '../merge/snapshot-cursor.js';
import { SegmentBuilder } from '../segment/segment-builder.js';
import { newName, SEGMENT_BYTES, type SnapshotPlace } from '../snapshot/place.js';
import type { SegmentRef } from '../../state/snapshot-refs.js';

/** Writes entries that come in the order of their keys as segments of a bounded size. */
export class SegmentWriter {
  readonly #place: SnapshotPlace;
  readonly #builder = new SegmentBuilder();
  readonly #limit: number;
  #written: SegmentRef[] = [];

  constructor(place: SnapshotPlace) {
    this.#place = place;
    this.#limit = place.segmentBytes ?? SEGMENT_BYTES;
  }

  /** Bytes that are not written yet. */
  get openBytes(): number {
    return this.#builder.bytes;
  }

  /** Whether {@link flush} is due: nothing is to be added before. */
  get isFull(): boolean {
    return this.#builder.bytes >= this.#limit;
  }

  /** Adds an entry, as `SegmentBuilder.add()` does. */
  add(...entry: Parameters<SegmentBuilder['add']>): void {
    this.#builder.add(...entry);
  }

  /** Adds the present entry of a cursor. */
  addFrom(cursor: SnapshotCursor): void {
    this.#builder.add(cursor.keys, cursor.keyAt, cursor.hashes, cursor.hashAt, cursor.flags, cursor.text);
  }

  /** Names a segment that was written before, in its place. */
  adopt(segment: SegmentRef): void {
    this.#written.push(segment);
  }

  /** Writes what was added as a segment. After a failure it may be called again. */
  async flush(): Promise<void> {
    if (this.#builder.count === 0) return;
    const name = newName(this.#place);
    const { sealed, facts } = this.#builder.build(name);
    await this.#place.store.put(name, sealed, { signal: this.#place.signal });
    this.#written.push({ name, ...facts });
    this.#builder.clear();
  }

  /** Writes the rest. @returns all segments, in order */
  async finish(): Promise<SegmentRef[]> {
    await this.flush();
    const written = this.#written;
    this.#written = [];
    return written;
  }
}
