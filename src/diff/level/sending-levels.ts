import { getSegment } from '../merge/level-cursor.js';
import { SnapshotCursor } from '../merge/snapshot-cursor.js';
import { HASH_BYTES, KEY_BYTES, keyOfHex } from '../segment/compare-keys.js';
import { ACCEPTED, PARTLY } from '../segment/flags.js';
import { indexBehind } from '../segment/segment.js';
import type { Level } from '../snapshot/manifest.js';
import { openSending } from '../snapshot/open-snapshot.js';
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
export async function settledSending(place: SnapshotPlace, { segments, behind = '' }: Level): Promise<Level> {
  const writer = new SegmentWriter(place);
  let accepted = 0;
  for (const ref of segments) {
    const isCut = ref.first <= behind;
    if (!isCut) writer.adopt(ref);
    const segment = await getSegment(place, ref);
    for (let at = isCut ? indexBehind(segment, keyOfHex(behind)) : 0; at < segment.count; at++) {
      const flags = segment.flags[at] as number;
      if ((flags & ACCEPTED) === 0) accepted += 1;
      if (isCut) writer.add(segment.keys, at * KEY_BYTES, segment.hashes, at * HASH_BYTES, flags, segment.textOf(at));
    }
    await writer.flush();
  }
  return { segments: await writer.finish(), accepted, abandoned: true };
}
