import { checkSnapshotName, checkSnapshotPrefix } from './snapshot-name.js';
import type { SnapshotStore } from './snapshot-store.js';

const NAME = 'MemorySnapshotStore';

/** Keeps snapshots in this process only: for tests. A new process knows nothing and compares with an empty snapshot. */
export class MemorySnapshotStore implements SnapshotStore {
  /** See {@link SnapshotStore.name}. */
  readonly name = NAME;
  readonly #objects = new Map<string, Uint8Array>();

  /** See {@link SnapshotStore.put}. */
  readonly put: SnapshotStore['put'] = async (name, bytes) => {
    checkSnapshotName(NAME, name);
    this.#objects.set(name, Uint8Array.from(bytes));
  };

  /** See {@link SnapshotStore.get}. */
  readonly get: SnapshotStore['get'] = async (name) => {
    checkSnapshotName(NAME, name);
    const bytes = this.#objects.get(name);
    return bytes === undefined ? undefined : Uint8Array.from(bytes);
  };

  /** See {@link SnapshotStore.delete}. */
  readonly delete: SnapshotStore['delete'] = async (name) => {
    checkSnapshotName(NAME, name);
    this.#objects.delete(name);
  };

  /** See {@link SnapshotStore.list}. */
  readonly list: SnapshotStore['list'] = async (prefix) => {
    checkSnapshotPrefix(NAME, prefix);
    return [...this.#objects.keys()].filter((name) => name.startsWith(prefix));
  };
}
