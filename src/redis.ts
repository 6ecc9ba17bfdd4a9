export { RedisStateStore } from './state/redis-state-store.js';
export type { IoRedisClient, NodeRedisClient, RedisStateStoreOptions } from './state/redis-state-store.js';
