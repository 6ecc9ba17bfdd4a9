import type { SnapshotStore } from '../../../diff/stores/snapshot-store.js';
import type { ContractOptions } from '../contract-runner.js';

/** What a snapshot store can do beyond the interface, so that it is tested too. */
export interface SnapshotStoreCapabilities {
  /**
   * Another store over the same objects, as another process would open it. Leave out for stores that live in one
   * process.
   */
  readonly reopen?: (() => Promise<SnapshotStore> | SnapshotStore) | undefined;
  /** Makes the objects unreachable for the rest of the test. Leave out where nothing can come in between. */
  readonly takeAway?: (() => Promise<void>) | undefined;
}

/** What a snapshot store can be tested for, besides what all stores are. */
export type SnapshotStoreAbility = keyof SnapshotStoreCapabilities;

/** A snapshot store under test. */
export interface SnapshotStoreUnderTest {
  readonly store: SnapshotStore;
  readonly capabilities?: SnapshotStoreCapabilities | undefined;
  /** Removes what the test left. */
  readonly cleanup?: (() => Promise<void>) | undefined;
}

/** Options of `testSnapshotStore`. */
export interface TestSnapshotStoreOptions extends ContractOptions<SnapshotStoreAbility> {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** Makes an empty store; called once per test. */
  readonly create: () => Promise<SnapshotStoreUnderTest> | SnapshotStoreUnderTest;
  /** How many objects are listed at once; more than a page of most services has. @default 1100 */
  readonly listed?: number | undefined;
}
