import { unreadable } from '../segment/unreadable.js';
import { getManifest, type Level } from './manifest.js';
import type { SnapshotPlace } from './place.js';
import { NO_LEVEL } from '../../state/snapshot-refs.js';
import type { LevelRef, SegmentRef, SendingRef, SnapshotRef } from '../../state/snapshot-refs.js';

/** A snapshot whose segments are known, not read. */
export interface Snapshot {
  readonly id: string;
  /** Oldest first: the base, then what runs have written; a later level wins. */
  readonly levels: readonly Level[];
}

const EMPTY_BASE: Level = { segments: [], accepted: 0, abandoned: false };

type Place = Pick<SnapshotPlace, 'store' | 'signal'>;

/** Finds the segments of a snapshot. @throws SnowmeltError `SNAPSHOT_UNREADABLE` */
export async function openSnapshot(place: Place, ref: SnapshotRef): Promise<Snapshot> {
  const at = { store: place.store, signal: place.signal, id: ref.id };
  const levels = ref.manifest === undefined ? [EMPTY_BASE] : await getManifest(at, ref.manifest);
  for (const level of ref.levels ?? []) {
    // Below what the same run has settled.
    if (level.sending !== undefined) levels.push(await openSending(at, level.sending));
    levels.push(await openLevel(at, level));
  }
  return { id: ref.id, levels };
}

/** Finds the segments of what a run that was given up may have sent. @throws SnowmeltError `SNAPSHOT_UNREADABLE` */
export async function openSending(
  place: Place & Pick<SnapshotPlace, 'id'>,
  { after = '', ...listed }: SendingRef,
): Promise<Level> {
  const { segments } = await openLevel(place, { ...NO_LEVEL, ...listed });
  return { segments: segments.filter(({ last }) => last > after), accepted: 0, abandoned: true, behind: after };
}

/** Finds the segments of a level. @throws SnowmeltError `SNAPSHOT_UNREADABLE` */
export async function openLevel(place: Place & Pick<SnapshotPlace, 'id'>, ref: LevelRef): Promise<Level> {
  const indexed = ref.index === undefined ? [] : await getManifest(place, ref.index);
  const segments = inOrder([...indexed.flatMap((level) => level.segments), ...ref.segments]);
  const count = segments.reduce((sum, segment) => sum + segment.count, 0);
  if (count !== ref.count) {
    throw unreadable(ref.index ?? place.id, `its level has ${count} entries, and the state speaks of ${ref.count}`);
  }
  return { segments, accepted: ref.accepted, abandoned: ref.abandoned === true };
}

/** Segments by their keys. @throws SnowmeltError `SNAPSHOT_UNREADABLE` when two share keys */
export function inOrder(segments: readonly SegmentRef[]): SegmentRef[] {
  const sorted = [...segments].sort((one, other) => (one.first < other.first ? -1 : 1));
  sorted.forEach((segment, index) => {
    const next = sorted[index + 1];
    if (next !== undefined && next.first <= segment.last) {
      throw unreadable(next.name, `its keys and those of "${segment.name}" overlap`);
    }
  });
  return sorted;
}
