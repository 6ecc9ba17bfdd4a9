import { contractLines, type Lines } from '../contract-lines.js';
import type { StateStoreCapabilities, StateStoreUnderTest, TestStateStoreOptions } from './state-store-under-test.js';

/** What the lines of the contract of a state store are declared with. */
export interface StateStoreLines extends Lines<StateStoreUnderTest, StateStoreCapabilities> {
  /** How many writers race. */
  readonly writers: number;
}

/** Makes a new store for every line. */
export function stateStoreLines(options: TestStateStoreOptions): StateStoreLines {
  const { create, writers = 16 } = options;
  const lines = contractLines<StateStoreUnderTest, StateStoreCapabilities>(
    {
      suite: 'testStateStore',
      plugIn: 'a state store',
      abilities: {
        damage: { kind: 'capability', of: ({ capabilities }) => capabilities?.damage },
        reopen: { kind: 'capability', of: ({ capabilities }) => capabilities?.reopen },
      },
      create,
      end: async ({ store, cleanup }) => {
        try {
          await store.close?.();
        } finally {
          await cleanup?.();
        }
      },
    },
    options,
  );
  return { ...lines, writers };
}
