import * as z from 'zod';

/** How many segments a reference in a state record names itself; more of them are named by an index in the store. */
export const MAX_NAMED_SEGMENTS = 16;

const count = z.int().nonnegative();
const keyHex = z.string().regex(/^[0-9a-f]{32}$/);
const objectName = z.string().regex(/^[0-9a-z-]+\/\d+-[0-9a-z]+$/);

/** The shape of a {@link SegmentRef}. */
export const segmentRefSchema = z.strictObject({
  name: objectName,
  count: count.positive(),
  bytes: count,
  /** The first and the last key, in hexadecimal digits. */
  first: keyHex,
  last: keyHex,
  /** How many of its entries stand for a removal: accepted once, absent from the result of the segment's run. */
  removable: count,
});

const segmentList = {
  /** An object that names all segments but those named here. */
  index: objectName.optional(),
  /** Any order; no two of them share keys. */
  segments: z.array(segmentRefSchema).max(MAX_NAMED_SEGMENTS),
  /** Of all segments together, also of those in the index. */
  count,
};

/** The shape of a {@link SendingRef}. */
const sendingRefSchema = z.strictObject({
  ...segmentList,
  /** Entries up to this key, in hexadecimal digits, are settled: they no longer count. */
  after: keyHex.optional(),
});

/** The shape of a {@link LevelRef}. */
export const levelRefSchema = z.strictObject({
  ...segmentList,
  /** Set while rows may have been sent of which it is not stored what became of them. */
  sending: sendingRefSchema.optional(),
  removable: count,
  /** By how many it changes the number of keys that were ever accepted. */
  accepted: z.int(),
  /** Set when the keys behind the last row are in it too: nothing of the snapshot is left to compare. */
  closed: z.boolean().optional(),
  /** Set when the run was given up: what it rejected, and what it did not see, means nothing. */
  abandoned: z.boolean().optional(),
});

/** The shape of a {@link SnapshotRef}. */
export const snapshotRefSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-z-]+$/),
  manifest: objectName.optional(),
  /** Levels of ended runs that the manifest does not know yet, oldest first. */
  levels: z.array(levelRefSchema).optional(),
});

/** A segment in the store, and what is known of it without reading it. */
export type SegmentRef = Readonly<z.infer<typeof segmentRefSchema>>;
/** Keys that may have been sent something: written before it is sent, so that a run that dies leaves no key in the dark. */
export type SendingRef = z.infer<typeof sendingRefSchema>;
/** What one run has written so far. Bounded in size, however many checkpoints the run makes: it stands in the state. */
export type LevelRef = z.infer<typeof levelRefSchema>;
/** A snapshot, as the state of a sync names it. Without a manifest and levels it is empty. */
export type SnapshotRef = z.infer<typeof snapshotRefSchema>;

/** A level nothing was written to. */
export const NO_LEVEL: LevelRef = { segments: [], count: 0, accepted: 0, removable: 0 };

/**
 * The snapshot after a run that was given up: what it had written stays, and so does what it may have sent. Only the
 * record changes, so that giving up needs no store of snapshots.
 *
 * @param at - how many levels the run was begun with: what came since is newer. Missing for a run that is the newest
 */
export function abandonedSnapshot(
  before: SnapshotRef,
  written: readonly (LevelRef | undefined)[],
  at = before.levels?.length ?? 0,
): SnapshotRef {
  const left = written.filter((ref) => ref !== undefined && isWritten(ref)) as LevelRef[];
  if (left.length === 0) return before;
  const levels = [...(before.levels ?? [])];
  levels.splice(at, 0, ...left.map((ref) => ({ ...ref, abandoned: true })));
  return { ...before, levels };
}

/** The snapshot with more levels on top. One that it has already is told again: a write whose answer was lost. */
export function grownSnapshot(before: SnapshotRef, added: readonly LevelRef[]): SnapshotRef {
  const known = new Set(before.levels?.map(objectsOf));
  const more = added.filter((ref) => isWritten(ref) && !known.has(objectsOf(ref)));
  return more.length === 0 ? before : { ...before, levels: [...(before.levels ?? []), ...more] };
}

function isWritten({ count, sending }: LevelRef): boolean {
  return count > 0 || sending !== undefined;
}

function objectsOf({ index = '', segments, sending }: LevelRef): string {
  const names = [...segments, ...(sending?.segments ?? [])].map(({ name }) => name);
  return [index, sending?.index ?? '', ...names].join(' ');
}
