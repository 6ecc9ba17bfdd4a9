import { isSnowmeltError } from '../../errors/errors.js';
import { getManifest, type Level } from '../snapshot/manifest.js';
import { tokenOf, type SnapshotPlace } from '../snapshot/place.js';
import type { LevelRef, SnapshotRef } from '../../state/snapshot-refs.js';

/** What the state names, and what it named before. */
export interface SweepOptions {
  /** The snapshot that the state names now. */
  readonly present: SnapshotRef;
  /** The one before, which others may still be reading. */
  readonly previous?: SnapshotRef | undefined;
  /** Levels of runs that have not ended, such as a backfill beside the sync. */
  readonly open?: readonly LevelRef[] | undefined;
  /** Whether other processes write to this snapshot now: then nothing is removed. */
  readonly isShared: boolean;
}

/**
 * Removes the objects of this snapshot that nothing names: those of one's own token and of older ones, never by age. For
 * after the commit; a failure is of no consequence but the space.
 *
 * @returns how many objects were removed
 */
export async function sweepSnapshot(
  place: SnapshotPlace,
  { present, previous, open = [], isShared }: SweepOptions,
): Promise<number> {
  if (isShared) return 0;
  const known = await namesIn(place, present, open);
  if (previous?.id === place.id) {
    for (const name of await namesIn(place, previous, []).catch(ifUnreadable)) known.add(name);
  }
  let removed = 0;
  for (const name of await place.store.list(`${place.id}/`, { signal: place.signal })) {
    const token = tokenOf(place.id, name);
    if (token === undefined || token > place.token || known.has(name)) continue;
    await place.store.delete(name, { signal: place.signal });
    removed += 1;
  }
  return removed;
}

async function namesIn(place: SnapshotPlace, ref: SnapshotRef, open: readonly LevelRef[]): Promise<Set<string>> {
  const names = new Set<string>();
  const addAll = (levels: readonly Pick<Level, 'segments'>[]): void => {
    for (const segment of levels.flatMap(({ segments }) => segments)) names.add(segment.name);
  };
  const written = [...(ref.levels ?? []), ...open];
  const lists = [...written, ...written.map(({ sending }) => sending).filter((sending) => sending !== undefined)];
  const manifests = [ref.manifest, ...lists.map(({ index }) => index)];
  for (const manifest of manifests) {
    if (manifest === undefined) continue;
    names.add(manifest);
    addAll(await getManifest(place, manifest));
  }
  addAll(lists);
  return names;
}

/** Nobody can read it any more. */
function ifUnreadable(error: unknown): Set<string> {
  if (isSnowmeltError(error) && error.code === 'SNAPSHOT_UNREADABLE') return new Set();
  throw error;
}
