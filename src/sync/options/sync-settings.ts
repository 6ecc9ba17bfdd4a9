import * as z from 'zod';
import { ConfigError } from '../../errors/errors.js';
import { checkOptions } from '../../options/check-options.js';
import type { SnapshotDiff } from '../../diff/snapshot-diff.js';
import { deliveryShape } from '../../delivery/delivery-settings.js';
import { withMethod } from '../../options/option-checks.js';
import type { Source } from '../../source/source.js';
import type { StateStore } from '../../state/state-store.js';
import { readersShape } from './record-readers.js';
import { safeLogger } from '../journal/safe-logger.js';
import type { SyncOptions, SyncQuery } from './sync-options.js';
import type { SyncLogger } from '../journal/safe-logger.js';

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
/** More often a crash could not repeat noticeably less: so much is in flight anyway. */
const LEAST_CHECKPOINT_MS = 100;
/** Timers of Node take 32 bits. */
const MAX_SECONDS = 2_000_000;

const count = z.int().nonnegative();
const seconds = z.number().positive().max(MAX_SECONDS);

const shape = {
  name: z.string(),
  description: z.string().optional(),
  source: withMethod<Source>('execute', 'expected a Source'),
  query: withMethod<SyncQuery>('render', 'expected a QueryTemplate: new QueryTemplate(`SELECT …`)').optional(),
  state: withMethod<StateStore>('compareAndSet', "expected a StateStore: new FileStateStore('./.snowmelt')"),
  enabled: z.boolean().default(true),
  ...deliveryShape,
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
  changes: withMethod<SnapshotDiff<never>>('mostRemoved', 'expected snapshotDiff({ … }) of snowmelt/diff').optional(),
  readers: z.strictObject(readersShape).optional(),
  logger: withMethod<SyncLogger>('info', 'expected the methods info, warn and error').optional(),
};

/** Options of a sync with their defaults filled in. */
export interface SyncSettings<M> extends SyncOptions<M> {
  readonly enabled: boolean;
  readonly lookbackSeconds: number;
  readonly ttlMs: number;
  /** The shortest lease whose renewals the store bears. */
  readonly shortestTtlMs: number;
  readonly waitMs: number;
  /** Shortest and longest time between two checkpoints. */
  readonly checkpointMs: { readonly least: number; readonly most: number };
  readonly checkpointRows: number;
}

function invalid(sync: unknown, option: string, what: string): ConfigError {
  const name = typeof sync === 'string' ? ` "${sync}"` : '';
  return new ConfigError('CONFIG_INVALID', `Sync${name}: \`${option}\` ${what}.`, {
    hint: `Correct \`${option}\` in new Sync({ … }).`,
  });
}

/** @throws ConfigError `CONFIG_INVALID`, `CONFIG_NAME_INVALID` */
export function syncSettings<M>(options: SyncOptions<M>): SyncSettings<M> {
  // In plain JavaScript there may be no options.
  const name: unknown = (options as Partial<SyncOptions<M>> | null | undefined)?.name;
  const checked = checkOptions(typeof name === 'string' ? `Sync "${name}"` : 'Sync', shape, options);
  if (!NAME.test(options.name)) {
    throw new ConfigError('CONFIG_NAME_INVALID', `Sync: the name ${JSON.stringify(options.name)} is not allowed.`, {
      hint: 'Use 1 to 64 lower-case letters, digits, `_` and `-`, the first a letter or digit: `people`.',
    });
  }
  const { source, query, mapper, sink, state, deadLetter, deliveryLog, changes, readers } = options;
  const { maxRejected } = checked;
  if (maxRejected !== undefined && deadLetter === undefined) {
    throw invalid(name, 'maxRejected', 'needs a deadLetter: without one the first rejected row fails the run');
  }
  if (deliveryLog !== undefined && [sink, deadLetter].some((other) => other === deliveryLog)) {
    throw invalid(name, 'deliveryLog', 'has to be a sink of its own: it keeps another kind of records');
  }
  if (query === undefined && source.describe !== undefined) {
    throw invalid(name, 'query', 'is missing: Snowflake is asked with SQL');
  }
  if (changes !== undefined) checkChanges(name, options);
  const { lease, checkpoint, enabled, lookbackSeconds } = checked;
  const slowest = state.minWriteIntervalMs ?? 0;
  const shortestTtlMs = 3 * slowest;
  const ttlMs = lease.ttlSeconds === undefined ? Math.max(60_000, shortestTtlMs) : lease.ttlSeconds * 1000;
  if (ttlMs < shortestTtlMs) {
    throw invalid(name, 'lease.ttlSeconds', `has to be at least ${shortestTtlMs / 1000} with this state store`);
  }
  return {
    ...checked,
    source,
    query,
    mapper,
    sink,
    state,
    deadLetter,
    deliveryLog,
    changes,
    readers,
    logger: checked.logger && safeLogger(checked.logger),
    enabled,
    lookbackSeconds,
    ttlMs,
    shortestTtlMs,
    waitMs: (lease.wait ?? 0) * 1000,
    checkpointMs: checkpointMs(slowest, checkpoint.everySeconds),
    checkpointRows: slowest > 0 ? Infinity : (checkpoint.everyRows ?? 20_000),
  };
}

function checkChanges<M>(name: unknown, { source, query, changes }: SyncOptions<M>): void {
  if (source.snowflakeSql !== true || query === undefined) {
    throw invalid(name, 'changes', "needs a source that sorts its rows in Snowflake's SQL, and a query for it");
  }
  if (changes?.mode === 'mirror' && query.usesLastSyncTime) {
    throw invalid(
      name,
      'changes',
      'cannot have mode "mirror" with {{last_sync_time}}: what is not in the window is not gone',
    );
  }
}

function checkpointMs(slowest: number, everySeconds: number | undefined): SyncSettings<never>['checkpointMs'] {
  const most = Math.max(slowest, (everySeconds ?? 2) * 1000);
  return { least: everySeconds === undefined ? Math.max(slowest, LEAST_CHECKPOINT_MS) : most, most };
}
