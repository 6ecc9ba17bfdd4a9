import type { EntryRecorder } from '../level/entry-recorder.js';
import { isRemovable } from '../segment/flags.js';
import { NO_LEVEL, type LevelRef } from '../../state/snapshot-refs.js';
import type { RecordedEntry } from '../level/pending-chunk.js';

/** In the place of a level, where a walk only looks: tells of the removals that it finds, and forgets the rest. */
export class DryRecorder implements EntryRecorder {
  /** See {@link EntryRecorder.keepsEntries}. */
  readonly keepsEntries = false;
  readonly #onRemoval: (text: Uint8Array | undefined, number: number) => void;
  #removals = 0;

  /** @param onRemoval - told of the key text of each removal, as stored, and its number among them from 0 */
  constructor(onRemoval: (text: Uint8Array | undefined, number: number) => void) {
    this.#onRemoval = onRemoval;
  }

  /** How many removals there are so far. */
  get removals(): number {
    return this.#removals;
  }

  /** See {@link EntryRecorder.add}. */
  add({ flags, text }: RecordedEntry): void {
    if (!isRemovable(flags)) return;
    this.#onRemoval(text, this.#removals);
    this.#removals += 1;
  }

  /** Nothing is ever written. */
  addSpilled(): void {
    throw new TypeError('a walk that only looks has written something');
  }

  /** See {@link EntryRecorder.settle}. */
  settle(): void {
    // What becomes of rows is not found out.
  }

  /** See {@link EntryRecorder.checkpoint}. */
  checkpoint(): Promise<LevelRef> {
    return Promise.resolve(NO_LEVEL);
  }
}
