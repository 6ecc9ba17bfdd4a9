export { PostgresStateStore } from './state/postgres-state-store.js';
export type { PostgresPool, PostgresStateStoreOptions } from './state/postgres-state-store.js';
