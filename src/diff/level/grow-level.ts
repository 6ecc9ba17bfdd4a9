import { getSegment } from '../merge/level-cursor.js';
import { HASH_BYTES, KEY_BYTES } from '../segment/compare-keys.js';
import { putManifest } from '../snapshot/manifest.js';
import { inOrder, openLevel } from '../snapshot/open-snapshot.js';
import { SEGMENT_BYTES, type SnapshotPlace } from '../snapshot/place.js';
import { MAX_NAMED_SEGMENTS, type LevelRef, type SegmentRef } from '../../state/snapshot-refs.js';
import { SegmentWriter } from './segment-writer.js';

/**
 * Adds new segments to a level. Beyond sixteen, small neighbours are written together and an index names them all, so
 * that the reference stays small and few objects are left to read.
 *
 * @param accepted - by how many the new segments change the number of keys that were ever accepted
 */
export async function growLevel(
  place: SnapshotPlace,
  level: LevelRef,
  added: readonly SegmentRef[],
  accepted: number,
): Promise<LevelRef> {
  const sum = (of: 'count' | 'removable'): number => added.reduce((total, segment) => total + segment[of], level[of]);
  const grown = {
    ...level,
    segments: [...level.segments, ...added],
    count: sum('count'),
    removable: sum('removable'),
    accepted: level.accepted + accepted,
  };
  return grown.segments.length <= MAX_NAMED_SEGMENTS ? grown : indexed(place, grown);
}

/** Two parts of one run's level as one: that of the run and that of one of its ranges, which is joined once. */
export async function joinLevels(place: SnapshotPlace, one: LevelRef, other: LevelRef): Promise<LevelRef> {
  const { segments } = await openLevel(place, other);
  const joined = await growLevel(place, one, segments, other.accepted);
  return other.closed === true ? { ...joined, closed: true } : joined;
}

async function indexed(place: SnapshotPlace, level: LevelRef): Promise<LevelRef> {
  const { segments, accepted } = await openLevel(place, level);
  const written: SegmentRef[] = [];
  for (const neighbours of grouped(segments, place.segmentBytes ?? SEGMENT_BYTES)) {
    written.push(...(neighbours.length === 1 ? neighbours : await together(place, neighbours)));
  }
  const index = await putManifest(place, [{ segments: inOrder(written), accepted, abandoned: false }]);
  return { ...level, index, segments: [] };
}

/**
 * Neighbours that are to become one segment. One that is less than twice as large as what follows goes together with
 * it, as in a binary counter: an entry is written again only as often as its segment doubles.
 */
function grouped(segments: readonly SegmentRef[], limit: number): SegmentRef[][] {
  const groups: { bytes: number; segments: SegmentRef[] }[] = [];
  for (const segment of segments) {
    let last = { bytes: segment.bytes, segments: [segment] };
    for (let before = groups.at(-1); before !== undefined; before = groups.at(-1)) {
      if (before.bytes >= 2 * last.bytes || before.bytes + last.bytes > limit) break;
      groups.pop();
      last = { bytes: before.bytes + last.bytes, segments: [...before.segments, ...last.segments] };
    }
    groups.push(last);
  }
  return groups.map((group) => group.segments);
}

async function together(place: SnapshotPlace, refs: readonly SegmentRef[]): Promise<SegmentRef[]> {
  const writer = new SegmentWriter(place);
  for (const ref of refs) {
    const { count, keys, hashes, flags, textOf } = await getSegment(place, ref);
    for (let index = 0; index < count; index++) {
      writer.add(keys, index * KEY_BYTES, hashes, index * HASH_BYTES, flags[index] as number, textOf(index));
    }
  }
  return writer.finish();
}
