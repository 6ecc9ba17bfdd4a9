export { FileSnapshotStore } from './diff/stores/file-snapshot-store.js';
export { MemorySnapshotStore } from './diff/stores/memory-snapshot-store.js';
export { PostgresSnapshotStore } from './diff/stores/postgres-snapshot-store.js';
export type { PostgresSnapshotStoreOptions } from './diff/stores/postgres-snapshot-store.js';
export { unstorageSnapshots } from './diff/stores/unstorage-snapshots.js';
export type { UnstorageStorage } from './diff/stores/unstorage-snapshots.js';
export type { SnapshotCallOptions, SnapshotStore } from './diff/stores/snapshot-store.js';
