import { backfillKey } from '../../state/record-keys.js';
import { NO_LEVEL } from '../../state/snapshot-refs.js';
import type { RunChanges, StoredRun, SyncState } from '../../state/sync-state.js';
import { levelWritten, snapshotLeft } from '../../state/transitions.js';
import type { SyncContext } from '../options/sync-context.js';
import { isHeld } from '../record/lease-validity.js';
import type { RecordClient } from '../record/record-client.js';
import type { ChangesFrame } from './changes-place.js';

/** A backfill that is given up leaves in the snapshot of its sync what it settled, and what it may have sent. @throws StateError */
export async function leaveInSnapshot<M>({ record }: SyncContext<M>, run: StoredRun | undefined): Promise<void> {
  const { changes } = run ?? {};
  if (changes !== undefined && hasWritten(changes)) await record.change((state) => snapshotLeft(state, changes));
}

/**
 * Takes into the snapshot what backfills have left that are cut off, before a new run is compared with it. They may
 * still be gone on with: then what they settle later comes behind it.
 *
 * @throws SnowmeltError `LEASE_LOST`, StateError
 */
export async function takeFromBackfills<M>({ context, keeper, signal }: ChangesFrame<M>): Promise<void> {
  for (const { own, runId, changes } of await backfillsLeft(context, keeper.state, signal)) {
    await keeper.update((state) => snapshotLeft(state, changes));
    const isSame = ({ run }: SyncState): boolean => run?.runId === runId;
    await own.change((state) => (isSame(state) ? levelWritten(state, NO_LEVEL) : state));
  }
}

/** A backfill that is cut off, and what the snapshot does not have of it yet. */
interface BackfillLeft {
  readonly own: RecordClient;
  readonly runId: string;
  readonly changes: RunChanges;
}

/** Backfills that are cut off and have left what no new run has taken. @throws StateError */
export async function backfillsLeft<M>(
  { record, settings, identity }: SyncContext<M>,
  { backfills = [] }: Pick<SyncState, 'backfills'>,
  signal: AbortSignal | undefined,
): Promise<readonly BackfillLeft[]> {
  const left: BackfillLeft[] = [];
  for (const { runId } of backfills) {
    const own = record.sibling(backfillKey(settings.name, runId));
    const stored = await own.read(signal);
    const { run } = stored?.value ?? {};
    if (isHeld(stored, identity) || run?.changes === undefined || !hasWritten(run.changes)) continue;
    left.push({ own, runId: run.runId, changes: run.changes });
  }
  return left;
}

function hasWritten({ level }: RunChanges): boolean {
  return level.count > 0 || level.sending !== undefined;
}
