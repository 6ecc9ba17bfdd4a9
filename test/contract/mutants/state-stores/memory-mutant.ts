import { StateConflictError } from 'snowmelt';
import type { StateStore, StoredState, SyncState } from 'snowmelt';

/** A correct little store whose parts a mutant replaces. */
export class MemoryMutant implements StateStore {
  readonly records = new Map<string, { version: number; value: SyncState }>();

  now(): number {
    return Date.now();
  }

  copy(value: SyncState): SyncState {
    return JSON.parse(JSON.stringify(value)) as SyncState;
  }

  name(key: string): string {
    return key;
  }

  conflict(): Error {
    return new StateConflictError('another version');
  }

  /** What happens between the comparison and the writing: nothing in a correct store. */
  pause: (() => Promise<void>) | undefined;

  expect(key: string, version: number | undefined): void {
    if (this.records.get(this.name(key))?.version !== version) throw this.conflict();
  }

  write(key: string, version: number, value: SyncState): StoredState {
    this.records.set(this.name(key), { version, value: this.copy(value) });
    return { version, value: this.copy(value), storeTime: this.now() };
  }

  readonly get = async (key: string): Promise<StoredState | undefined> => {
    const record = this.records.get(this.name(key));
    if (record === undefined) return undefined;
    return { version: record.version, value: this.copy(record.value), storeTime: this.now() };
  };

  readonly compareAndSet = async (
    key: string,
    expected: number | undefined,
    value: SyncState,
  ): Promise<StoredState> => {
    this.expect(key, expected);
    if (this.pause !== undefined) await this.pause();
    return this.write(key, (expected ?? 0) + 1, value);
  };

  readonly delete = async (key: string, expected: number): Promise<void> => {
    this.expect(key, expected);
    if (this.pause !== undefined) await this.pause();
    this.records.delete(this.name(key));
  };
}
