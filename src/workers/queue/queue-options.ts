import * as z from 'zod';
import { ConfigError } from '../../errors/errors.js';
import { checkOptions } from '../../options/check-options.js';
import { contextOf, type SyncContext } from '../../sync/options/sync-context.js';
import type { Sync } from '../../sync/sync.js';

/** What a queue does with a sync. */
export type QueuedSync = Pick<Sync<never>, 'name' | 'begin' | 'deliverRange' | 'finish' | 'release'>;

/** Where PostgreSQL is; besides these whatever the package `pg` takes for a pool. */
export interface QueuePostgres {
  /** `postgres://…` */
  readonly connectionString: string;
  /** Where BullMQ keeps its tables. @default "bullmq" */
  readonly schema?: string | undefined;
  /** `false` when you make BullMQ's tables yourself, with its `runMigrations`. @default true */
  readonly migrate?: boolean | undefined;
}

/** Options of {@link syncQueue}: `connection` or `postgres`, and the syncs. */
export interface SyncQueueOptions {
  /** Redis, as BullMQ takes it: `{ host, port }`, `{ url }`, or a client of yours with `maxRetriesPerRequest: null`. */
  readonly connection?: object | undefined;
  /** PostgreSQL in place of Redis; needs the package `pg`. */
  readonly postgres?: QueuePostgres | undefined;
  /** The syncs that this process knows, each in all workers with the same query and mapper. */
  readonly syncs: readonly QueuedSync[];
  /** Name of the queue in BullMQ. @default "snowmelt" */
  readonly name?: string | undefined;
  /** Before every key in Redis. @default "bull" */
  readonly prefix?: string | undefined;
  /** Rows of one job. @default as many as last about a minute, by the first 5,000 rows of the run */
  readonly rowsPerJob?: number | undefined;
  /** Jobs of one run in the queue at a time, however many rows it has: no more workers can be busy with it. @default 100 */
  readonly maxJobs?: number | undefined;
  /** Tries of a job that fails, before its run is given back. A worker that was killed does not count. @default 5 */
  readonly attempts?: number | undefined;
  /** Before the second try of a job that failed, doubled for each further one. @default 10 */
  readonly retryDelaySeconds?: number | undefined;
  /** How long a run stays reserved while none of its jobs is worked on: see `Sync.begin`. @default 300 */
  readonly leaseSeconds?: number | undefined;
  /** After how long a job whose worker has died goes to another one. @default 30 */
  readonly stalledSeconds?: number | undefined;
  /** How long `run`, `schedule`, `pause` and the like wait for a queue that is away. Workers wait as long as it takes. @default 60 */
  readonly patienceSeconds?: number | undefined;
}

const isSync = (value: unknown): value is QueuedSync =>
  typeof value === 'object' && value !== null && contextOf(value) !== undefined;

const shape = {
  connection: z
    .custom<object>((value) => typeof value === 'object' && value !== null, 'expected { host, port }')
    .optional(),
  postgres: z
    .looseObject({
      connectionString: z.string().min(1),
      schema: z.string().min(1).optional(),
      migrate: z.boolean().default(true),
    })
    .optional(),
  syncs: z.array(z.custom<QueuedSync>(isSync, 'expected what new Sync() made')).min(1),
  // Their keys are joined with colons.
  name: z
    .string()
    .regex(/^[^:]+$/, 'may not have a colon')
    .default('snowmelt'),
  prefix: z.string().min(1).optional(),
  rowsPerJob: z.int().positive().optional(),
  maxJobs: z.int().positive().max(10_000).default(100),
  attempts: z.int().positive().default(5),
  retryDelaySeconds: z.number().positive().default(10),
  leaseSeconds: z.number().positive().max(2_000_000).optional(),
  stalledSeconds: z.number().min(0.1).default(30),
  patienceSeconds: z.number().min(0.1).max(2_000_000).default(60),
};

/** Checked options, with their defaults. */
export type QueueSettings = z.output<z.ZodObject<typeof shape>>;

/** A sync of a queue with its parts. */
export interface KnownSync {
  readonly sync: QueuedSync;
  readonly context: SyncContext<unknown>;
}

/** @throws ConfigError `CONFIG_INVALID` */
export function queueSettings(options: SyncQueueOptions): QueueSettings {
  const settings = checkOptions('syncQueue', shape, options);
  if ((settings.connection === undefined) === (settings.postgres === undefined)) {
    throw new ConfigError('CONFIG_INVALID', 'syncQueue: give either `connection` or `postgres`.', {
      hint: "Write syncQueue({ connection: { host: 'localhost', port: 6379 }, syncs: [people] }).",
    });
  }
  const names = settings.syncs.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return settings;
  throw new ConfigError('CONFIG_INVALID', `syncQueue: there are two syncs with the name "${twice}".`, {
    hint: 'Give each sync a name of its own.',
  });
}

/** The syncs by name. */
export function knownSyncs({ syncs }: QueueSettings): ReadonlyMap<string, KnownSync> {
  return new Map(
    syncs.flatMap((sync) => {
      const context = contextOf(sync);
      return context === undefined ? [] : [[sync.name, { sync, context }] as const];
    }),
  );
}
