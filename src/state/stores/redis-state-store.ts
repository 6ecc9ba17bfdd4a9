import * as z from 'zod';
import { checkOptions } from '../../options/check-options.js';
import { withMethod } from '../../options/option-checks.js';
import { parseSyncState } from '../parse-sync-state.js';
import type { StateStore, StoredState } from '../state-store.js';
import { redisErrors } from './redis-errors.js';
import { stateConflict, storeCall } from './store-error.js';
import type { SyncState } from '../sync-state.js';

/** What the store needs of a client of the package `redis`. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  /** Runs a Lua script. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** What the store needs of a client of the package `ioredis`. */
export interface IoRedisClient {
  readonly status: string;
  /** Runs a Lua script. */
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** Options of {@link RedisStateStore}. */
export interface RedisStateStoreOptions {
  /** A connected client of `redis` or `ioredis`; stays yours to close. */
  readonly client: NodeRedisClient | IoRedisClient;
  /** Before every key. @default "snowmelt:" */
  readonly prefix?: string | undefined;
}

// Scripts run alone, so each is a compare-and-set (Redis documentation, "Scripting with Lua").
const GET = `
local now = redis.call('TIME')
local found = redis.call('HMGET', KEYS[1], 'version', 'value')
return { found[1] or '', found[2] or '', now[1], now[2] }`;
const SET = `
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return {} end
local now = redis.call('TIME')
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'value', ARGV[3])
return { ARGV[2], ARGV[3], now[1], now[2] }`;
const DELETE = `
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return {} end
redis.call('DEL', KEYS[1])
return { '1' }`;

const shape = {
  client: withMethod<NodeRedisClient | IoRedisClient>('eval', 'expected a client of redis or ioredis'),
  prefix: z.string().optional(),
};

const reply = z.array(z.coerce.string());
/**
 * Keeps state in Redis, one hash per key. Its clock is the server's. Redis has to keep what it confirmed: use
 * `appendonly yes` with `appendfsync always`, or a crash of the server may bring an older record back.
 */
export class RedisStateStore implements StateStore {
  readonly #client: NodeRedisClient | IoRedisClient;
  readonly #prefix: string;

  /** @throws ConfigError `CONFIG_INVALID` */
  constructor(options: RedisStateStoreOptions) {
    const { client, prefix = 'snowmelt:' } = checkOptions('RedisStateStore', shape, options);
    this.#client = client;
    this.#prefix = prefix;
  }

  /** See {@link StateStore.get}. */
  readonly get = async (key: string): Promise<StoredState | undefined> => {
    const [version = '', value = '', ...time] = await this.#eval(GET, key);
    return version === '' ? undefined : this.#stored(key, version, value, time);
  };

  /** See {@link StateStore.compareAndSet}. */
  readonly compareAndSet = async (
    key: string,
    expectedVersion: number | undefined,
    value: SyncState,
  ): Promise<StoredState> => {
    const next = (expectedVersion ?? 0) + 1;
    const expected = expectedVersion?.toString() ?? '';
    const [version, json = '', ...time] = await this.#eval(SET, key, expected, next.toString(), JSON.stringify(value));
    if (version === undefined) throw stateConflict(key, expectedVersion);
    return this.#stored(key, version, json, time);
  };

  /** See {@link StateStore.delete}. */
  readonly delete = async (key: string, expectedVersion: number): Promise<void> => {
    const [done] = await this.#eval(DELETE, key, expectedVersion.toString());
    if (done === undefined) throw stateConflict(key, expectedVersion);
  };

  #stored(key: string, version: string, json: string, time: readonly string[]): StoredState {
    const [seconds = '', microseconds = ''] = time;
    const storeTime = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
    return { version: Number(version), value: parseSyncState(key, json, `Redis key ${this.#prefix}${key}`), storeTime };
  }

  async #eval(script: string, key: string, ...args: string[]): Promise<string[]> {
    const client = this.#client;
    const name = `${this.#prefix}${key}`;
    return storeCall(redisErrors, async () => {
      const answer =
        'isOpen' in client
          ? await client.eval(script, { keys: [name], arguments: args })
          : await client.eval(script, 1, name, ...args);
      return reply.parse(answer);
    });
  }
}
