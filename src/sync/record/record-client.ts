import { isDeepStrictEqual } from 'node:util';
import type { SnowmeltError } from '../../errors/errors.js';
import { StateError, isSnowmeltError } from '../../errors/errors.js';
import { patiently, type Patience } from '../../async/patiently.js';
import { parseSyncState } from '../../state/parse-sync-state.js';
import type { StateStore, StoredState } from '../../state/state-store.js';
import type { SyncState } from '../../state/sync-state.js';
import { emptyState } from '../../state/transitions.js';

/** A record without what JSON would drop, for comparison with what a store gave back. */
function plain(value: SyncState): unknown {
  return JSON.parse(JSON.stringify(value));
}

function isFinal(error: unknown): boolean {
  if (!isSnowmeltError(error)) return false;
  return error.code !== 'STATE_UNAVAILABLE' || ('retryable' in error && error.retryable === false);
}

/** One record of a store that may be slow or away for a while. */
export class RecordClient {
  readonly key: string;
  readonly #store: StateStore;
  readonly #patience: Patience;
  readonly #onTrouble: ((error: SnowmeltError) => void) | undefined;

  /** @param onTrouble - told of the first failed try of a call, which is then tried again */
  constructor(store: StateStore, key: string, patience: Patience, onTrouble?: (error: SnowmeltError) => void) {
    this.#store = store;
    this.key = key;
    this.#patience = patience;
    this.#onTrouble = onTrouble;
  }

  /** Another record of the same store. */
  sibling(key: string): RecordClient {
    return new RecordClient(this.#store, key, this.#patience, this.#onTrouble);
  }

  /** @throws StateError */
  async read(signal?: AbortSignal): Promise<StoredState | undefined> {
    return this.#retry('read', signal, () => this.#get());
  }

  /**
   * Writes on top of a version. A try whose answer was lost may have been stored all the same: then the next one is
   * refused, but the record is what was to be written.
   *
   * @throws StateConflictError, StateError
   */
  async write(current: StoredState | undefined, value: SyncState, signal?: AbortSignal): Promise<StoredState> {
    let isUncertain = false;
    return this.#retry(
      'write',
      signal,
      async () => {
        try {
          return this.#checked(await this.#store.compareAndSet(this.key, current?.version, value));
        } catch (error) {
          if (!isUncertain || !isConflict(error)) {
            isUncertain = true;
            throw error;
          }
          const stored = await this.#get();
          if (stored !== undefined && isDeepStrictEqual(plain(stored.value), plain(value))) return stored;
          throw error;
        }
      },
      () => {
        isUncertain = true;
      },
    );
  }

  /** Changes the record beside whoever holds its lease; holders re-read after such a change. @throws StateError */
  async change(make: (state: SyncState) => SyncState): Promise<SyncState> {
    for (;;) {
      const stored = await this.read();
      const before = stored?.value ?? emptyState();
      const after = make(before);
      try {
        return after === before ? before : (await this.write(stored, after)).value;
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }
  }

  /** Removes the record; one that is gone already is fine. */
  async remove(signal?: AbortSignal): Promise<void> {
    await this.#retry('delete', signal, async () => {
      const stored = await this.#get();
      if (stored !== undefined) await this.#store.delete(this.key, stored.version);
    });
  }

  async #get(): Promise<StoredState | undefined> {
    const stored: unknown = await this.#store.get(this.key);
    return stored === undefined || stored === null ? undefined : this.#checked(stored);
  }

  /**
   * What a store gave, which may be anybody's: a record of another release is migrated, and one that cannot be read is
   * an error before anything is written over it.
   */
  #checked(stored: unknown): StoredState {
    const { version, value, storeTime } = (stored ?? {}) as Partial<Record<keyof StoredState, unknown>>;
    if (!Number.isInteger(version) || !Number.isFinite(storeTime)) {
      throw new StateError(
        'STATE_UNREADABLE',
        `The state store gave no whole \`version\` and no \`storeTime\` in milliseconds for "${this.key}".`,
        {
          hint: 'Correct the store: get and compareAndSet give { version, value, storeTime }. testStateStore checks it.',
        },
      );
    }
    const parsed = parseSyncState(this.key, value, 'the state store');
    return { version: version as number, value: parsed, storeTime: storeTime as number };
  }

  async #retry<T>(
    verb: string,
    signal: AbortSignal | undefined,
    call: () => Promise<T>,
    onFailure?: () => void,
  ): Promise<T> {
    try {
      return await patiently(call, {
        patience: this.#patience,
        signal,
        late: (ms) => new StateError('STATE_UNAVAILABLE', `The state store did not answer within ${Math.ceil(ms)} ms.`),
        isFinal,
        onFailure: (error, attempt) => {
          onFailure?.();
          if (attempt === 1 && !isFinal(error)) this.#onTrouble?.(this.#unavailable(verb, error));
        },
      });
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) throw error;
      throw this.#unavailable(verb, error);
    }
  }

  #unavailable(verb: string, cause: unknown): SnowmeltError {
    if (isSnowmeltError(cause)) return cause;
    const reason = cause instanceof Error ? cause.name : typeof cause;
    return new StateError(
      'STATE_UNAVAILABLE',
      `The state store could not ${verb} the record "${this.key}" (${reason}).`,
      {
        hint: 'Check that the store can be reached. The run resumes when it is back.',
        cause,
      },
    );
  }
}

/** Whether another writer was faster. */
export function isConflict(error: unknown): boolean {
  return isSnowmeltError(error) && error.code === 'STATE_CONFLICT';
}
