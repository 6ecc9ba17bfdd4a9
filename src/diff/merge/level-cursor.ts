import { hexOf16, KEY_BYTES } from '../segment/compare-keys.js';
import { indexBehind, readSegment, type Segment } from '../segment/segment.js';
import { unreadable } from '../segment/unreadable.js';
import type { SnapshotPlace } from '../snapshot/place.js';
import type { SegmentRef } from '../../state/snapshot-refs.js';

/** Where to read from. */
export type ReadPlace = Pick<SnapshotPlace, 'store' | 'signal'>;

/** Reads a segment and holds it to what its level says of it. @throws SnowmeltError `SNAPSHOT_UNREADABLE` */
export async function getSegment({ store, signal }: ReadPlace, ref: SegmentRef, into?: Reusable): Promise<Segment> {
  const stored = await store.get(ref.name, { signal });
  const segment = readSegment(ref.name, into === undefined ? stored : into.copyOf(stored));
  const isNamed =
    segment.count === ref.count &&
    hexOf16(segment.keys, 0) === ref.first &&
    hexOf16(segment.keys, (segment.count - 1) * KEY_BYTES) === ref.last;
  if (!isNamed) throw unreadable(ref.name, 'it has other entries than its manifest says');
  return segment;
}

/**
 * Memory that is used for one segment after the other. What a store gives dies young that way; two hundred segments that
 * each wait for a full collection were 50 MB.
 */
class Reusable {
  #bytes = new Uint8Array(0);

  copyOf(stored: Uint8Array | undefined): Uint8Array | undefined {
    if (stored === undefined) return undefined;
    if (this.#bytes.length < stored.length) this.#bytes = new Uint8Array(Math.ceil(stored.length * 1.1));
    this.#bytes.set(stored);
    return this.#bytes.subarray(0, stored.length);
  }
}

/**
 * Walks the entries of one level in the order of their keys, with one segment in memory and the next on its way. A
 * segment's bytes are good until the cursor moves to the next one.
 */
export class LevelCursor {
  readonly #place: ReadPlace;
  readonly #refs: readonly SegmentRef[];
  readonly #after: Uint8Array | undefined;
  #nextRef: number;
  #coming: Promise<Segment> | undefined;
  /** Of the segment that comes, and of the present one. */
  #memory: [Reusable, Reusable] = [new Reusable(), new Reusable()];
  /** The segment of the present entry. */
  segment: Segment | undefined;
  /** The index of the present entry in its segment. */
  index = -1;

  /**
   * @param refs - the level's segments, in order
   * @param after - only entries behind this key
   */
  constructor(place: ReadPlace, refs: readonly SegmentRef[], after?: Uint8Array) {
    this.#place = place;
    this.#refs = refs;
    this.#after = after;
    const afterHex = after === undefined ? undefined : hexOf16(after, 0);
    const first = afterHex === undefined ? 0 : refs.findIndex(({ last }) => last > afterHex);
    this.#nextRef = first === -1 ? refs.length : first;
  }

  /** Moves to the next entry. @returns whether there is one; a promise when a segment has to be waited for */
  next(): boolean | Promise<boolean> {
    if (this.segment !== undefined && this.index + 1 < this.segment.count) {
      this.index += 1;
      return true;
    }
    return this.#nextSegment();
  }

  async #nextSegment(): Promise<boolean> {
    const isFirst = this.segment === undefined;
    this.segment = undefined;
    // Kept until it has come: asked again after a failure, it fails again, and no segment is left out.
    this.#coming ??= this.#fetch();
    if (this.#coming === undefined) return false;
    this.#place.signal?.throwIfAborted();
    const segment = await this.#coming;
    this.#coming = this.#fetch();
    this.segment = segment;
    this.index = isFirst && this.#after !== undefined ? indexBehind(segment, this.#after) : 0;
    return true;
  }

  #fetch(): Promise<Segment> | undefined {
    const ref = this.#refs[this.#nextRef];
    if (ref === undefined) return undefined;
    this.#nextRef += 1;
    this.#memory = [this.#memory[1], this.#memory[0]];
    const coming = getSegment(this.#place, ref, this.#memory[0]);
    // It may fail long before it is asked for.
    coming.catch(() => undefined);
    return coming;
  }
}
