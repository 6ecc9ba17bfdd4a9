import type { StateStore } from '../../../state/state-store.js';
import type { ContractOptions } from '../contract-runner.js';

/** What a store can do beyond the interface, so that it is tested too. */
export interface StateStoreCapabilities {
  /** Replaces the stored record of a key by something that is no record. Leave out where nobody else can write. */
  readonly damage?: ((key: string) => Promise<void>) | undefined;
  /**
   * Another store over the same records, as another process would open it. Leave out for stores that live in one
   * process.
   */
  readonly reopen?: (() => Promise<StateStore> | StateStore) | undefined;
}

/** What a state store can be tested for, besides what all stores are. */
export type StateStoreAbility = keyof StateStoreCapabilities;

/** A store under test. */
export interface StateStoreUnderTest {
  readonly store: StateStore;
  readonly capabilities?: StateStoreCapabilities | undefined;
  /** Removes what the test left. */
  readonly cleanup?: (() => Promise<void>) | undefined;
}

/** Options of `testStateStore`. */
export interface TestStateStoreOptions extends ContractOptions<StateStoreAbility> {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** Makes an empty store; called once per test. */
  readonly create: () => Promise<StateStoreUnderTest> | StateStoreUnderTest;
  /** How many writers race. @default 16 */
  readonly writers?: number | undefined;
}
