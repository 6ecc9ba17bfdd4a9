import { StateError } from 'snowmelt';
import type { StoredState, SyncState } from 'snowmelt';
import type { StateStoreUnderTest } from 'snowmelt/testing';
import { MemoryMutant } from './memory-mutant.js';

/** A deliberately broken store, and the line of the contract that catches it. */
export interface StateStoreMutant {
  readonly fault: string;
  readonly caughtBy: RegExp;
  readonly create: () => StateStoreUnderTest;
}

const of = (fault: string, caughtBy: RegExp, make: () => MemoryMutant): StateStoreMutant => ({
  fault,
  caughtBy,
  create: () => ({ store: make() }),
});

class ComparesThenWaits extends MemoryMutant {
  override pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
}
class NeverCompares extends MemoryMutant {
  override expect = (): void => undefined;
}
class CreatesOverExisting extends MemoryMutant {
  override expect(key: string, version: number | undefined): void {
    if (version !== undefined) super.expect(key, version);
  }
}
class ComparesAtLeast extends MemoryMutant {
  override expect(key: string, version: number | undefined): void {
    if ((this.records.get(key)?.version ?? 0) > (version ?? 0)) throw this.conflict();
  }
}
class PlainConflict extends MemoryMutant {
  override conflict = (): Error => new Error('conflict');
}
class VersionStuck extends MemoryMutant {
  override write = (key: string, _version: number, value: SyncState): StoredState => super.write(key, 1, value);
}
class VersionFromZero extends MemoryMutant {
  override readonly compareAndSet = async (key: string, expected: number | undefined, value: SyncState) => {
    this.expect(key, expected);
    return this.write(key, expected === undefined ? 0 : expected + 1, value);
  };
}
class SharesObjects extends MemoryMutant {
  override copy = (value: SyncState): SyncState => value;
}
class DropsCheckpoint extends MemoryMutant {
  override copy(value: SyncState): SyncState {
    return { ...super.copy(value), run: undefined };
  }
}
class HasARecordAlready extends MemoryMutant {
  constructor() {
    super();
    const value: SyncState = { schema: 3, lastSyncTime: 0, fencingToken: 0, lastToken: 0, history: [] };
    this.records.set('people', { version: 1, value });
  }
}
class CutsLargeRecords extends MemoryMutant {
  override copy(value: SyncState): SyncState {
    const { run, ...rest } = super.copy(value);
    return JSON.stringify(value).length > 65_536 ? rest : { ...rest, run };
  }
}
class FlattensKeys extends MemoryMutant {
  override name = (key: string): string => key.split('/')[0] ?? key;
}
class IgnoresCase extends MemoryMutant {
  override name = (key: string): string => key.toLowerCase();
}
class CutsKeys extends MemoryMutant {
  override name = (key: string): string => key.slice(0, 255);
}
class WritesThenRefuses extends MemoryMutant {
  override expect(key: string, version: number | undefined): void {
    const record = this.records.get(key);
    if (record?.version === version) return;
    if (record !== undefined) record.version += 1;
    throw this.conflict();
  }
}
class DeletesAnyVersion extends MemoryMutant {
  override readonly delete = async (key: string): Promise<void> => {
    this.records.delete(key);
  };
}
class NeverDeletes extends MemoryMutant {
  override readonly delete = async (): Promise<void> => undefined;
}
class TombstoneForEver extends MemoryMutant {
  readonly gone = new Set<string>();
  override expect(key: string, version: number | undefined): void {
    if (this.gone.has(key)) throw this.conflict();
    super.expect(key, version);
  }
  override readonly delete = async (key: string, version: number): Promise<void> => {
    this.expect(key, version);
    this.records.delete(key);
    this.gone.add(key);
  };
}
class ClockInSeconds extends MemoryMutant {
  override now = (): number => Math.floor(Date.now() / 1000);
}
class ClockStandsStill extends MemoryMutant {
  readonly #made = Date.now();
  override now = (): number => this.#made;
}
class ForgetsWhatItCannotRead extends MemoryMutant {
  readonly damaged = new Set<string>();
  override readonly get = async (key: string): Promise<StoredState | undefined> => {
    const record = this.records.get(key);
    if (record === undefined || this.damaged.has(key)) return undefined;
    return { ...record, storeTime: this.now() };
  };
  override expect(key: string, version: number | undefined): void {
    if (!this.damaged.has(key)) super.expect(key, version);
  }
}
class ReplacesWhatItCannotRead extends ForgetsWhatItCannotRead {
  override readonly get = async (key: string): Promise<StoredState | undefined> => {
    if (this.damaged.has(key)) throw new StateError('STATE_UNREADABLE', 'damaged');
    const record = this.records.get(key);
    return record === undefined ? undefined : { ...record, storeTime: this.now() };
  };
}

const damaged = (fault: string, make: () => ForgetsWhatItCannotRead): StateStoreMutant => ({
  fault,
  caughtBy: /unreadable record/,
  create: () => {
    const store = make();
    return { store, capabilities: { damage: async (key) => void store.damaged.add(key) } };
  },
});

/** Every mutant; the first two show that the frame itself passes and that the contract has no dead line. */
export const stateStoreMutants: readonly StateStoreMutant[] = [
  of('is not empty at first', /never written/, () => new HasARecordAlready()),
  of('cuts large records', /a large record/, () => new CutsLargeRecords()),
  of('lets a deletion and a write win', /race with one winner/, () => new ComparesThenWaits()),
  {
    fault: 'keeps its records to itself',
    caughtBy: /to every store over the same records/,
    create: () => ({ store: new MemoryMutant(), capabilities: { reopen: () => new MemoryMutant() } }),
  },
  of('compares, then waits, then writes', /loses no update/, () => new ComparesThenWaits()),
  of('never compares versions', /refuses a version of the past/, () => new NeverCompares()),
  of('creates over a record that exists', /refuses to create/, () => new CreatesOverExisting()),
  of('takes any later version', /refuses to change a record that is missing/, () => new ComparesAtLeast()),
  of('throws a plain error on conflict', /exactly one of 16 writers/, () => new PlainConflict()),
  of('does not raise the version', /raises the version/, () => new VersionStuck()),
  of('starts at version 0', /starts at version 1/, () => new VersionFromZero()),
  of("keeps the caller's object", /its own copy/, () => new SharesObjects()),
  of('drops a part of the record', /exactly what was stored/, () => new DropsCheckpoint()),
  of('takes the part before the slash as the key', /keeps keys apart/, () => new FlattensKeys()),
  of('ignores case in keys', /keeps keys apart/, () => new IgnoresCase()),
  of('cuts long keys', /keeps keys apart/, () => new CutsKeys()),
  of('changes the record while refusing', /refuses a version of the past/, () => new WritesThenRefuses()),
  of('deletes whatever the version', /deletes a record of the expected version/, () => new DeletesAnyVersion()),
  of('does not delete', /deletes a record of the expected version/, () => new NeverDeletes()),
  of('refuses a key that was deleted', /takes a new record/, () => new TombstoneForEver()),
  of('tells seconds', /tells its time/, () => new ClockInSeconds()),
  of('has a clock that stands still', /tells its time/, () => new ClockStandsStill()),
  damaged('takes an unreadable record for none', () => new ForgetsWhatItCannotRead()),
  damaged('replaces an unreadable record', () => new ReplacesWhatItCannotRead()),
];
