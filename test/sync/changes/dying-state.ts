import { StateError, type MemoryStateStore, type StateStore, type StoredState, type SyncState } from 'snowmelt';

/** A state store that a process loses for good, in the middle of what it does: the end of the process, for its record. */
export class DyingState implements StateStore {
  readonly #store: MemoryStateStore;
  readonly #isOver: () => boolean;

  /** @param isOver - from when on nothing more is stored */
  constructor(store: MemoryStateStore, isOver: () => boolean) {
    this.#store = store;
    this.#isOver = isOver;
  }

  get(key: string): Promise<StoredState | undefined> {
    return this.#store.get(key);
  }

  compareAndSet(key: string, expectedVersion: number | undefined, value: SyncState): Promise<StoredState> {
    this.#refuse();
    return this.#store.compareAndSet(key, expectedVersion, value);
  }

  delete(key: string, expectedVersion: number): Promise<void> {
    this.#refuse();
    return this.#store.delete(key, expectedVersion);
  }

  #refuse(): void {
    if (this.#isOver()) throw new StateError('STATE_UNAVAILABLE', 'The process is dead.', { retryable: false });
  }
}
