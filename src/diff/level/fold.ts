import { getSegment } from '../merge/level-cursor.js';
import { SnapshotCursor } from '../merge/snapshot-cursor.js';
import { compareKeys, HASH_BYTES, KEY_BYTES, keyOfHex } from '../segment/compare-keys.js';
import { GONE } from '../segment/flags.js';
import type { Level } from '../snapshot/manifest.js';
import { SEGMENT_BYTES, type SnapshotPlace } from '../snapshot/place.js';
import type { SegmentRef } from '../../state/snapshot-refs.js';
import { SegmentWriter } from './segment-writer.js';

/**
 * Makes a new base of a base and the levels above it. It streams; a segment of the base that nothing above it touches
 * stays as it is, under its name.
 */
export async function foldLevels(place: SnapshotPlace, base: Level, above: readonly Level[]): Promise<Level> {
  const folding = new Folding(place, above);
  for (const ref of base.segments) await folding.take(ref);
  const segments = await folding.finish();
  const accepted = above.reduce((sum, level) => sum + level.accepted, base.accepted);
  return { segments, accepted, abandoned: false };
}

class Folding {
  readonly #place: SnapshotPlace;
  readonly #writer: SegmentWriter;
  readonly #changes: SnapshotCursor;
  /** Segments below it are written together with their neighbours. */
  readonly #small: number;
  #hasChange: boolean | undefined;

  constructor(place: SnapshotPlace, above: readonly Level[]) {
    this.#place = place;
    this.#writer = new SegmentWriter(place);
    this.#changes = new SnapshotCursor(place, above, { withGone: true });
    this.#small = (place.segmentBytes ?? SEGMENT_BYTES) / 4;
  }

  /** Takes the next segment of the base. */
  async take(ref: SegmentRef): Promise<void> {
    this.#hasChange ??= await this.#changes.next();
    const isUntouched =
      !this.#hasChange || compareKeys(this.#changes.keys, this.#changes.keyAt, keyOfHex(ref.last), 0) > 0;
    const isLarge = ref.bytes >= this.#small;
    const openBytes = this.#writer.openBytes;
    if (isUntouched && isLarge && (openBytes === 0 || openBytes >= this.#small)) {
      await this.#writer.flush();
      this.#writer.adopt(ref);
      return;
    }
    await this.#rewrite(ref);
  }

  /** Writes what is left. */
  async finish(): Promise<SegmentRef[]> {
    this.#hasChange ??= await this.#changes.next();
    while (this.#hasChange) await this.#writeChange();
    return this.#writer.finish();
  }

  async #rewrite(ref: SegmentRef): Promise<void> {
    const { count, keys, hashes, flags, textOf } = await getSegment(this.#place, ref);
    for (let index = 0; index < count; index++) {
      let order = 1;
      while (this.#hasChange) {
        order = compareKeys(this.#changes.keys, this.#changes.keyAt, keys, index * KEY_BYTES);
        if (order > 0) break;
        await this.#writeChange();
        if (order === 0) break;
      }
      if (this.#writer.isFull) await this.#writer.flush();
      if (order !== 0) {
        this.#writer.add(keys, index * KEY_BYTES, hashes, index * HASH_BYTES, flags[index] as number, textOf(index));
      }
    }
  }

  async #writeChange(): Promise<void> {
    if (this.#writer.isFull) await this.#writer.flush();
    if ((this.#changes.flags & GONE) === 0) this.#writer.addFrom(this.#changes);
    this.#hasChange = await this.#changes.next();
  }
}
