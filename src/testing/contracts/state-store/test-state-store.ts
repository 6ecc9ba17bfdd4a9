import { deleteLines } from './delete-lines.js';
import { keepLines } from './keep-lines.js';
import { sharingLines } from './sharing-lines.js';
import { stateStoreLines } from './state-store-lines.js';
import type { TestStateStoreOptions } from './state-store-under-test.js';
import { writeLines } from './write-lines.js';

/**
 * The contract of a `StateStore`, as tests. Passing it is what makes the guarantees of a sync hold on a store. Lines about
 * what a store is not shown (see `StateStoreCapabilities`) are skipped; Jest has to know them before, by `abilities`.
 *
 * @example
 * testStateStore({ describe, it, name: 'MyStore', create: () => ({ store: new MyStore() }) });
 *
 * @throws ConfigError `CONFIG_INVALID` for an ability that there is none of
 */
export function testStateStore(options: TestStateStoreOptions): void {
  options.describe(`${options.name} keeps the contract of a state store`, () => {
    const lines = stateStoreLines(options);
    writeLines(lines);
    sharingLines(lines);
    deleteLines(lines);
    keepLines(lines);
    lines.finish();
  });
}
