import { isSnowmeltError, SnowmeltError } from '../errors/errors.js';
import { acceptedKeys } from '../diff/level/sending-levels.js';
import { openSnapshot } from '../diff/snapshot/open-snapshot.js';
import { PatientSnapshotStore } from '../diff/stores/patient-snapshot-store.js';
import type { RunCounts, RunSummary, StoredBackfill, StoredSnapshot } from '../state/sync-state.js';
import { isHeld } from './record/lease-validity.js';
import { acquireLease } from './run/take-lease.js';
import { countsOfRun } from '../state/settled-ranges.js';
import { emptyState, reset } from '../state/transitions.js';
import { backfillKey, rangeKey } from '../state/record-keys.js';
import type { SyncContext } from './options/sync-context.js';
import type { SyncSettings } from './options/sync-settings.js';

/** Who is running a sync. */
export interface LeaseHolder {
  readonly host: string;
  readonly pid: number;
  /** By the store's clock. */
  readonly expiresAt: Date;
  /** Held for the workers of a run in ranges. */
  readonly shared: boolean;
}

/** A run that has not ended. */
export interface OpenRunStatus {
  readonly runId: string;
  /** It applies a plan; or, with `changes`, every row counts as sent, or every row is sent. Missing for an ordinary run. */
  readonly kind?: 'plan' | 'seed' | 'resend' | undefined;
  readonly queryId?: string | undefined;
  readonly startedAt: Date;
  readonly rowCount?: number | undefined;
  /** Settled rows. */
  readonly counts: RunCounts;
}

/** Removals that a guard holds back. */
export interface HeldRemovals {
  readonly count: number;
  /** Short and stable: `too-many`, `no-rows`, … */
  readonly reason: string;
  /** Start of the run that held them first. */
  readonly since: Date;
}

/** What a sync with `changes` remembers. */
export interface SnapshotStatus {
  /** Keys that the destination has accepted; missing where the snapshot cannot be read. */
  readonly keys?: number | undefined;
  /** Why the snapshot cannot be read, when it cannot. */
  readonly unreadable?: SnowmeltError | undefined;
  /** Present while removals are held. */
  readonly held?: HeldRemovals | undefined;
}

/** What is stored of a sync. */
export interface SyncStatus {
  readonly sync: string;
  /** Unix seconds; 0 before the first completed run. */
  readonly lastSyncTime: number;
  /** Present while a run is going on. */
  readonly holder?: LeaseHolder | undefined;
  /** Present while a run is going on, and after one that the next will resume. */
  readonly run?: OpenRunStatus | undefined;
  /** Present where the sync has `changes` and has run. */
  readonly snapshot?: SnapshotStatus | undefined;
  /** The last runs that ended, oldest first. */
  readonly history: readonly RunSummary[];
  /** Backfills that have not ended. */
  readonly backfills: readonly StoredBackfill[];
}

/** @throws StateError */
export async function readStatus<M>(context: SyncContext<M>): Promise<SyncStatus> {
  const { record, settings, identity } = context;
  const stored = await record.read();
  const { lastSyncTime, lease, run, snapshot, history, backfills = [] } = stored?.value ?? emptyState();
  return {
    sync: settings.name,
    lastSyncTime,
    holder:
      lease !== undefined && isHeld(stored, identity)
        ? { host: lease.host, pid: lease.pid, expiresAt: new Date(lease.expiresAt), shared: lease.shared ?? false }
        : undefined,
    run: run && {
      runId: run.runId,
      kind: run.plan === undefined ? run.changes?.kind : 'plan',
      queryId: run.ref?.queryId,
      startedAt: new Date(run.startedAt * 1000),
      rowCount: run.ref?.rowCount,
      counts: countsOfRun(run),
    },
    snapshot: snapshot && (await snapshotStatus(context, snapshot)),
    history,
    backfills,
  };
}

/** How long somebody who asks waits for a store that is away. */
const PATIENCE = { callMs: 10_000, totalMs: 10_000, missingMs: 0 };

async function snapshotStatus<M>(
  { settings }: SyncContext<M>,
  { present, held }: StoredSnapshot,
): Promise<SnapshotStatus> {
  const isHeld = held && { count: held.count, reason: held.reason, since: new Date(held.since * 1000) };
  // The option was taken away since: then only the record is at hand.
  if (settings.changes === undefined) return { held: isHeld };
  try {
    const store = new PatientSnapshotStore(settings.changes.snapshots, PATIENCE);
    return { keys: await acceptedKeys({ store }, await openSnapshot({ store }, present)), held: isHeld };
  } catch (error) {
    if (!isSnowmeltError(error)) throw error;
    return { unreadable: error, held: isHeld };
  }
}

/** @throws SnowmeltError `LEASE_HELD`, StateError */
export async function resetSync<M>(context: SyncContext<M>, lastSyncTime: number): Promise<void> {
  const { record, settings, identity } = context;
  const keeper = await acquireLease(context, record);
  if (keeper === undefined) {
    throw leaseHeld(settings.name, 'it is running');
  }
  let forgotten: string | undefined;
  try {
    const { run, backfills = [], snapshot } = keeper.state;
    forgotten = snapshot?.present.id;
    const owned = (run?.claimed ?? []).map((range) => rangeKey(record.key, run?.runId ?? '', range));
    owned.push(...backfills.map(({ runId }) => backfillKey(settings.name, runId)));
    const records = owned.map((key) => record.sibling(key));
    for (const own of records) {
      if (isHeld(await own.read(), identity)) throw leaseHeld(settings.name, 'a backfill of it is running');
    }
    for (const own of records) await own.remove();
  } catch (error) {
    await keeper.release().catch(() => undefined);
    throw error;
  }
  await keeper.release((state) => reset(state, lastSyncTime));
  // Only now, when nothing names them any more. What fails leaves only unused space.
  if (forgotten !== undefined) await removeSnapshot(settings, forgotten).catch(() => undefined);
}

async function removeSnapshot<M>({ changes }: SyncSettings<M>, id: string): Promise<void> {
  if (changes === undefined) return;
  const store = new PatientSnapshotStore(changes.snapshots, PATIENCE);
  for (const name of await store.list(`${id}/`)) await store.delete(name);
}

function leaseHeld(sync: string, why: string): SnowmeltError {
  return new SnowmeltError('LEASE_HELD', `"${sync}" cannot be reset: ${why}.`, {
    hint: 'Stop the run, or wait for its end.',
  });
}
