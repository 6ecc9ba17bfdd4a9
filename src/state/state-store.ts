import type { SyncState } from './sync-state.js';

/** A stored record with its version. */
export interface StoredState {
  /** Rises by one with every change; starts at 1. */
  readonly version: number;
  readonly value: SyncState;
  /** The store's clock at this read or write, milliseconds since the Unix epoch. Leases are compared with it. */
  readonly storeTime: number;
}

/** Keeps the state of syncs. All guarantees rest on `compareAndSet` being atomic. */
export interface StateStore {
  /**
   * @throws StateError `STATE_UNREADABLE` when there is a record that cannot be read (it is kept)
   * @throws StateError `STATE_UNAVAILABLE` when the store cannot be reached
   */
  readonly get: (key: string) => Promise<StoredState | undefined>;
  /**
   * Stores `value` if the record still has `expectedVersion` (`undefined`: if there is none).
   *
   * @throws StateConflictError when it does not
   */
  readonly compareAndSet: (key: string, expectedVersion: number | undefined, value: SyncState) => Promise<StoredState>;
  /**
   * Removes the record if it still has `expectedVersion`.
   *
   * @throws StateConflictError when it does not
   */
  readonly delete: (key: string, expectedVersion: number) => Promise<void>;
  /**
   * Shortest time between two writes of a record that the store wants, milliseconds: a run renews its lease and
   * checkpoints no more often; only what it writes as it begins and as it ends does not wait, nor, with `changes`, what
   * it has to write before it may send more than `maxInFlightRows`. Default 0.
   */
  readonly minWriteIntervalMs?: number | undefined;
  /** Releases what the store holds, where it holds anything. Idempotent. */
  readonly close?: (() => Promise<void>) | undefined;
}
