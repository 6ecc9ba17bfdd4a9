import { SnapshotCursor } from '../merge/snapshot-cursor.js';
import type { Level } from '../snapshot/manifest.js';
import type { SnapshotPlace } from '../snapshot/place.js';
import { SegmentWriter } from './segment-writer.js';

/** How many levels may lie above the base: each is one more segment in memory, and one more key to compare. */
const MAX_LEVELS = 8;

/** Merges the smallest neighbours among the levels above the base, until there are few. */
export async function fewLevels(place: SnapshotPlace, levels: readonly Level[]): Promise<Level[]> {
  const few = levels.filter(({ segments }) => segments.length > 0);
  while (few.length > MAX_LEVELS) {
    const sizes = few.slice(1).map((level, index) => entriesOf([level, few[index] ?? level]));
    const at = sizes.indexOf(Math.min(...sizes));
    few.splice(at, 2, await merged(place, few.slice(at, at + 2)));
  }
  return few;
}

/** How many entries levels have. */
export function entriesOf(levels: readonly Level[]): number {
  return levels.flatMap(({ segments }) => segments).reduce((sum, { count }) => sum + count, 0);
}

async function merged(place: SnapshotPlace, levels: readonly Level[]): Promise<Level> {
  const writer = new SegmentWriter(place);
  const cursor = new SnapshotCursor(place, levels, { withGone: true });
  while (await cursor.next()) {
    writer.addFrom(cursor);
    if (writer.isFull) await writer.flush();
  }
  const accepted = levels.reduce((sum, level) => sum + level.accepted, 0);
  return { segments: await writer.finish(), accepted, abandoned: false };
}
