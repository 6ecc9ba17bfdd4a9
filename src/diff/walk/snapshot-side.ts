import type { EntryRecorder } from '../level/entry-recorder.js';
import { SegmentWriter } from '../level/segment-writer.js';
import type { SnapshotCursor } from '../merge/snapshot-cursor.js';
import { compareKeys } from '../segment/compare-keys.js';
import { ABSENT, isRemovable } from '../segment/flags.js';
import type { SnapshotPlace } from '../snapshot/place.js';

/** How many absent keys in front of one row wait for a checkpoint in memory; more go to the store at once. */
const HELD_ABSENT = 1024;

/** The snapshot's side of the walk: finds the entry of a row's key, and records those passed over as absent. */
export class SnapshotSide {
  readonly cursor: SnapshotCursor;
  readonly #place: SnapshotPlace;
  readonly #recorder: EntryRecorder;
  readonly #recordsAbsent: boolean;
  #hasEntry: boolean | undefined;
  /** Whether the present entry is that of a row. */
  #isMatched = false;

  /** @param recordsAbsent - whether removals are wanted */
  constructor(place: SnapshotPlace, cursor: SnapshotCursor, recorder: EntryRecorder, recordsAbsent: boolean) {
    this.#place = place;
    this.cursor = cursor;
    this.#recorder = recorder;
    this.#recordsAbsent = recordsAbsent;
  }

  /** Moves to the key of a row. @returns whether the cursor stands at an entry of it; a promise when it has to wait */
  seek(key: Uint8Array, row: number): boolean | Promise<boolean> {
    // Mostly the next entry is the one, and in memory.
    const moved = this.#hasEntry === undefined || this.#isMatched ? this.cursor.next() : this.#hasEntry;
    if (typeof moved !== 'boolean') return moved.then((has) => this.#pass(has, key, row));
    if (moved && compareKeys(this.cursor.keys, this.cursor.keyAt, key, 0) < 0) return this.#pass(moved, key, row);
    return this.#stopAt(moved, key);
  }

  /** Passes over all that is left of the snapshot, in front of a row. */
  async drain(row: number): Promise<void> {
    const has = this.#hasEntry === undefined || this.#isMatched ? await this.cursor.next() : this.#hasEntry;
    await this.#pass(has, undefined, row);
  }

  #stopAt(hasEntry: boolean, key: Uint8Array | undefined): boolean {
    const { keys, keyAt } = this.cursor;
    this.#hasEntry = hasEntry;
    this.#isMatched = hasEntry && key !== undefined && compareKeys(keys, keyAt, key, 0) === 0;
    return this.#isMatched;
  }

  async #pass(has: boolean, key: Uint8Array | undefined, row: number): Promise<boolean> {
    const { cursor } = this;
    let held = 0;
    let writer: SegmentWriter | undefined;
    while (has && (key === undefined || compareKeys(cursor.keys, cursor.keyAt, key, 0) < 0)) {
      const flags = cursor.flags | ABSENT;
      const { text } = cursor;
      if (this.#recordsAbsent && text !== undefined && isRemovable(flags)) {
        held += 1;
        if (held <= HELD_ABSENT || !this.#recorder.keepsEntries) this.#record(row, flags, text);
        else {
          writer ??= new SegmentWriter(this.#place);
          writer.add(cursor.keys, cursor.keyAt, cursor.hashes, cursor.hashAt, flags, text);
          if (writer.isFull) await writer.flush();
        }
      }
      const moved = cursor.next();
      has = typeof moved === 'boolean' ? moved : await moved;
    }
    if (writer !== undefined) this.#recorder.addSpilled(row, await writer.finish());
    return this.#stopAt(has, key);
  }

  #record(row: number, flags: number, text: Uint8Array): void {
    const { keys, keyAt, hashes, hashAt } = this.cursor;
    this.#recorder.add({ row, keys, keyAt, hashes, hashAt, flags, text, wasAccepted: true, isOpen: false });
  }
}
