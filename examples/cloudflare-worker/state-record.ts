// A state store over Durable Objects: one object for each record. While an object waits for its storage nothing else
// gets at it (Cloudflare's "input gates"), so comparing the version and writing the new one are one step.
import { gunzipSync, gzipSync } from 'node:zlib';
import { DurableObject } from 'cloudflare:workers';
import { StateConflictError, type StateStore, type StoredState, type SyncState } from 'snowmelt';

interface Stored {
  readonly version: number;
  /** Packed, because a value may have no more than 2 MB: a record grows with the ranges of a run. */
  readonly json: Uint8Array;
}

export class StateRecord extends DurableObject {
  async read(): Promise<StoredState | undefined> {
    const stored = await this.ctx.storage.get<Stored>('record');
    if (stored === undefined) return undefined;
    const value = JSON.parse(gunzipSync(stored.json).toString()) as SyncState;
    return { version: stored.version, value, storeTime: Date.now() };
  }

  /** Without a value it deletes; `undefined` when the record has another version. */
  async write(expected: number | undefined, value: SyncState | undefined): Promise<number | undefined> {
    const stored = await this.ctx.storage.get<Stored>('record');
    if (stored?.version !== expected) return undefined;
    const version = (expected ?? 0) + 1;
    if (value === undefined) await this.ctx.storage.delete('record');
    else await this.ctx.storage.put('record', { version, json: gzipSync(JSON.stringify(value)) } satisfies Stored);
    return version;
  }
}

/** The binding of the class above. */
export interface StateRecords {
  readonly idFromName: (name: string) => object;
  readonly get: (id: object) => Pick<StateRecord, 'read' | 'write'>;
}

export function durableStates(records: StateRecords): StateStore {
  const at = (key: string) => records.get(records.idFromName(key));
  const write = async (key: string, expected: number | undefined, value?: SyncState): Promise<void> => {
    const version = await at(key).write(expected, value);
    if (version === undefined) throw new StateConflictError(`${key} has another version.`);
  };
  return {
    get: (key) => at(key).read(),
    compareAndSet: async (key, expected, value) => {
      await write(key, expected, value);
      return { version: (expected ?? 0) + 1, value: structuredClone(value), storeTime: Date.now() };
    },
    delete: (key, expected) => write(key, expected),
  };
}
