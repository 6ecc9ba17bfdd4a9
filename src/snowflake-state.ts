export { SnowflakeStateStore } from './state/stores/snowflake-state-store.js';
export type { SnowflakeStateStoreOptions } from './state/stores/snowflake-state-store.js';
