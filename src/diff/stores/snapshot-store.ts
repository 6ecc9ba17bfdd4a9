/** What every call of a {@link SnapshotStore} takes. */
export interface SnapshotCallOptions {
  /** Ends the call early; a store that cannot stop in the middle may ignore it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Keeps the snapshots of a sync as objects: bytes under a name. An object is written once and never changed; only what
 * the state of the sync names counts, so a store needs no locks and no versions.
 *
 * A name is parts of `a`–`z`, `0`–`9` and `-`, joined by `/`, such as `<snapshot id>/<fencing token>-<random>`. What
 * does not hold to the promises below is found by `testSnapshotStore` of `snowmelt/testing`.
 */
export interface SnapshotStore {
  /** Shown in errors; without one it is the name of the class. */
  readonly name?: string | undefined;
  /**
   * Stores `bytes` under `name`; an object of that name is replaced as a whole. Once this has answered, the bytes
   * outlast a crash of the process and of the machine. Nobody ever reads half of an object, whatever happens to the
   * writer. The bytes belong to the caller again after the answer.
   *
   * @throws StateError `SNAPSHOT_UNAVAILABLE` when the store cannot be written
   */
  readonly put: (name: string, bytes: Uint8Array, options?: SnapshotCallOptions) => Promise<void>;
  /**
   * The bytes last stored under `name`, which are the caller's own; `undefined` when there is no such object.
   *
   * @throws StateError `SNAPSHOT_UNAVAILABLE` when the store cannot be read: that is never `undefined`
   */
  readonly get: (name: string, options?: SnapshotCallOptions) => Promise<Uint8Array | undefined>;
  /** Removes an object. One that is not there is no error. @throws StateError `SNAPSHOT_UNAVAILABLE` */
  readonly delete: (name: string, options?: SnapshotCallOptions) => Promise<void>;
  /**
   * The whole names of all objects that begin with `prefix`, in any order; `''` lists all. What was stored before the
   * call is in the list, what was removed before it is not.
   *
   * @throws StateError `SNAPSHOT_UNAVAILABLE`
   */
  readonly list: (prefix: string, options?: SnapshotCallOptions) => Promise<readonly string[]>;
}
