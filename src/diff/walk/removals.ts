import type { LevelRecorder } from '../level/level-recorder.js';
import { getSegment, type ReadPlace } from '../merge/level-cursor.js';
import { HASH_BYTES, KEY_BYTES } from '../segment/compare-keys.js';
import { GONE, isRemovable, LEFT_OUT, SKIPPED } from '../segment/flags.js';
import type { Segment } from '../segment/segment.js';
import type { Level } from '../snapshot/manifest.js';

const NO_HASH = new Uint8Array(HASH_BYTES);

/** A key whose removal has to be sent. */
export interface Removal {
  /** Its number among the removals of the run, from 0 in the order of keys. */
  readonly number: number;
  readonly key: Uint8Array;
  /** Its key text, as stored. */
  readonly text: Uint8Array | undefined;
  /** The entry without its key's acceptance, for a row that is there but skipped; otherwise a tombstone. */
  readonly flags: number;
  readonly hash: Uint8Array;
}

/**
 * The removals of a run, segment by segment: the entries of its rows' level that were ever accepted and are absent. The
 * same level gives the same removals under the same numbers.
 *
 * @param from - the number of the first one, to go on after a crash
 */
export async function* removalsOf(
  place: ReadPlace,
  level: Level,
  from = 0,
): AsyncGenerator<Removal[], void, undefined> {
  let number = 0;
  for (const ref of level.segments) {
    if (ref.removable === 0 || number + ref.removable <= from) {
      number += ref.removable;
      continue;
    }
    place.signal?.throwIfAborted();
    const removals = inSegment(await getSegment(place, ref), number);
    number += ref.removable;
    yield removals.filter((removal) => removal.number >= from);
  }
}

function inSegment(segment: Segment, first: number): Removal[] {
  const removals: Removal[] = [];
  for (let index = 0; index < segment.count; index++) {
    const flags = segment.flags[index] as number;
    if (!isRemovable(flags)) continue;
    const isThere = (flags & LEFT_OUT) !== 0;
    removals.push({
      number: first + removals.length,
      key: segment.keys.slice(index * KEY_BYTES, (index + 1) * KEY_BYTES),
      text: segment.textOf(index)?.slice(),
      flags: isThere ? SKIPPED : GONE,
      hash: isThere ? segment.hashes.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES) : NO_HASH,
    });
  }
  return removals;
}

/** Records a removal that is to be sent, in the level of removals; `settleRemoval` tells what became of it. */
export function recordRemoval(recorder: LevelRecorder, { number, key, text, flags, hash }: Removal): void {
  recorder.add({
    row: number,
    keys: key,
    keyAt: 0,
    hashes: hash,
    hashAt: 0,
    flags,
    // A tombstone has no text: who is removed is to be forgotten.
    text: undefined,
    textToSend: text,
    wasAccepted: true,
    isOpen: true,
  });
}

/** Tells what became of a removal: an entry leaves only when its removal was accepted. */
export function settleRemoval(recorder: LevelRecorder, { number, flags }: Removal, isAccepted: boolean): void {
  recorder.settle(number, () => (isAccepted ? flags : undefined));
}
