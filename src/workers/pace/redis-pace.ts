import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { withMethod } from '../../options/option-checks.js';
import type { SharedPace } from '../../sink/around/with-rate-limit.js';
import type { IoRedisClient, NodeRedisClient } from '../../state/stores/redis-state-store.js';

/** Options of {@link redisPace}. */
export interface RedisPaceOptions {
  /** A connected client of `redis` or `ioredis`; stays yours to close. */
  readonly client: NodeRedisClient | IoRedisClient;
  /** What the limit is of: whoever gives the same name shares it. */
  readonly name: string;
  /** Before the name. @default "snowmelt-pace:" */
  readonly prefix?: string | undefined;
}

const shape = {
  client: withMethod<NodeRedisClient | IoRedisClient>('eval', 'expected a client of redis or ioredis'),
  name: z.string().min(1),
  prefix: z.string().default('snowmelt-pace:'),
};

// A script runs alone (Redis documentation, "Scripting with Lua"). Microseconds are whole numbers that a double holds;
// without %.0f they would be written in a form with fewer digits.
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local start = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local takes = tonumber(ARGV[1])
local keep = math.ceil((start + takes - now) / 1000) + 60000
redis.call('SET', KEYS[1], string.format('%.0f', start + takes), 'PX', string.format('%.0f', keep))
return string.format('%.0f', start - now)`;

/**
 * A pace for `withRateLimit` that the processes of all machines share, in Redis and by its clock.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function redisPace(options: RedisPaceOptions): SharedPace {
  const { client, name, prefix } = checkOptions('redisPace', shape, options);
  const key = `${prefix}${name}`;
  return {
    take: async (takesMs) => {
      const microseconds = Math.round(takesMs * 1000).toString();
      const wait =
        'isOpen' in client
          ? await client.eval(TAKE, { keys: [key], arguments: [microseconds] })
          : await client.eval(TAKE, 1, key, microseconds);
      return z.coerce.number().parse(wait) / 1000;
    },
  };
}
