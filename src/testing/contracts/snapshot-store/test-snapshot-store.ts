import { nameLines } from './name-lines.js';
import { objectLines } from './object-lines.js';
import { raceLines } from './race-lines.js';
import { removeLines } from './remove-lines.js';
import { snapshotStoreLines } from './snapshot-store-lines.js';
import type { TestSnapshotStoreOptions } from './snapshot-store-under-test.js';

/**
 * The contract of a snapshot store, as tests. Passing it is what makes the snapshot of a sync hold on a store. Lines about
 * what a store is not shown (see `SnapshotStoreCapabilities`) are skipped; Jest has to know them before, by `abilities`.
 *
 * @example
 * testSnapshotStore({ describe, it, name: 'MyStore', create: () => ({ store: new MyStore() }) });
 *
 * @throws ConfigError `CONFIG_INVALID` for an ability that there is none of
 */
export function testSnapshotStore(options: TestSnapshotStoreOptions): void {
  options.describe(`${options.name} keeps the contract of a snapshot store`, () => {
    const lines = snapshotStoreLines(options);
    objectLines(lines);
    nameLines(lines);
    removeLines(lines);
    raceLines(lines);
    lines.finish();
  });
}
