export { PostgresStateStore } from './state/stores/postgres-state-store.js';
export type { PostgresStateStoreOptions } from './state/stores/postgres-state-store.js';
export type { PostgresPool } from './state/stores/postgres-table.js';
export { postgresPace } from './workers/pace/postgres-pace.js';
export type { PostgresPaceOptions } from './workers/pace/postgres-pace.js';
