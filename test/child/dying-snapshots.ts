import { setImmediate as nextTurn } from 'node:timers/promises';
import { FileSnapshotStore, type SnapshotStore } from 'snowmelt/diff';

/** How often a call fails, and how often one that has done its work does. */
const FAILS = 0.04;

/**
 * Snapshots in a folder, of a store that is away now and then, loses some of its answers, and in the middle of whose
 * writing the process may die.
 */
export class DyingSnapshots implements SnapshotStore {
  readonly name = 'dying snapshots';
  readonly #files: FileSnapshotStore;
  readonly #random: () => number;
  #putsLeft = Infinity;

  /** @param random - from 0 to 1 */
  constructor(folder: string, random: () => number) {
    this.#files = new FileSnapshotStore(folder);
    this.#random = random;
  }

  /** Has the process die in the put that comes after so many others. */
  dieAfter(puts: number): void {
    this.#putsLeft = puts;
  }

  readonly put: SnapshotStore['put'] = async (name, bytes, options) => {
    this.#putsLeft -= 1;
    if (this.#putsLeft === -1) {
      void this.#files.put(name, bytes, options);
      // Anywhere between its first write and its last.
      for (let turns = Math.floor(this.#random() * 30); turns > 0; turns -= 1) await nextTurn();
      process.kill(process.pid, 'SIGKILL');
    }
    return this.#spoilt(() => this.#files.put(name, bytes, options));
  };
  readonly get: SnapshotStore['get'] = (name, options) => this.#spoilt(() => this.#files.get(name, options));
  readonly delete: SnapshotStore['delete'] = (name, options) => this.#spoilt(() => this.#files.delete(name, options));
  readonly list: SnapshotStore['list'] = (prefix, options) => this.#spoilt(() => this.#files.list(prefix, options));

  async #spoilt<T>(call: () => Promise<T>): Promise<T> {
    if (this.#random() < FAILS) throw new Error('the snapshot store is away');
    const done = await call();
    if (this.#random() < FAILS) throw new Error('the answer of the snapshot store was lost');
    return done;
  }
}
