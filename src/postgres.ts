export { PostgresStateStore } from './state/stores/postgres-state-store.js';
export type { PostgresPool, PostgresStateStoreOptions } from './state/stores/postgres-state-store.js';
