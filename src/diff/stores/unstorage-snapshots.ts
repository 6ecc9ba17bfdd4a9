import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { orAborted } from '../../async/or-aborted.js';
import { ConfigError, StateError } from '../../errors/errors.js';
import { storeCall, type StoreErrors } from '../../state/stores/store-error.js';
import { checkSnapshotName, checkSnapshotPrefix } from './snapshot-name.js';
import type { SnapshotCallOptions, SnapshotStore } from './snapshot-store.js';

/** What is needed of a storage of the package `unstorage`. */
export interface UnstorageStorage {
  /** Stores a value as it is. */
  readonly setItemRaw: (key: string, value: Uint8Array) => Promise<void>;
  /** The value as the driver gives it; `null` when there is none. */
  readonly getItemRaw: (key: string) => Promise<unknown>;
  /** Removes a value. */
  readonly removeItem: (key: string) => Promise<void>;
  /** The keys below a base. */
  readonly getKeys: (base?: string) => Promise<string[]>;
}

const NAME = 'unstorageSnapshots';
const MEMBERS = ['setItemRaw', 'getItemRaw', 'removeItem', 'getKeys'] as const;
const ERRORS: StoreErrors = {
  store: 'The snapshot store of unstorage',
  code: 'SNAPSHOT_UNAVAILABLE',
  fault: () => ({
    hint: 'Check that the storage behind its driver can be reached, and what may be done there.',
    isFinal: false,
  }),
};

/**
 * Keeps snapshots in a storage of the package `unstorage`, and with it in S3, Azure, a key-value store and others. The
 * promises are as good as its driver: see docs/state.md.
 *
 * @param storage - what `createStorage` or `prefixStorage` of unstorage gives; stays yours to dispose of
 * @throws ConfigError `CONFIG_INVALID` when it is none
 */
export function unstorageSnapshots(storage: UnstorageStorage): SnapshotStore {
  const isStorage = MEMBERS.every((member) => typeof (Object(storage) as UnstorageStorage)[member] === 'function');
  if (!isStorage) {
    throw new ConfigError('CONFIG_INVALID', `${NAME}: expected a storage of the package unstorage.`, {
      hint: `Write ${NAME}(createStorage({ driver })); install the package: npm install unstorage`,
    });
  }
  return new UnstorageSnapshotStore(storage);
}

class UnstorageSnapshotStore implements SnapshotStore {
  readonly name = 'unstorage';
  readonly #storage: UnstorageStorage;
  /** Whether an object came back as it was stored. */
  #isProven = false;

  constructor(storage: UnstorageStorage) {
    this.#storage = storage;
  }

  readonly put: SnapshotStore['put'] = async (name, bytes, options) => {
    const key = keyOf(name);
    // Drivers may keep the value itself, and the caller goes on working with its bytes.
    const copy = Buffer.from(bytes);
    await this.#call(options, () => this.#storage.setItemRaw(key, copy));
    if (!this.#isProven) await this.#prove(name, copy, options);
  };

  readonly get: SnapshotStore['get'] = async (name, options) => {
    const key = keyOf(name);
    const value = await this.#call(options, () => this.#storage.getItemRaw(key));
    return value === null || value === undefined ? undefined : bytesOf(value);
  };

  readonly delete: SnapshotStore['delete'] = async (name, options) => {
    const key = keyOf(name);
    await this.#call(options, () => this.#storage.removeItem(key));
  };

  readonly list: SnapshotStore['list'] = async (prefix, options) => {
    checkSnapshotPrefix(NAME, prefix);
    // A base is whole parts of a key.
    const base = prefix.slice(0, prefix.lastIndexOf('/') + 1).replaceAll('/', ':');
    const keys = await this.#call(options, () => this.#storage.getKeys(base));
    const names = keys.map((key) => key.replaceAll(':', '/'));
    return names.filter((name) => name.startsWith(prefix));
  };

  /** Drivers that are read-only, or whose bucket is missing, store nothing and say nothing (unstorage 1.17). */
  async #prove(name: string, bytes: Buffer, options: SnapshotCallOptions | undefined): Promise<void> {
    const stored = await this.get(name, options);
    if (stored === undefined || !bytes.equals(stored)) {
      const what = stored === undefined ? 'is not there' : 'came back as other bytes';
      throw new StateError('SNAPSHOT_UNAVAILABLE', `${ERRORS.store} confirmed an object that ${what}.`, {
        hint: 'Choose a driver that can write and keeps bytes as they are, and check that its bucket or table exists.',
      });
    }
    this.#isProven = true;
  }

  async #call<T>(options: SnapshotCallOptions | undefined, call: () => Promise<T>): Promise<T> {
    const signal = options?.signal;
    signal?.throwIfAborted();
    // A driver may throw at once instead of rejecting.
    return orAborted(
      storeCall(ERRORS, async () => call()),
      signal,
    );
  }
}

function keyOf(name: string): string {
  checkSnapshotName(NAME, name);
  return name.replaceAll('/', ':');
}

/** Drivers give views, whole buffers, or text that unstorage decoded. A copy, for what the driver keeps. */
function bytesOf(value: unknown): Uint8Array {
  if (ArrayBuffer.isView(value)) return Buffer.from(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value);
  throw new StateError('SNAPSHOT_UNAVAILABLE', `${ERRORS.store} gave a value of type ${typeof value} for an object.`, {
    hint: 'Choose a driver that gives bytes as a Uint8Array or an ArrayBuffer from getItemRaw.',
    retryable: false,
  });
}
