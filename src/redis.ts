export { RedisStateStore } from './state/stores/redis-state-store.js';
export type { IoRedisClient, NodeRedisClient, RedisStateStoreOptions } from './state/stores/redis-state-store.js';
export { redisPace } from './workers/pace/redis-pace.js';
export type { RedisPaceOptions } from './workers/pace/redis-pace.js';
