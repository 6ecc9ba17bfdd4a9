export { RedisStateStore } from './state/stores/redis-state-store.js';
export type { IoRedisClient, NodeRedisClient, RedisStateStoreOptions } from './state/stores/redis-state-store.js';
