import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ConfigError } from '../errors/errors.js';
import type { Message } from '../mapping/message.js';
import { checkOptions } from '../options/check-options.js';
import { aFunction, withMethod } from '../options/option-checks.js';
import { messageHasher, type MessageHasher } from './canonical/message-hasher.js';
import type { KeyValues } from './key/key-text.js';
import { textCipher, type TextCipher } from './key/text-cipher.js';
import { planSigner } from './plan-signer.js';
import type { SnapshotStore } from './stores/snapshot-store.js';
import type { ChangesMode } from './walk/verdict.js';

/** Options of {@link snapshotDiff}. */
export interface SnapshotDiffOptions<M = Message> {
  /** Columns of the query that name a row: text, BOOLEAN, NUMBER, DATE, TIME, TIMESTAMP or BINARY. */
  readonly key: readonly string[];
  /**
   * `upsert` sends what was added or changed, `append` only what was added, `mirror` removes besides what is gone.
   *
   * @default "upsert"
   */
  readonly mode?: ChangesMode | undefined;
  /** What is sent for a key that is gone; needed for `mirror`. It must name exactly what the key names. */
  readonly removed?: ((key: KeyValues) => M | readonly M[] | undefined) | undefined;
  /** Keeps the snapshot: `new FileSnapshotStore('./.snowmelt-snapshots')`. */
  readonly snapshots: SnapshotStore;
  /** Names of traits and properties that are not compared: a change of them alone sends nothing. @default none */
  readonly ignore?: readonly string[] | undefined;
  /**
   * Makes HMACs of the message hashes and encrypts the texts of keys. Another secret makes every row look changed.
   *
   * @default hashes without a secret, and texts of keys as they are
   */
  readonly secret?: string | undefined;
  /**
   * With `{{last_sync_time}}` in the query: `all` keeps every key ever seen, `window` those of the last completed run.
   *
   * @default "window" with `{{last_sync_time}}`, else "all"
   */
  readonly keep?: 'all' | 'window' | undefined;
  /**
   * Most removals of one run: a number, or a share of the keys in the snapshot. More are held until
   * `run({ removals: { upTo } })` lets them go.
   *
   * @default "5%", at least 1
   */
  readonly maxRemoved?: number | `${number}%` | undefined;
  /** Removals are held when the result is older than this, seconds: people come back. @default 3600 */
  readonly removalsMaxAge?: number | undefined;
}

/** Sends what changed against the snapshot of what was sent: the option `changes` of a sync. */
export interface SnapshotDiff<M = Message> {
  /** See {@link SnapshotDiffOptions.key}. */
  readonly key: readonly string[];
  /** See {@link SnapshotDiffOptions.mode}. */
  readonly mode: ChangesMode;
  /** See {@link SnapshotDiffOptions.keep}. */
  readonly keep: 'all' | 'window' | undefined;
  /** See {@link SnapshotDiffOptions.snapshots}. */
  readonly snapshots: SnapshotStore;
  /** See {@link SnapshotDiffOptions.removed}. */
  readonly removed: SnapshotDiffOptions<M>['removed'];
  /** Changes with the text of `removed`. */
  readonly removedFingerprint: string;
  /** Most removals of a snapshot with so many accepted keys. */
  readonly mostRemoved: (acceptedKeys: number) => number;
  /** Seconds. */
  readonly removalsMaxAge: number;
  /** Traits and properties that are not compared. */
  readonly ignore: readonly string[];
  /** @hidden */
  readonly hasher: MessageHasher;
  /** @hidden */
  readonly cipher: TextCipher;
  /** @hidden */
  readonly signPlan: ((text: string) => string) | undefined;
}

const SHARE = /^(?:100|\d{1,2}(?:\.\d+)?)%$/;

function isMostRemoved(value: unknown): boolean {
  return typeof value === 'number' ? Number.isSafeInteger(value) && value >= 0 : SHARE.test(String(value));
}

const shape = {
  key: z.array(z.string().min(1)).min(1),
  mode: z.enum(['upsert', 'append', 'mirror']).default('upsert'),
  removed: aFunction().optional(),
  snapshots: withMethod<SnapshotStore>(
    'put',
    "expected a SnapshotStore: new FileSnapshotStore('./.snowmelt-snapshots')",
  ),
  ignore: z.array(z.string()).optional(),
  secret: z.string().min(1).optional(),
  keep: z.enum(['all', 'window']).optional(),
  maxRemoved: z
    .custom<number | `${number}%`>(isMostRemoved, "expected a whole number from 0, or a share of the keys such as '5%'")
    .default('5%'),
  removalsMaxAge: z.number().positive().default(3600),
};

/**
 * Sends only what changed since the last run of a query that has no timestamp: compares what each row becomes with a
 * snapshot of hashes that the host keeps. Snowflake is only read.
 *
 * @example
 * ```ts
 * import { FileSnapshotStore, snapshotDiff } from 'snowmelt/diff';
 *
 * // The option `changes` of a sync.
 * export const changes = snapshotDiff({ key: ['userId'], snapshots: new FileSnapshotStore('./.snowmelt-snapshots') });
 * ```
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function snapshotDiff<M = Message>(options: SnapshotDiffOptions<M>): SnapshotDiff<M> {
  const checked = checkOptions('snapshotDiff', shape, options);
  const { key, mode, keep, maxRemoved, removalsMaxAge, ignore, secret } = checked;
  const { removed, snapshots } = options;
  if (mode === 'mirror' && removed === undefined) {
    throw invalid(
      'mode "mirror" needs `removed`',
      'Add removed: ({ userId }) => semanticEvents.deletePerson({ userId }).',
    );
  }
  if (mode !== 'mirror' && removed !== undefined) {
    throw invalid(`\`removed\` is never called with mode "${mode}"`, "Set mode: 'mirror', or leave `removed` out.");
  }
  return {
    key,
    mode,
    keep,
    snapshots,
    removed,
    removedFingerprint: removed === undefined ? '' : fingerprintOf(String(removed)),
    mostRemoved: (acceptedKeys) =>
      typeof maxRemoved === 'number'
        ? maxRemoved
        : Math.max(1, Math.floor((acceptedKeys * parseFloat(maxRemoved)) / 100)),
    removalsMaxAge,
    ignore: ignore ?? [],
    hasher: messageHasher({ ignore, secret }),
    cipher: textCipher(secret),
    signPlan: secret === undefined ? undefined : planSigner(secret),
  };
}

function fingerprintOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

function invalid(problem: string, hint: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', `snapshotDiff: ${problem}.`, { hint });
}
