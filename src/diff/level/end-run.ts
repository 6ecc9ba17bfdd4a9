import { putManifest, type Level } from '../snapshot/manifest.js';
import { openLevel, openSnapshot } from '../snapshot/open-snapshot.js';
import type { SnapshotPlace } from '../snapshot/place.js';
import type { LevelRef, SnapshotRef } from '../../state/snapshot-refs.js';
import { foldLevels } from './fold.js';
import { entriesOf, fewLevels } from './merge-levels.js';
import { settledSending } from './sending-levels.js';

/** What a run has written: the level of its rows, and that of its removals. */
export interface RunLevels {
  readonly rows: LevelRef;
  readonly removals?: LevelRef | undefined;
}

/** Whether the snapshot keeps all keys, or only those that the last completed run has seen. */
export type KeepKeys = 'all' | 'window';

/** Levels above the base are folded into it when they have more entries than this part of it. */
const FOLD_SHARE = 0.1;

/**
 * The snapshot after a completed run. Nothing of the one before is changed or removed: the state moves from it to this
 * one, or stays.
 */
export async function completeSnapshot(
  place: SnapshotPlace,
  before: SnapshotRef,
  { rows, removals }: RunLevels,
  keep: KeepKeys = 'all',
): Promise<SnapshotRef> {
  const hasWritten = rows.count > 0 || (removals?.count ?? 0) > 0;
  if (keep === 'all' && !hasWritten && before.levels === undefined) return before;
  const written: Level[] = [];
  for (const ref of [rows, removals]) if (ref !== undefined) written.push(await openLevel(place, ref));
  if (keep === 'window') return named(place, written);
  const { levels } = await openSnapshot(place, before);
  return compacted(place, [...levels, ...written]);
}

/** The same snapshot, all of it named by a manifest: for the start of a run, so that its reference never grows. */
export async function rolledUp(place: SnapshotPlace, ref: SnapshotRef): Promise<SnapshotRef> {
  if (ref.levels === undefined || ref.levels.length === 0) return ref;
  const { levels } = await openSnapshot(place, ref);
  const known: Level[] = [];
  for (const level of levels) known.push(level.behind === undefined ? level : await settledSending(place, level));
  return compacted(place, known);
}

async function compacted(place: SnapshotPlace, levels: readonly Level[]): Promise<SnapshotRef> {
  const [base = { segments: [], accepted: 0, abandoned: false }, ...written] = levels;
  const above = written.filter(({ segments }) => segments.length > 0);
  if (above.length === 0) return named(place, [base]);
  const [first] = above;
  const isFirst = base.segments.length === 0;
  // With nothing below it there was nothing to be absent or to remove: the first level is a base as it is.
  if (isFirst && above.length === 1 && first?.abandoned === false) return named(place, [first]);
  if (!isFirst && entriesOf(above) <= entriesOf([base]) * FOLD_SHARE) {
    return named(place, [base, ...(await fewLevels(place, above))]);
  }
  return named(place, [await foldLevels(place, base, above)]);
}

async function named(place: SnapshotPlace, levels: readonly Level[]): Promise<SnapshotRef> {
  return { id: place.id, manifest: await putManifest(place, levels) };
}
