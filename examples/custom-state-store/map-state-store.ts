// A state store over anything that keeps text under a key. Replace the Map by your own storage: what matters is that
// comparing the version and writing the new one are one step there.
import { StateConflictError, StateError } from 'snowmelt';
import type { StateStore, StoredState, SyncState } from 'snowmelt';

export class MapStateStore implements StateStore {
  readonly rows = new Map<string, { version: number; text: string }>();

  readonly get = async (key: string): Promise<StoredState | undefined> => {
    const row = this.rows.get(key);
    if (row === undefined) return undefined;
    try {
      const value = JSON.parse(row.text) as SyncState;
      return { version: row.version, value, storeTime: Date.now() };
    } catch (cause) {
      throw new StateError('STATE_UNREADABLE', `The record ${key} is damaged.`, { cause });
    }
  };

  readonly compareAndSet = async (key: string, expected: number | undefined, value: SyncState) => {
    this.#expect(key, expected);
    const text = JSON.stringify(value);
    const version = (expected ?? 0) + 1;
    this.rows.set(key, { version, text });
    return { version, value: JSON.parse(text) as SyncState, storeTime: Date.now() };
  };

  readonly delete = async (key: string, expected: number): Promise<void> => {
    this.#expect(key, expected);
    this.rows.delete(key);
  };

  #expect(key: string, expected: number | undefined): void {
    if (this.rows.get(key)?.version !== expected) throw new StateConflictError(`${key} has another version.`);
  }
}
