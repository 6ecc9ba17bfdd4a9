import type { LevelRef, SegmentRef } from '../../state/snapshot-refs.js';
import type { RecordedEntry } from './pending-chunk.js';

/** Takes what a walk finds out about keys. */
export interface EntryRecorder {
  /** Whether entries wait in memory for a checkpoint: then many at once are better written right away. */
  readonly keepsEntries: boolean;
  /** Takes an entry whose key stands behind those before. */
  readonly add: (entry: RecordedEntry) => void;
  /** Takes segments, already in the store, of settled entries that stand in front of a row. */
  readonly addSpilled: (row: number, segments: readonly SegmentRef[]) => void;
  /** Tells what became of a row; `flagsOf` gives the flags of its entry, or `undefined` to leave it out. */
  readonly settle: (row: number, flagsOf: (wasAccepted: boolean) => number | undefined) => void;
  /** Writes all entries of rows below `row`, which have to be settled. */
  readonly checkpoint: (row: number) => Promise<LevelRef>;
}
