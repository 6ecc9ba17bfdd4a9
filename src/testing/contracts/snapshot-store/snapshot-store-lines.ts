import { contractLines, type Lines } from '../contract-lines.js';
import type {
  SnapshotStoreCapabilities,
  SnapshotStoreUnderTest,
  TestSnapshotStoreOptions,
} from './snapshot-store-under-test.js';

/** The name of an object. */
export const ONE = 'a1b2/7-c3';
/** The name of one beside it. */
export const OTHER = 'a1b2/7-c4';
/** How many store objects at once. */
export const WRITERS = 16;

/** What the lines of the contract of a snapshot store are declared with. */
export interface SnapshotStoreLines extends Lines<SnapshotStoreUnderTest, SnapshotStoreCapabilities> {
  /** How many objects are listed at once. */
  readonly listed: number;
}

/** Makes a new store for every line. */
export function snapshotStoreLines(options: TestSnapshotStoreOptions): SnapshotStoreLines {
  const { create, listed = 1100 } = options;
  const lines = contractLines<SnapshotStoreUnderTest, SnapshotStoreCapabilities>(
    {
      suite: 'testSnapshotStore',
      plugIn: 'a snapshot store',
      abilities: {
        reopen: { kind: 'capability', of: ({ capabilities }) => capabilities?.reopen },
        takeAway: { kind: 'capability', of: ({ capabilities }) => capabilities?.takeAway },
      },
      create,
      end: async ({ cleanup }) => {
        await cleanup?.();
      },
    },
    options,
  );
  return { ...lines, listed };
}
