import { checkOptions } from '../../options/check-options.js';
import { aFunction } from '../../options/option-checks.js';
import { StateConflictError } from '../../errors/errors.js';
import { parseSyncState } from '../parse-sync-state.js';
import type { StateStore, StoredState } from '../state-store.js';
import type { SyncState } from '../sync-state.js';

/** Options of {@link MemoryStateStore}. */
export interface MemoryStateStoreOptions {
  /**
   * The store's clock in milliseconds since the Unix epoch.
   *
   * @default Date.now
   */
  readonly now?: (() => number) | undefined;
}

/** Keeps state in this process only: for tests and for syncs that start from the beginning each time. */
export class MemoryStateStore implements StateStore {
  readonly #records = new Map<string, { readonly version: number; readonly text: string }>();
  readonly #now: () => number;

  constructor(options: MemoryStateStoreOptions = {}) {
    const { now } = checkOptions(
      'MemoryStateStore',
      { now: aFunction<() => number>().default(() => Date.now) },
      options,
    );
    this.#now = now;
  }

  /** See {@link StateStore.get}. */
  readonly get = async (key: string): Promise<StoredState | undefined> => {
    const record = this.#records.get(key);
    if (record === undefined) return undefined;
    return this.#stored(key, record.version, record.text);
  };

  /** See {@link StateStore.compareAndSet}. */
  readonly compareAndSet = async (
    key: string,
    expectedVersion: number | undefined,
    value: SyncState,
  ): Promise<StoredState> => {
    this.#expect(key, expectedVersion);
    const version = (expectedVersion ?? 0) + 1;
    // Text, so that a later change of the caller's object does not reach the record.
    const text = JSON.stringify(value);
    this.#records.set(key, { version, text });
    return this.#stored(key, version, text);
  };

  /** See {@link StateStore.delete}. */
  readonly delete = async (key: string, expectedVersion: number): Promise<void> => {
    this.#expect(key, expectedVersion);
    this.#records.delete(key);
  };

  #expect(key: string, expectedVersion: number | undefined): void {
    const version = this.#records.get(key)?.version;
    if (version !== expectedVersion) {
      throw new StateConflictError(
        `The state of "${key}" has version ${version ?? 'none'}, not ${expectedVersion ?? 'none'}.`,
      );
    }
  }

  #stored(key: string, version: number, text: string): StoredState {
    return { version, value: parseSyncState(key, text, 'memory'), storeTime: this.#now() };
  }
}
