import { SnowmeltError } from '../../errors/errors.js';
import { ACCEPTED } from '../segment/flags.js';
import type { SnapshotPlace } from '../snapshot/place.js';
import type { LevelRef, SegmentRef } from '../../state/snapshot-refs.js';
import type { EntryRecorder } from './entry-recorder.js';
import { growLevel } from './grow-level.js';
import { PendingChunk, type RecordedEntry } from './pending-chunk.js';
import { SegmentWriter } from './segment-writer.js';
import { SendingEntries } from './sending-entries.js';

/** Segments that are in the store already and wait to be named. */
interface Spilled {
  readonly firstRow: number;
  readonly segments: readonly SegmentRef[];
}

/** What a {@link LevelRecorder} does besides. */
export interface RecorderOptions {
  /** Whether the level is to be the whole snapshot: then every accepted key of it counts. @default false */
  readonly countsAll?: boolean | undefined;
  /** Whether each checkpoint names the open entries too: they may be sent only when it is stored. @default false */
  readonly announces?: boolean | undefined;
}

/**
 * The level of one run while it grows: takes entries in the order of their keys, waits for what becomes of them, and
 * writes those below a row at each checkpoint.
 */
export class LevelRecorder implements EntryRecorder {
  /** See {@link EntryRecorder.keepsEntries}. */
  readonly keepsEntries = true;
  readonly #place: SnapshotPlace;
  readonly #countsAll: boolean;
  readonly #announces: boolean;
  #level: LevelRef;
  readonly #sending: SendingEntries | undefined;
  /** The key of the last entry that is settled, in hexadecimal digits. */
  #settledTo = '';
  #parts: (PendingChunk | Spilled)[] = [];

  /** @param level - what the run has written so far */
  constructor(
    place: SnapshotPlace,
    { sending, ...level }: LevelRef,
    { countsAll = false, announces = false }: RecorderOptions = {},
  ) {
    this.#place = place;
    this.#level = level;
    this.#countsAll = countsAll;
    this.#sending = announces || sending !== undefined ? new SendingEntries(place, sending) : undefined;
    this.#announces = announces;
  }

  /** Takes an entry whose key stands behind those before. */
  add(entry: RecordedEntry): void {
    let last = this.#parts.at(-1);
    if (!(last instanceof PendingChunk) || last.isFull) this.#parts.push((last = new PendingChunk(entry.row)));
    last.add(entry);
    if (entry.isOpen && this.#announces) this.#sending?.add(entry);
  }

  /** Takes segments, already in the store, of settled entries that stand in front of a row. */
  addSpilled(row: number, segments: readonly SegmentRef[]): void {
    if (segments.length > 0) this.#parts.push({ firstRow: row, segments });
  }

  /**
   * Tells what became of a row. One without an open entry is passed over.
   *
   * @param flagsOf - the flags of its entry; `undefined` when nothing is to be written
   */
  settle(row: number, flagsOf: (wasAccepted: boolean) => number | undefined): void {
    let [low, high] = [0, this.#parts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#parts[middle]?.firstRow ?? Infinity) <= row) low = middle + 1;
      else high = middle;
    }
    const part = this.#parts[low - 1];
    if (part instanceof PendingChunk) part.settle(row, flagsOf);
  }

  /**
   * Writes all entries of rows below `row`, which have to be settled, and announces those that are open when it is
   * called. One call at a time; after a failure it may be called again.
   *
   * @returns the level with them: for the state, which has to move to it together with the row
   */
  async checkpoint(row: number): Promise<LevelRef> {
    this.#sending?.take();
    const writer = new SegmentWriter(this.#place);
    const ends: number[] = [];
    let accepted = 0;
    let settledTo = this.#settledTo;
    for (const part of this.#parts) {
      if (part.firstRow >= row) break;
      if (part instanceof PendingChunk) {
        const end = part.endBelow(row);
        ends.push(end);
        if (end > part.start) settledTo = part.keyOf(end - 1);
        for (let index = part.start; index < end; index++) {
          if (part.isOpen(index)) throw unsettled(row);
          if (part.isDropped(index)) continue;
          part.writeTo(writer, index);
          accepted += this.#gain(part, index);
          if (writer.isFull) await writer.flush();
        }
        if (end < part.count) break;
      } else {
        ends.push(0);
        await writer.flush();
        part.segments.forEach((segment) => writer.adopt(segment));
      }
    }
    const segments = await writer.finish();
    if (segments.length > 0) this.#level = await growLevel(this.#place, this.#level, segments, accepted);
    // Only now: entries of a write that failed are written again.
    this.#drop(ends);
    this.#settledTo = settledTo;
    const sending = await this.#sending?.write(settledTo);
    return sending === undefined ? this.#level : { ...this.#level, sending };
  }

  /** Lets go of what is written. Others may have been added to the last part meanwhile. */
  #drop(ends: readonly number[]): void {
    for (const end of ends) {
      const part = this.#parts[0];
      if (part instanceof PendingChunk && part.count > end) part.start = end;
      else this.#parts.shift();
    }
  }

  #gain(part: PendingChunk, index: number): number {
    const is = (part.flagsOf(index) & ACCEPTED) !== 0;
    const was = !this.#countsAll && part.wasAccepted(index);
    return Number(is) - Number(was);
  }
}

function unsettled(row: number): SnowmeltError {
  return new SnowmeltError('BOOKS_UNBALANCED', `A checkpoint at row ${row} has rows below it that are not settled.`);
}
