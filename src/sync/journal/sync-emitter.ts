import { EventEmitter } from 'eventemitter3';
import { isPromiseLike } from '../../async/is-promise-like.js';
import type { SyncEventName, SyncEvents, SyncListener } from './sync-event.js';

type Wrapped = (event: unknown) => void;

/** Emits events to listeners that may throw or reject. */
export class SyncEmitter {
  readonly #emitter = new EventEmitter();
  readonly #wrapped = new Map<SyncEventName, Map<unknown, Wrapped>>();
  readonly #onListenerError: (name: SyncEventName, error: unknown) => void;

  constructor(onListenerError: (name: SyncEventName, error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  /** Adds a listener; one that is there already is not added twice. */
  on<K extends SyncEventName>(name: K, listener: SyncListener<K>, isOnce = false): void {
    const known = this.#wrapped.get(name) ?? new Map<unknown, Wrapped>();
    if (known.has(listener)) return;
    this.#wrapped.set(name, known);
    const failed = (error: unknown): void => {
      this.#onListenerError(name, error);
    };
    const wrapped = (event: unknown): void => {
      if (isOnce) this.off(name, listener);
      try {
        const result: unknown = listener(event as SyncEvents[K]);
        if (isPromiseLike(result)) result.then(undefined, failed);
      } catch (error) {
        failed(error);
      }
    };
    known.set(listener, wrapped);
    this.#emitter.on(name, wrapped);
  }

  /** Removes a listener. */
  off<K extends SyncEventName>(name: K, listener: SyncListener<K>): void {
    const wrapped = this.#wrapped.get(name)?.get(listener);
    if (wrapped === undefined) return;
    this.#wrapped.get(name)?.delete(listener);
    this.#emitter.off(name, wrapped);
  }

  /** Never throws. */
  emit<K extends SyncEventName>(name: K, event: SyncEvents[K]): void {
    this.#emitter.emit(name, event);
  }
}
