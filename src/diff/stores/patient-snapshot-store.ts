import { types } from 'node:util';
import { patiently, type Patience } from '../../async/patiently.js';
import { sleep } from '../../async/sleep.js';
import { isSnowmeltError, type SnowmeltError, StateError } from '../../errors/errors.js';
import type { SnapshotCallOptions, SnapshotStore } from './snapshot-store.js';

/** How long a snapshot store that fails is tried again. */
export interface SnapshotPatience extends Patience {
  /** How long an object that is not there is asked for again, milliseconds: a store may show it late. */
  readonly missingMs: number;
}

/** Outlasts a restart of a server; a segment on a slow line takes its time. */
const DEFAULT: SnapshotPatience = { callMs: 60_000, totalMs: 180_000, missingMs: 5_000 };
const LONGEST_WAIT_MS = 1_000;

/**
 * A snapshot store that may be slow or away for a while, may lose its answers, and may show an older version. Every
 * call may be made twice, because an object is never changed under its name. For the same reason the only older
 * version of an object is none: one that is not there is asked for again, because nobody asks for an object that was
 * never stored. A list may be old: what it lacks is swept the next time, and removing what is gone is no error.
 */
export class PatientSnapshotStore implements SnapshotStore {
  /** See {@link SnapshotStore.name}. */
  readonly name: string;
  readonly #store: SnapshotStore;
  readonly #patience: SnapshotPatience;
  readonly #onTrouble: ((error: SnowmeltError) => void) | undefined;

  /** @param onTrouble - told of the first failed try of a call, which is then tried again */
  constructor(
    store: SnapshotStore,
    patience: Partial<SnapshotPatience> = {},
    onTrouble?: (error: SnowmeltError) => void,
  ) {
    this.#store = store;
    this.name = nameOf(store);
    this.#patience = { ...DEFAULT, ...patience };
    this.#onTrouble = onTrouble;
  }

  /** See {@link SnapshotStore.put}. */
  readonly put: SnapshotStore['put'] = async (name, bytes, options) =>
    this.#call(`store "${name}"`, options, (signal) => this.#store.put(name, bytes, { signal }));

  /** See {@link SnapshotStore.get}. */
  readonly get: SnapshotStore['get'] = async (name, options) => {
    const what = `read "${name}"`;
    const until = performance.now() + this.#patience.missingMs;
    for (let wait = 50; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      const found: unknown = await this.#call(what, options, (signal) => this.#store.get(name, { signal }));
      if (types.isUint8Array(found)) return found;
      if (found !== undefined && found !== null) throw this.#wrong(what, 'get gives a Uint8Array, or undefined');
      if (performance.now() >= until) return undefined;
      await sleep(wait, options?.signal);
    }
  };

  /** See {@link SnapshotStore.delete}. */
  readonly delete: SnapshotStore['delete'] = async (name, options) =>
    this.#call(`remove "${name}"`, options, (signal) => this.#store.delete(name, { signal }));

  /** See {@link SnapshotStore.list}. */
  readonly list: SnapshotStore['list'] = async (prefix, options) => {
    const what = `list "${prefix}"`;
    const names: unknown = await this.#call(what, options, (signal) => this.#store.list(prefix, { signal }));
    if (!Array.isArray(names)) throw this.#wrong(what, 'list gives an array of names');
    // What is listed may be removed: never what belongs to others, even if a store does not look at the prefix.
    return names.filter((name: unknown): name is string => typeof name === 'string' && name.startsWith(prefix));
  };

  async #call<T>(
    what: string,
    options: SnapshotCallOptions | undefined,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const signal = options?.signal;
    try {
      return await patiently(call, {
        patience: this.#patience,
        signal,
        late: (ms) => new StateError('SNAPSHOT_UNAVAILABLE', `${this.#who} did not ${what} within ${ms} ms.`),
        isFinal,
        onFailure: (error, attempt) => {
          if (attempt === 1 && !isFinal(error)) this.#onTrouble?.(this.#failed(what, error));
        },
      });
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) throw error;
      throw this.#failed(what, error);
    }
  }

  get #who(): string {
    return `The snapshot store (${this.name})`;
  }

  #failed(what: string, cause: unknown): SnowmeltError {
    if (isSnowmeltError(cause)) return cause;
    const reason = cause instanceof Error ? cause.name : typeof cause;
    return new StateError('SNAPSHOT_UNAVAILABLE', `${this.#who} could not ${what} (${reason}).`, {
      hint: 'Check that the store can be reached. The run resumes when it is back.',
      cause,
      details: { reason },
    });
  }

  #wrong(what: string, rule: string): SnowmeltError {
    return new StateError('SNAPSHOT_UNAVAILABLE', `${this.#who} gave a wrong answer when asked to ${what}.`, {
      hint: `Correct the store: ${rule}. testSnapshotStore checks it.`,
      retryable: false,
    });
  }
}

function isFinal(error: unknown): boolean {
  if (!isSnowmeltError(error)) return false;
  return error.code !== 'SNAPSHOT_UNAVAILABLE' || ('retryable' in error && error.retryable === false);
}

function nameOf(store: SnapshotStore): string {
  if (typeof store.name === 'string' && store.name !== '') return store.name;
  const { name } = store.constructor;
  return name === '' || name === 'Object' ? 'one without a name' : name;
}
