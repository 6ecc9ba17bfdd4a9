import * as z from 'zod';
import { ConfigError } from '../errors.js';
import { deliverySettings } from '../delivery/delivery-settings.js';
import type { RowBatch } from '../source/source.js';
import { safeLogger } from './safe-logger.js';
import type { SyncOptions } from './sync-options.js';

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
/** Timers of Node take 32 bits. */
const MAX_SECONDS = 2_000_000;

const withMethod = (name: string, what: string): z.ZodType =>
  z.custom(
    (value) => typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function',
    what,
  );
const count = z.int().nonnegative();
const seconds = z.number().positive().max(MAX_SECONDS);

const schema = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  source: withMethod('execute', 'has to be a Source'),
  query: withMethod('render', 'has to be a QueryTemplate').optional(),
  mapper: withMethod('bind', 'has to be a RowMapper: identify(), track(), … or defineMapper()'),
  sink: withMethod('write', 'has to be a Sink'),
  state: withMethod('compareAndSet', "has to be a StateStore: new FileStateStore('./.snowmelt')"),
  enabled: z.boolean().default(true),
  deadLetter: withMethod('write', 'has to be a Sink').optional(),
  maxRejected: count.optional(),
  concurrency: z.int().min(1).max(1000).optional(),
  // The delivery checks them with its own schema; strict here would state them twice.
  retry: z.object({}).loose().optional(),
  rateLimit: z.object({}).loose().optional(),
  writeTimeoutMs: z.number().positive().optional(),
  maxInFlightRows: z.int().min(1).optional(),
  lookbackSeconds: z.number().nonnegative().default(0),
  lease: z
    .strictObject({ ttlSeconds: seconds.optional(), wait: z.number().min(0).max(MAX_SECONDS).optional() })
    .prefault({}),
  breaker: z
    .strictObject({
      maxRows: count.optional(),
      maxRowsFactor: z.number().positive().optional(),
      zeroRows: z.boolean().optional(),
      maxDeletes: count.optional(),
    })
    .prefault({}),
  checkpoint: z.strictObject({ everySeconds: seconds.optional(), everyRows: z.int().min(1).optional() }).prefault({}),
  logger: withMethod('info', 'needs the methods info, warn and error').optional(),
});

/** Options of a sync with their defaults filled in. */
export interface SyncSettings<M> extends SyncOptions<M> {
  readonly enabled: boolean;
  readonly lookbackSeconds: number;
  readonly ttlMs: number;
  /** The shortest lease whose renewals the store bears. */
  readonly shortestTtlMs: number;
  readonly waitMs: number;
  readonly checkpointMs: number;
  readonly checkpointRows: number;
}

function invalid(sync: unknown, option: string, what: string): ConfigError {
  const name = typeof sync === 'string' ? ` "${sync}"` : '';
  return new ConfigError('CONFIG_INVALID', `Sync${name}: \`${option}\` ${what}.`, {
    hint: `Correct \`${option}\` in new Sync({ … }).`,
  });
}

async function* noRows(): AsyncIterable<RowBatch> {
  // Only to have the options of the delivery checked by itself.
}

/** @throws ConfigError `CONFIG_INVALID`, `CONFIG_NAME_INVALID` */
export function syncSettings<M>(options: SyncOptions<M>): SyncSettings<M> {
  const parsed = schema.safeParse(options);
  const name: unknown = typeof options === 'object' ? Reflect.get(options, 'name') : undefined;
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path.join('.') ?? '';
    throw invalid(
      name,
      path === '' ? 'options' : path,
      issue === undefined ? 'are wrong' : `is wrong: ${issue.message}`,
    );
  }
  if (!NAME.test(options.name)) {
    throw new ConfigError('CONFIG_NAME_INVALID', `Sync: the name ${JSON.stringify(options.name)} is not allowed.`, {
      hint: 'Use 1 to 64 lower-case letters, digits, `_` and `-`, the first a letter or digit: `people`.',
    });
  }
  const { maxRejected, deadLetter, state } = options;
  if (maxRejected !== undefined && deadLetter === undefined) {
    throw invalid(name, 'maxRejected', 'needs a deadLetter: without one the first rejected row fails the run');
  }
  const { concurrency, retry, rateLimit, writeTimeoutMs, maxInFlightRows, mapper, sink } = options;
  const none = { columns: [], rows: noRows() };
  deliverySettings({ ...none, concurrency, retry, rateLimit, writeTimeoutMs, maxInFlightRows, mapper, sink });
  const { lease, checkpoint, enabled, lookbackSeconds } = parsed.data;
  const slowest = state.minWriteIntervalMs ?? 0;
  const shortestTtlMs = 3 * slowest;
  const ttlMs = lease.ttlSeconds === undefined ? Math.max(60_000, shortestTtlMs) : lease.ttlSeconds * 1000;
  if (ttlMs < shortestTtlMs) {
    throw invalid(name, 'lease.ttlSeconds', `has to be at least ${shortestTtlMs / 1000} with this state store`);
  }
  return {
    ...options,
    logger: options.logger && safeLogger(options.logger),
    enabled,
    lookbackSeconds,
    ttlMs,
    shortestTtlMs,
    waitMs: (lease.wait ?? 0) * 1000,
    checkpointMs: Math.max(slowest, (checkpoint.everySeconds ?? 2) * 1000),
    checkpointRows: slowest > 0 ? Infinity : (checkpoint.everyRows ?? 20_000),
  };
}
