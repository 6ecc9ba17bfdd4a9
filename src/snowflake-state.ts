export { SnowflakeStateStore } from './state/snowflake-state-store.js';
export type { SnowflakeStateStoreOptions } from './state/snowflake-state-store.js';
