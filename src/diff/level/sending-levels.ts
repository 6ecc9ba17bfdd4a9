import { getSegment, type ReadPlace } from '../merge/level-cursor.js';
import { SnapshotCursor } from '../merge/snapshot-cursor.js';
import { HASH_BYTES, KEY_BYTES, keyOfHex } from '../segment/compare-keys.js';
import { ACCEPTED, PARTLY } from '../segment/flags.js';
import { indexBehind, type Segment } from '../segment/segment.js';
import type { Level } from '../snapshot/manifest.js';
import { openSending, type Snapshot } from '../snapshot/open-snapshot.js';
import type { SnapshotPlace } from '../snapshot/place.js';
import { NO_LEVEL, type LevelRef, type SegmentRef, type SendingRef } from '../../state/snapshot-refs.js';
import { growLevel } from './grow-level.js';
import { SegmentWriter } from './segment-writer.js';

/** What several processes may have sent, of each key once. @returns new segments */
export async function sendingTogether(place: SnapshotPlace, levels: readonly Level[]): Promise<readonly SegmentRef[]> {
  const writer = new SegmentWriter(place);
  // As levels of a run that goes on, they show what the snapshot had.
  const cursor = new SnapshotCursor(
    place,
    levels.map((level) => ({ ...level, abandoned: false })),
  );
  while (await cursor.next()) {
    const { keys, keyAt, hashes, hashAt, flags, text } = cursor;
    writer.add(keys, keyAt, hashes, hashAt, flags | PARTLY, text);
    if (writer.isFull) await writer.flush();
  }
  return writer.finish();
}

/** The level of a run with what its ranges, given up half done, may have sent besides. */
export async function withSending(
  place: SnapshotPlace,
  level: LevelRef,
  others: readonly SendingRef[],
): Promise<LevelRef> {
  const all = level.sending === undefined ? others : [level.sending, ...others];
  if (others.length === 0) return level;
  const levels: Level[] = [];
  for (const ref of all) levels.push(await openSending(place, ref));
  const { index, segments, count } = await growLevel(place, NO_LEVEL, await sendingTogether(place, levels), 0);
  return { ...level, sending: { ...(index !== undefined && { index }), segments, count } };
}

/** What a run that was given up may have sent, as a level that a manifest can name: exactly what counts, and counted. */
export async function settledSending(place: SnapshotPlace, level: Level): Promise<Level> {
  const writer = new SegmentWriter(place);
  let accepted = 0;
  for await (const { ref, segment, from } of countingIn(place, level)) {
    if (from === 0) writer.adopt(ref);
    for (let at = from; at < segment.count; at++) {
      const { keys, hashes, flags } = segment;
      accepted += wasNot(segment, at);
      if (from === 0) continue;
      writer.add(keys, at * KEY_BYTES, hashes, at * HASH_BYTES, flags[at] as number, segment.textOf(at));
    }
    await writer.flush();
  }
  return { segments: await writer.finish(), accepted, abandoned: true };
}

/** How many keys of a snapshot were ever accepted; those that may have been are among them. */
export async function acceptedKeys(place: ReadPlace, { levels }: Snapshot): Promise<number> {
  let sum = 0;
  for (const level of levels) {
    sum += level.accepted;
    if (level.behind === undefined) continue;
    for await (const { segment, from } of countingIn(place, level)) {
      for (let at = from; at < segment.count; at++) sum += wasNot(segment, at);
    }
  }
  return sum;
}

/** The segments of what may have been sent, and from where on their entries count. */
async function* countingIn(
  place: ReadPlace,
  { segments, behind = '' }: Level,
): AsyncGenerator<{ readonly ref: SegmentRef; readonly segment: Segment; readonly from: number }> {
  for (const ref of segments) {
    const segment = await getSegment(place, ref);
    yield { ref, segment, from: ref.first <= behind ? indexBehind(segment, keyOfHex(behind)) : 0 };
  }
}

function wasNot({ flags }: Segment, at: number): number {
  return ((flags[at] as number) & ACCEPTED) === 0 ? 1 : 0;
}
