export { PostgresStateStore } from './state/stores/postgres-state-store.js';
export type { PostgresStateStoreOptions } from './state/stores/postgres-state-store.js';
export type { PostgresPool } from './state/stores/postgres-table.js';
